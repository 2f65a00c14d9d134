"""One medication from one piece of text: `1. Tab. Amoxicillin 500 mg 1-0-1 x 5 days after food`."""

import re

from jsl_pipeline.clinical import (
    Found,
    find_dates,
    find_doses,
    find_durations,
    find_forms,
    find_frequencies,
    find_routes,
    find_strengths,
)
from jsl_pipeline.schemas import MedicationCandidate

_MARK = re.compile(r"^\s*(?:\(?\d{1,2}\s*[.)\]:]\s*|[-•*·▪●>o]\s+|[a-h][.)]\s+)+")
_FORM_PREFIX = re.compile(
    r"^(?:tab(?:let)?s?|cap(?:sule)?s?|inj(?:ection)?|syr(?:up)?|susp(?:ension)?|oint(?:ment)?|cream|drops?|sol(?:ution)?|gel"
    r"|neb|lotion|sachet|t|c)\b\.?\s*(?=[A-Z(])",
    re.I,
)
_LEAD_VERB = re.compile(
    r"^(?:please\s+)?(?:take|give|use|apply|inhale|inject|instil|start(?:\s+on)?|begin|prescribed?|rx|continue|cont\.?)\b\s*:?\s*",
    re.I,
)
_OF = re.compile(r"^\s*of\s+", re.I)
_NOT_A_DRUG = re.compile(
    r"^(?:check|monitor|follow|review|avoid|exercise|diet|return|drink|rest|repeat|test|measure|advise|advice|refer|x-?ray|ecg"
    r"|echo|mri|ct|usg|ultrasound|blood|urine|bp|blood\s+pressure|heart\s+rate|pulse|temp(?:erature)?|weight|height|spo2|oxygen"
    r"|lipid|lab|visit|appointment|signature|date|name|age|sex|dob|patient|address|phone|doctor|dr|allerg|diagnos|history"
    r"|complain|no\b|none|nil|n/a|not\b|nkda|denies|consider|discuss|physical|next|come|call|stop|hold|smok|alcohol|walk|sleep"
    r"|the|this|he|she|her|his|patient|please|your|you|if|and|for|with|lifestyle|low\s+salt|respiratory|procedure|refills?"
    r"|qty|disp|sig|quantity|total|page|since|was|is|has|had|on\b|at\b|in\b|to\b|of\b|every|daily|morning|evening|night)",
    re.I,
)
_NAME = re.compile(r"[A-Za-zÀ-ÿ][\w'’&+/.-]*(?:\s+\(?[\w'’&+/.%-]+\)?){0,5}")
_VITAMER = re.compile(r"(?i)\b(vitamin\s+(?:B12|B1|B2|B3|B5|B6|B7|B9|D2|D3|K1|K2|[ACDEK]))(?=\d{3,})")
_SEPARATORS = " \t,;:-–—|.()/"
_LOOSE_STRENGTH = re.compile(r"\(\s*([\dlIOoSsZ.]{1,5}\s*(?:mg|mcg|ml|g))\s*\)", re.I)


