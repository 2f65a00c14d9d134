"""Labels and their values: `Name: ...`, a heading over its value, a caption under it.

A page states most facts as a label with a value. A label that the vocabulary does not know still ends the value
before it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from jsl_pipeline.clinical import find_dates, find_phones, find_strengths, parse_gender
from jsl_pipeline.engines.reader.layout import Cell
from jsl_pipeline.engines.reader.vocabulary import LABELS, NAMED, OFTEN_MISREAD

# A colon in a clock time or a ratio does not make a label.
_COLON = re.compile(r"\s*[:：](?!\d\d\b(?!/))\s*")
_WORD_START = re.compile(r"(?<![\w'’-])(?=\w)|(?<=[a-z])(?=[A-Z][a-z])")
_WORDS = re.compile(r"(?:^|(?<=\s))[A-Z][\w'’#./()-]*(?:\s+[\w'’#./()&-]+){0,4}$")
_CAPITALS = re.compile(r"(?:[A-Z][\w'’#./()-]*\s+){0,2}[A-Z][\w'’#./()-]*$")
# A label right after a name: `Asha Rao (DOB: ...)`, `Asha Rao DOB: ...`.
_AFTER_NAME = re.compile(
    r"(?:\(\s*|^(?:[A-Z][\w'’.-]*,?\s+){2,5})(?P<label>(?:DOB|D\.O\.B\.?|MRN|(?i:date\s+of\s+birth))$)"
)
_BARE = re.compile(rf"(?:{NAMED.pattern})\s*[.:]?", re.I)
_SIMILAR = 88  # one letter in ten misread
_BLANKS = re.compile(r"_{2,}|\.{4,}|…+")
_HASH_LABEL = re.compile(r"(?i)\b(phone|tel|license|lic|reg|dea|npi|gmc)\s*#\s*:?")
_DASHED = re.compile(r"(?P<label>[A-Za-z][\w /.]{1,20}?)\s+[-–—]\s+(?=\w)")  # `Name - Asha Rao`
_NUMBER = re.compile(r"(?:[A-Z]{1,5}[-/. ]{1,2}){0,2}[A-Z]{0,5}[-/. ]{0,2}\d[\w/-]{3,}")
_SPOKEN_WORDS = 8
_SPOKEN_PERSON = re.compile(
    r"(?P<label>NAME|Name|(?i:(?:patient|pt\.?)(?:'?s)?\s+name|name\s+of\s+(?:the\s+)?patient))\s+"
    r"(?!.*\b(?i:and|or|of|signature|stamp|title|brand|generic|only|print(?:ed)?|please|here)\b)"
    r"(?P<value>(?:[A-Z][\w'’.-]*\s+){1,3}[A-Z][\w'’.-]*)"
    r"|(?P<address>ADDRESS|Address)\s+(?P<place>\d{1,5}[A-Za-z]?,?\s+[A-Z].*)"
)
# How a value must look where no colon says that it is one.
_LOOKS: dict[str, Callable[[str], bool]] = {
    "date": lambda text: bool(find_dates(text)) and find_dates(text)[0].start == 0,
    "dob": lambda text: bool(find_dates(text)) and find_dates(text)[0].start == 0,
    "age": lambda text: re.match(r"\d{1,3}\s*(?:y|m(?:o|th)|/|$)", text, re.I) is not None,
    "age_sex": lambda text: re.match(r"\d{1,3}\s*(?:y|m|/|,|f)", text, re.I) is not None,
    "sex": lambda text: len(text) < 12 and parse_gender(text) is not None,
    "weight": lambda text: re.match(r"\d{1,3}(?:\.\d+)?\s*(?:kgs?|lbs?)?$", text.strip(), re.I) is not None,
    "phone": lambda text: bool(find_phones(f"Tel {text}")) and text[0] in "+(0123456789",
    "license": lambda text: _NUMBER.fullmatch(text) is not None,
    "registration": lambda text: _NUMBER.fullmatch(text) is not None,
}


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
    dashed = _DASHED.match(text)
    if dashed is not None and label_name(dashed["label"]) in _LOOKS.keys() | {"name", "patient_name"}:
        text = f"{dashed['label']}: {text[dashed.end() :]}"
    matches = list(_inline(text))
    if not matches:
        spoken = _spoken(text.strip(), cell)
        return ("", [spoken]) if spoken else (text.strip(), [])
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
    label = re.sub(r"\s*\([^)]*\)$|\s*#?\s*\d{1,2}$", "", label.strip(" .#"))
    match = NAMED.fullmatch(label)
    if match is not None:
        return _field_of(match)
    similar = process.extractOne(label.lower(), OFTEN_MISREAD.keys(), scorer=fuzz.ratio, score_cutoff=_SIMILAR)
    return OFTEN_MISREAD[similar[0]] if similar else "other"


def is_label(text: str) -> bool:
    """Whether a text is a label that the vocabulary knows."""
    return NAMED.fullmatch(text.strip(" .#")) is not None


def looks_like(field: str, text: str) -> bool:
    """Whether a text has the look of a field's values; True for fields of any look."""
    look = _LOOKS.get(field)
    return look is None or look(text.strip())


def _spoken(text: str, cell: Cell) -> Field | None:
    """A label without colon: `Age 45 yrs`, `Date 12/02/2024`."""
    words = text.split()
    name = _SPOKEN_PERSON.fullmatch(text)
    if name is not None and name["address"]:
        return Field("address", name["address"], name["place"], cell)
    if name is not None and not any(NAMED.fullmatch(word) for word in name["value"].split()):
        return Field(label_name(name["label"]), name["label"], name["value"], cell)
    for count in range(1, min(4, len(words)) if len(words) <= _SPOKEN_WORDS else 0):
        label, value = " ".join(words[:count]), " ".join(words[count:])
        named = NAMED.fullmatch(label.strip(" ."))
        if named is not None and _field_of(named) in _LOOKS and looks_like(_field_of(named), value):
            return Field(_field_of(named), label, value, cell)
    return None


def _field_of(match: re.Match[str]) -> str:
    return next(name for name in LABELS if match[name] is not None)


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
    own = _AFTER_NAME.search(before) if position == 0 else None
    if own is not None:
        return own.start("label")
    if position == 0 and len(before.split()) <= 4 and _WORDS.fullmatch(before.strip()) and not find_strengths(before):
        return before.index(before.strip()[0])  # `Recorded Date:` is another label than `Date:`
    for word in _WORD_START.finditer(before):
        if NAMED.fullmatch(before[word.start() :].strip(" .#")):
            return position + word.start()
    # Unknown: at the start of the line all words may belong to it, after a value only the last capitalised ones.
    found = _WORDS.search(before) if position == 0 else _CAPITALS.search(before)
    return position + found.start() if found else None
