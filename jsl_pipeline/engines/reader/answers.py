"""Answers of forms: `Are you taking any medication? Vyvanse 25 mg daily`, `Meds: Motrin once a week.`"""

import re
from collections.abc import Iterator

from jsl_pipeline.clinical import parse_frequency
from jsl_pipeline.drugs import Status, find_drug
from jsl_pipeline.engines.reader.items import is_drug_name, parse_item
from jsl_pipeline.engines.reader.labels import Field, bare_label, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Layout, Row
from jsl_pipeline.schemas import MedicationCandidate

_ASKED = re.compile(
    r"(?i)^(?!(?:you|we|if|he|she|they)\b)(?=.*\b(?:medications?|medicines?|drugs?|meds)\b).*(?:\?|:\W*$|\byou\b.*\b(?:tak\w+|on|us\w+)\b|\b(?:list|describe)\b)"
)
_ALLERGY = re.compile(r"(?i)\ballerg|\bvaccin|\bimmuni")
_NOTHING = re.compile(
    r"(?i)^\W*(?:n\s*/?\s*a|none|nil|nkda|yes|no(?:ne|thing)?\b.{0,30}|not\s+(?:taking|on|any|applicable)\b.*|unknown|see\b.*|-+)\W*$"
)
_YES = re.compile(r"(?i)\W*(?:yes|y)\W*")
_IF_YES = re.compile(
    r"(?i)(?:if\s+(?:yes|so)\W+)?(?:please\s+)?(?:list|specify|name|describe|give\s+details)\b[^:]*:?\s*"
)
_PAST = re.compile(r"(?i)\s*\b(?:previously|formerly|in\s+the\s+past|discontinued|stopped)\b")
_DRUG_WORDS = re.compile(r"^[A-Za-z][\w-]{2,}(?:\s+[A-Za-z][\w-]+){0,2}$")
_PHRASE_END = re.compile(
    r"[.;](?:\s+|$)|,\s+(?=[A-Z]|(?!once|twice|thrice|then|and|or|as|for|with|at|in|on|by|every|each|before|after|when"
    r"|take|one|two|three|half|daily|if|but|per|to)[a-z]{4,})"
)
_VAGUE = re.compile(
    r"(?i)\b(?:of|them|they|some|many|various|several|unsure|tak(?:es?|ing)|same|above|below|list|attached|only|other|all|any"
    r"|my|i|we|it)\b"
)
# Statements of one medication in one row, each after its own label.
_DIRECTING = frozenset({"sig", "frequency", "route", "strength", "form", "duration"})
_TIME = re.compile(r"(?i)times?")


def answer(layout: Layout, row: Row) -> str | None:
    """What a row that asks about medications is answered with beside it, empty if nothing; None if it asks nothing."""
    text = row.text
    lead, fields = split_fields(row.cells[0])
    if not lead and fields and fields[0].name == "medications" and fields[0].value:
        beside = [field for cell in row.cells for field in split_fields(cell)[1]][1:]
        if directing := [field.value for field in beside if _directs(field)]:
            return " ".join([fields[0].value, *directing])
        return text.split(fields[0].label, 1)[-1].lstrip(" :")
    if not asks_about_medications(row):
        return None
    after = re.split(r"[?:)]\s*", text)[-1].strip()
    if after and after != text.strip() and not _ASKED.search(after) and not _YES.fullmatch(after):
        return after
    return ""


def asks_about_medications(row: Row) -> bool:
    """Whether a row asks which medications are taken."""
    return len(row.text) < 120 and _ASKED.search(row.text) is not None and not _ALLERGY.search(row.text)


def answered_medications(text: str) -> Iterator[MedicationCandidate]:
    """Medications of an answer: between full stops, semicolons and commas."""
    for phrase in _PHRASE_END.split(text):
        if not phrase.strip() or _NOTHING.match(phrase):
            continue
        item = parse_item(phrase, certain=True)
        if item is not None:
            yield item
        elif _names_a_drug(bare := _PAST.sub("", phrase).strip(" .,-")):
            yield MedicationCandidate(name=bare, raw=phrase.strip())


def _directs(field: Field) -> bool:
    often = _TIME.fullmatch(field.label) is not None and parse_frequency(field.value) is not None
    return often or field.name in _DIRECTING


def _names_a_drug(phrase: str) -> bool:
    is_label = bare_label(Cell(phrase, 0, 0, 1, 1)) is not None
    named = _DRUG_WORDS.match(phrase) is not None and not _VAGUE.search(phrase)
    return named and is_drug_name(phrase) and not is_label and find_drug(phrase).status is not Status.UNKNOWN


def rows_under(layout: Layout, row: Row) -> Iterator[Row]:
    """Rows close under a question, which answer it where nothing stands beside it."""
    start = layout.rows.index(row) + 1
    bottom = row.bottom
    for following in layout.rows[start : start + 6]:
        if _IF_YES.fullmatch(following.text):
            bottom = following.bottom
            continue
        labelled = any(split_fields(cell)[1] or bare_label(cell) for cell in following.cells)
        if labelled or following.top - bottom > 3 * layout.line_height or "?" in following.text:
            return
        yield following
        bottom = following.bottom