def parse_item(text: str, certain: bool) -> MedicationCandidate | None:
    """The medication that a text names, or None.

    `certain` says that the text stands where medications are listed; elsewhere a strength and directions must be
    there. A text that only instructs, or reports a measurement, is no medication.
    """
    raw = text.strip()
    body, marked = _unmarked(raw)
    body = _VITAMER.sub(r"\1 ", body)
    prefix = _FORM_PREFIX.match(body)
    form = prefix.group().strip(" .") if prefix else None
    body = body[prefix.end() :] if prefix else body
    verb = _LEAD_VERB.match(body)
    if verb is not None:
        body = body[verb.end() :]
    dose: str | None = None
    first_dose = next((d for d in find_doses(body) if d.start == 0), None)
    if first_dose is not None:
        dose, body = first_dose.text, _OF.sub("", body[first_dose.end :]).lstrip(_SEPARATORS)
    strengths, frequencies = find_strengths(body), find_frequencies(body)
    loose = None if strengths else _LOOSE_STRENGTH.search(body)
    name = _name(body, strengths, frequencies, loose.start() if loose else None)
    if not name or _NOT_A_DRUG.match(name) or len(name) < 3 or find_dates(name):
        return None
    rest = body[body.index(name) + len(name) :]
    strength_texts = {found.text for found in strengths}
    doses = [found for found in find_doses(rest) if found.text not in strength_texts]
    forms = find_forms(body)
    has_strength = bool(strengths) or loose is not None
    if not _is_evident(certain, marked, has_strength, bool(frequencies), bool(dose or doses or form or forms)):
        return None
    if len(name.split()) > 6:
        return None
    dose = dose or (doses[0].text if doses else None)
    durations = find_durations(rest)
    routes = find_routes(rest)
    frequency = _frequency_text(body, frequencies)
    return MedicationCandidate(
        name=name,
        strength=strengths[0].text if strengths else loose[1] if loose else None,
        form=form or (forms[0].value if forms else None),
        dose=dose,
        frequency=frequency,
        duration=_bare_duration(durations[0].text) if durations else _open_ended(rest),
        route=routes[0].text if routes else None,
        instructions=_instructions(rest, frequencies),
        raw=raw,
    )


def _unmarked(text: str) -> tuple[str, bool]:
    mark = _MARK.match(text)
    return (text[mark.end() :], True) if mark else (text, False)


def _is_evident(certain: bool, marked: bool, strength: bool, frequency: bool, amount: bool) -> bool:
    if certain:
        return strength or frequency or amount
    return strength and (frequency or amount or marked)


def _name(
    body: str,
    strengths: list[Found[object]] | list,
    frequencies: list,
    loose: int | None,  # pyright: ignore
) -> str:
    """The words before the first strength, direction or separator."""
    stops = [found.start for found in (*strengths, *frequencies)] + ([loose] if loose is not None else [])
    stops += [
        m.start() for m in re.finditer(r"\s[-–—]\s|[:;,]|\s\(|\bx\s*\d|\b(?:for|take|use|apply|by mouth)\b", body)
    ]
    stops += [found.start for found in find_doses(body) if found.start > 0]
    stops += [found.start for found in find_routes(body) if found.start > 0]
    head = body[: min([stop for stop in stops if stop > 0], default=len(body))].strip(_SEPARATORS)
    match = _NAME.match(head)
    return match.group().strip(_SEPARATORS) if match else ""


def _frequency_text(body: str, frequencies: list) -> str | None:  # pyright: ignore
    """The statement of how often, with the meals it belongs to and the reason that follows it."""
    if not frequencies:
        return None
    start, end = frequencies[0].start, frequencies[-1].end
    reason = re.match(r"\s+for\s+(?!\d|\w+\s+(?:days?|weeks?|months?))[a-z]\w+(?:\s+\w+)?", body[end:])
    return body[start : end + (reason.end() if reason else 0)].strip(_SEPARATORS)


def _open_ended(rest: str) -> str | None:
    found = re.search(
        r"(?i)\b(?:ongoing|continuous(?:ly)?|indefinite(?:ly)?|long[ -]term|until\s+(?:finished|review))\b", rest
    )
    return found.group() if found else None


def _bare_duration(text: str) -> str:
    return re.sub(r"(?i)^(?:for|x|×|during|over)\s*(?:the\s+next\s+)?(?=[\dA-Za-z])", "", text).strip()


def _instructions(rest: str, frequencies: list) -> str | None:  # pyright: ignore
    reason = re.search(
        r"\bfor\s+(?!\d|the\s+next|\w+\s+(?:days?|weeks?|months?)\b)[a-z][a-z ]{2,40}$", rest.strip(" .")
    )
    said = reason is not None and (frequencies and rest.find(reason.group()) > rest.find(frequencies[-1].text))
    return reason.group() if reason is not None and not said else None
