"""Medications in sentences: `was started on metformin 500 mg twice daily and lisinopril 10 mg daily`."""

import re
from collections.abc import Iterator, Sequence

from jsl_pipeline.clinical import find_strengths, parse_frequency
from jsl_pipeline.drugs import Status, find_drug
from jsl_pipeline.engines.reader.directions import parted, read_directions
from jsl_pipeline.engines.reader.items import is_drug_name
from jsl_pipeline.engines.reader.labels import split_fields
from jsl_pipeline.engines.reader.layout import Layout, Row
from jsl_pipeline.engines.reader.untaken import UNTAKEN
from jsl_pipeline.schemas import MedicationCandidate

_ABBREVIATED = "".join(rf"(?<!\b{short})" for short in ("Inj", "Tab", "Cap", "Syp", "Syr", "Dr", "Mr", "Ms", "Mrs"))
_VERBS = r"(?i:take|instil|use|apply|inhale|inject|give|insert|chew|dissolve)"  # they speak of the drug just named
_SENTENCE = re.compile(
    rf"(?<=[a-z)\d]){_ABBREVIATED}[.;]\s*(?=[A-Z])(?!{_VERBS}\b)|(?<=[a-z)]){_ABBREVIATED}\.\s+(?!{_VERBS}\b)"
)
_SENTENCE_WORDS = 7
_OTHER_CLAUSE = re.compile(
    r"[,;]\s+(?!once|twice|then|as\b)|\band\s+(?!at|in\b|on\b|once|then|as\b|noon|night|evening|bed|after)"
)
# A name follows one of these, or begins the sentence.
_NAMED = re.compile(
    r"(?i)(?:^|[,:;(]\s*|\b(?:on|takes?|taking|with|and|plus|of|prescribed?|supply|supplied|dispensed?|commenced?|start(?:ed|ing)?|given|receiv\w+|uses?|using"
    r"|continu(?:e|es|ed|ing)|since|that|while|when|include[sd]?|including|add(?:ed)?|to|are|his|her|their|also|daily|medications?|meds)\s+)"
    r"(?P<name>(?:[A-Za-z][\w'’/-]+\s+){0,2}[A-Za-z][\w'’/-]{2,})(?:\s*[,(]\s*|\s+to\s+|\s*)$"
)
_CHANGED = re.compile(
    r"(?i)\s+(?:(?:was|is|were|(?:has|have|had)\s+been)\s+)?(?:increased|reduced|decreased|titrated|changed|restarted)\s+(?:up\s+|down\s+)?(?:to|at)\s+$"
)
_FUNCTION_WORDS = re.compile(
    r"(?i)^(?:.*\b(?:please|supply|supplied|dispensed?|commenced?|since|that|while|when|we|have|has|been|on|takes?|taking|with|and|plus|of|prescribed|start(?:ed|ing)?|given|uses?|using|also|daily|to|a|an|the"
    r"|oral|continue[sd]?|include[sd]?|including|her|his|their|are|at|dose|medications?|meds|current|low|high)\b\s*)+"
)


def prose_medications(layout: Layout, rows: Sequence[Row]) -> Iterator[MedicationCandidate]:
    """Medications that paragraphs say are taken: a name, its strength, and how often."""
    for sentence in (each for text in _paragraphs(layout, rows) for each in _SENTENCE.split(parted(text))):
        if UNTAKEN.search(sentence):
            continue
        strengths = [(each, name) for each in find_strengths(sentence) if (name := _name(sentence[: each.start]))]
        for index, (strength, name) in enumerate(strengths):
            end = strengths[index + 1][0].start if index + 1 < len(strengths) else len(sentence)
            said = read_directions(_OTHER_CLAUSE.split(sentence[strength.end : end])[0])
            often = parse_frequency(said.frequency or "")
            if often is not None and (often.per_day or often.period_days or often.max_per_day or often.prn):
                yield MedicationCandidate(
                    name=name,
                    strength=strength.text,
                    form=said.form,
                    dose=said.dose,
                    frequency=said.frequency,
                    duration=said.duration,
                    route=said.route,
                    raw=f"{name} {sentence[strength.start : end].strip()}",
                )


def _name(before: str) -> str | None:
    """The drug that the words before a strength end with."""
    match = _NAMED.search(_CHANGED.sub("", before))
    name = _FUNCTION_WORDS.sub("", match["name"]).strip() if match else ""
    return name if is_drug_name(name) and find_drug(name).status is not Status.UNKNOWN else None


def _begins_with_label(row: Row) -> bool:
    lead, fields = split_fields(row.cells[0])
    return bool(fields) and not lead


def _paragraphs(layout: Layout, rows: Sequence[Row]) -> Iterator[str]:
    """Rows that stand close under each other, where at least one is as long as a sentence."""
    paragraph: list[Row] = []
    for row in (*rows, None):
        close = row is not None and paragraph and row.top - paragraph[-1].bottom < layout.line_height
        if row is not None and close and not _begins_with_label(row):
            paragraph.append(row)
            continue
        if any(len(each.text.split()) >= _SENTENCE_WORDS for each in paragraph):
            yield " ".join(each.text for each in paragraph)
        paragraph = [row] if row is not None else []
