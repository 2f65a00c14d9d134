"""Labels and their values: `Name: ...`, a heading over its value, a caption under it.

A page states most facts as a label with a value. The label vocabulary below is that of forms and letterheads in
general; a label that is not in it still ends the value before it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jsl_pipeline.engines.reader.layout import Cell, Layout

_LABELS: dict[str, str] = {
    "patient_name": r"(?:patient(?:'?s)?|pt\.?|client|member|full)(?:'s)?\s*name|name\s*of\s*(?:the\s*)?patient|patient|pt\.?",
    "name": r"name",
    "first_name": r"(?:first|given)\s*names?",
    "last_name": r"last\s*name|surname|family\s*name",
    "dob": r"d\.?\s?o\.?\s?b\.?|(?:date\s*of\s*birth|birth\s*-?\s*date)|patient\s*dob|born",
    "age": r"(?:patient\s*)?age(?:\s*\(?(?:years|yrs)\)?)?",
    "age_sex": r"age\s*[/&]\s*(?:sex|gender)",
    "sex": r"(?:patient(?:'?s)?\s*)?(?:sex|gender)",
    "address": r"(?:patient(?:'?s)?\s*|home\s*|residential\s*|mailing\s*|street\s*)?(?:address|addr\.?)",
    "city": r"city|town",
    "state": r"state|province|county",
    "zip": r"zip(?:\s*code)?|post(?:al)?\s*code|pin\s*code|pincode",
    "phone": r"(?:patient\s*|home\s*|cell\s*|mobile\s*|tele)?phone(?:\s*(?:no\.?|number|#))?|(?:ph\.?\s*)?tel\.?(?:\s*no\.?)?"
    r"|mobile(?:\s*(?:no\.?|number))?|contact\s*(?:no\.?|number)|ph\.?(?:\s*no\.?)?|cell",
    "weight": r"(?:body\s*)?weight(?:\s*\(?(?:kgs?|lbs?)\)?)?|wt\.?",
    "prescriber": r"(?:(?:prescribing|attending|treating|ordering|referring|consulting|primary(?:\s*care)?|requesting)\s*)?"
    r"(?:doctor|physician|provider|prescriber|practitioner|consultant|clinician)(?:'?s)?(?:\s*name)?|prescribed\s*by"
    r"|dr\.?\s*name|doctor\s*/?\s*prescriber|gp",
    "license": r"(?:medical\s*|doctor\s*|state\s*)?(?:licen[sc]e|lic\.?|registration|regn?\.?|gmc|npi|dea|mci|pmdc)"
    r"(?:\s*(?:no\.?|number|num|id|#))*|(?:doctor|physician|prescriber|provider)\s*(?:unique\s*)?(?:id|no\.?|number)",
    "date": r"date|(?:rx|prescription|report|visit|consultation|issue|order|written|document|encounter|service)\s*date"
    r"|date\s*(?:of\s*)?(?:prescription|prescribed|issued?|visit|report|consultation|written|order|today)|dated"
    r"|discharged?(?:\s*date)?|date\s*of\s*discharge",
    "medications": r"(?:current\s*|home\s*|discharge\s*|active\s*|regular\s*|present\s*|prescribed\s*|patient\s*)*"
    r"(?:meds|medications?|medicines?|drugs?)(?:\s*(?:list|prescribed|advised|history|on\s*discharge))?|rx|prescriptions?"
    r"|treatment(?:\s*(?:plan|advised|given))?|advi[cs]ed?\s*medications?|(?:[\w-]+\s+){1,3}management",
    "sig": r"sig(?:na)?|directions?(?:\s*for\s*use)?|instructions?|dosage|dose|take|how\s*to\s*(?:take|use)",
    "frequency": r"frequency|freq\.?|how\s*often|timing",
    "quantity": r"(?:disp(?:ense)?|qty|quantity|no\.?\s*of\s*(?:tablets|units)|amount)\.?(?:\s*dispensed?)?",
    "refills": r"refills?|repeats?(?:\s*allowed)?|rpt",
    "duration": r"duration|days(?:\s*supply)?|for\s*how\s*long",
    "route": r"route",
    "strength": r"strength",
    "form": r"(?:dosage\s*)?form",
    "other": r"marital\s*status|occupation|profession|e-?mail(?:\s*(?:id|address))?|referred\s*by|emergency\s*contact(?:\s*phone)?"
    r"|social\s*security(?:\s*number)?|ssn|mrn|hospital\s*(?:id|no)|blood\s*(?:pressure|group)|nationality|religion"
    r"|insurance(?:\s*(?:id|no|company))?|policy(?:\s*(?:no|number))?|allerg(?:y|ies)|diagnos[ie]s|ward|bed(?:\s*no)?",
}
"""Field -> how forms call it, without the colon."""

_NAMED = re.compile(r"(?:" + "|".join(f"(?P<{k}>{v})" for k, v in _LABELS.items()) + r")", re.I)
# A colon in a clock time or a ratio does not make a label.
_COLON = re.compile(r"\s*[:：](?!\d\d\b(?!/))\s*")
_WORD_START = re.compile(r"(?<![\w'’-])(?=\w)|(?<=[a-z])(?=[A-Z][a-z])")
_WORDS = re.compile(r"(?:^|(?<=\s))[A-Z][\w'’#./()-]*(?:\s+[\w'’#./()&-]+){0,4}$")
_CAPITALS = re.compile(r"(?:[A-Z][\w'’#./()-]*\s+){0,2}[A-Z][\w'’#./()-]*$")
_BARE = re.compile(rf"(?:{_NAMED.pattern})\s*[.:]?", re.I)
_BLANKS = re.compile(r"_{2,}|\.{4,}|…+")
_HASH_LABEL = re.compile(r"(?i)\b(phone|license|lic|reg)\s*#\s*:?")


@dataclass(frozen=True)
class Field:
    """A label and the text right after it in the same line; `value` is empty if it stands elsewhere."""

    name: str
    """Key of the label vocabulary, or `other`."""
    label: str
    value: str
    cell: Cell


def split_fields(cell: Cell) -> tuple[str, list[Field]]:
    """Text before the first label of a cell, and its labels with their values."""
    text = _BLANKS.sub(" ", _HASH_LABEL.sub(r"\1:", cell.text))
    matches = list(_inline(text))
    if not matches:
        return text.strip(), []
    ends = [match.start() for match in matches[1:]] + [len(text)]
    fields = [
        Field(label_name(match["label"]), match["label"].strip(), text[match.end() : end].strip(" _-–|;"), cell)
        for match, end in zip(matches, ends, strict=True)
    ]
    return text[: matches[0].start()].strip(), fields


def bare_label(cell: Cell) -> str | None:
    """The field that a cell without a colon names, if the cell is nothing but a label."""
    text = re.sub(r"\s*\(.*\)\s*$", "", cell.text)
    match = _BARE.fullmatch(text.strip())
    return _field_of(match) if match else None


def label_name(label: str) -> str:
    """The field that a label names, or `other`."""
    match = _NAMED.fullmatch(label.strip(" .#"))
    return _field_of(match) if match else "other"


def fields_of(layout: Layout) -> Iterator[Field]:
    """All labels with colons on a page, in reading order."""
    for cell in layout.cells:
        yield from split_fields(cell)[1]


def _field_of(match: re.Match[str]) -> str:
    return next(name for name in _LABELS if match[name] is not None)


def _inline(text: str) -> Iterator[re.Match[str]]:
    """Labels in a text: the words before a colon, without the value of the label before."""
    position = 0
    while (colon := _COLON.search(text, position)) is not None:
        start = _label_start(text, position, colon.start())
        if start is not None:
            label = re.compile(r"(?P<label>[^:：]+?)\s*[:：]\s*").match(text, start)
            if label is not None:
                yield label
        position = colon.end()


def _label_start(text: str, position: int, colon: int) -> int | None:
    """Where the label that ends at `colon` begins: the earliest word from which it is a known one."""
    before = text[position:colon]
    if position == 0 and len(before.split()) <= 4 and _WORDS.fullmatch(before.strip()):
        return before.index(before.strip()[0])  # `Recorded Date:` is another label than `Date:`
    for word in _WORD_START.finditer(before):
        if _NAMED.fullmatch(before[word.start() :].strip(" .#")):
            return position + word.start()
    # Unknown: at the start of the line all words may belong to it, after a value only the last capitalised ones.
    found = _WORDS.search(before) if position == 0 else _CAPITALS.search(before)
    return position + found.start() if found else None
