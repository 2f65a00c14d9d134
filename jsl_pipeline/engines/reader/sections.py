"""Parts of a page that change what its lines mean: lists of medications, and lists that look like them."""

import re
from enum import Enum, auto

from jsl_pipeline.engines.reader.labels import bare_label, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Row


class Section(Enum):
    """What the lines under a heading list."""

    MEDICATIONS = auto()
    NO_MEDICATIONS = auto()
    """Substances that are not taken now: allergies, vaccinations, results, what was stopped."""
    OTHER = auto()


_RX = re.compile(r"\W*(?:Rx|R\s*/?\s*x|℞)\W*")
_NO_MEDICATIONS = re.compile(
    r"(?:(?:known|drug|food|medication|medicine)\s+)*(?:allerg(?:y|ies)|adverse\s+(?:drug\s+)?reactions?|intolerances?)"
    r"(?:\s+(?:list|history|status|and\s+\w+(?:\s+\w+)?))?"
    r"|(?:vaccin\w+|immuni[sz]ations?)(?:\s+(?:history|record|card|status|list|given))?"
    r"|(?:past|previous|stopped|discontinued|ceased|former|held)\s+(?:medications?|medicines?|drugs?|meds)"
    r"|(?:(?:medications?|medicines?|drugs?|meds|treatments?|therap(?:y|ies))\s+)?(?:patient\s+)?(?:has\s+)?(?:previously\s+)?tried(?:\s+and\s+failed)?"
    r"|(?:medications?|medicines?|drugs?|meds)\s+(?:stopped|discontinued|ceased|held|allerg\w+|to\s+(?:avoid|stop))"
    r"|(?:stop|discontinue|avoid|do\s+not|don['’]?t)\s+(?:tak(?:e|ing)|us(?:e|ing))(?:\s+(?:any\s*(?:more|longer)?|all|these|the\s+following))?"
    r"(?:\s+(?:medications?|medicines?|drugs?|meds))?"
    r"|(?:recommendations?|actions?|requests?|suggestions?)\s+(?:to|for)\s+(?:the\s+)?(?:physician|prescriber|doctor|gp|pcp|provider)"
    r"|(?:bowel\s+)?prep(?:aration)?|pre-?medications?|sedation|ana?esthesia|[\w ]{3,30}\s(?:so\s+far|to\s+date)"
    r"|(?:prior|previous|past|former)\s+[\w/-]+(?:\s+\w+){0,2}"
    r"|past|stop(?:ped)?|discontinued?|ceased|no\s+longer\s+tak(?:e|ing)|(?:lab(?:oratory)?|test|blood|pathology)\s*(?:results?|reports?|values?|tests?|data|work|investigations?)"
    r"|(?:investigations?|results?|labs)(?:\s+(?:done|ordered|advised|report))?|family\s+history|table\s+of\s+contents",
    re.I,
)
_NO_LONGER = re.compile(
    r"(?i)^(?!.*\b(?:not|never)\s+stop)(?=.*\b(?:no\s+longer|not|never|avoid|stop\w*|discontinu\w*)\b)"
    r"(?=.*\b(?:tak\w+|us(?:e|ing)|medic\w+|drugs?|meds|tablets?)\b)[^\d.]*$"
)
_HEADING_WORDS = 9
_EARLIER = re.compile(
    r"(?i)\b(?:(?:taken|tried|used)\s+(?:before|previously)|previously\s+(?:taken|tried|used)|in\s+the\s+past)$"
)
_TAKEN = re.compile(
    r"(?:start|begin|keep|continue|resume|new|changed?|unchanged|acute|repeats?)(?=\s*:?$)|(?:start|begin|continue|keep|resume|change(?:\s+how\s+you)?)\s+(?:to\s+)?tak(?:e|ing)"
    r"(?:\s+(?:these|the\s+following|your))?(?:\s+(?:medications?|medicines?|drugs?|meds))?",
    re.I,
)
_OTHER = re.compile(
    r"(?:advice|plan|vitals?|vital\s+signs|(?:chief\s+|presenting\s+)?complaints?|(?:past|social|medical|surgical|\s)*history"
    r"|(?:clinical\s+|physical\s+)?(?:findings|examination|notes)|diagnos[ie]s|assess?ment|impression|procedures?|follow[\s-]*up"
    r"|(?:\w+\s+){0,2}instructions|recommendations?|diet|signature|referrals?|appointments?|lifestyle|medical\s+tests?)"
    r"(?:\s+(?:advice|instructions?|and\s+\w+|given|plan))?",
    re.I,
)


def names_untaken(text: str) -> bool:
    """Whether a heading, of a list or a column, is of what is not taken."""
    return _NO_MEDICATIONS.fullmatch(text.strip(" .:*-_#")) is not None


def section_opened(row: Row) -> Section | None:
    """The section whose heading a row is, if it is one. A heading stands over its lines: nothing follows it."""
    if any(_RX.fullmatch(cell.text) for cell in row.cells):
        return Section.MEDICATIONS
    return _heading(row.only) if row.only is not None else None


def beside_heading(row: Row) -> Row | None:
    """What stands in a row beside the sign of prescriptions, if anything."""
    cells = tuple(cell for cell in row.cells if not _RX.fullmatch(cell.text))
    return Row(cells) if cells and len(cells) < len(row.cells) else None


def tells_of_none(row: Row) -> bool:
    """Whether a row itself says, after its label, what is not taken: `Medications tried and failed: ...`."""
    lead, fields = split_fields(row.cells[0])
    if len(row.cells) > 1 and not fields and _EARLIER.search(lead):
        return True
    return not lead and bool(fields) and names_untaken(fields[0].label)


def _heading(cell: Cell) -> Section | None:
    lead, fields = split_fields(cell)
    if not any(field.value for field in fields) and _NO_LONGER.search(whole := cell.text.strip(" .:*-_#")):
        return Section.NO_MEDICATIONS if len(whole.split()) <= _HEADING_WORDS else None
    if fields and (lead or fields[0].value or len(fields) > 1):
        return None
    text = (fields[0].label if fields else cell.text).strip(" .:*-_#")
    if names_untaken(text):
        return Section.NO_MEDICATIONS
    if _TAKEN.fullmatch(text) or (fields[0].name if fields else bare_label(cell)) == "medications":
        return Section.MEDICATIONS
    return Section.OTHER if _OTHER.fullmatch(text) else None
