"""Rows of a page that look like medications, whatever was extracted."""

import re
from collections.abc import Iterator, Sequence

from jsl_pipeline.clinical import find_doses, find_frequencies, find_strengths
from jsl_pipeline.drugs import find_mentions
from jsl_pipeline.evidence.bands import Anchor, band
from jsl_pipeline.evidence.page import Cell, PageText, Piece

# What stands before the name of an item in a list.
_LEAD = re.compile(
    r"\s*(?:rx\b[\s:.]*)?(?P<mark>\(?\d{1,2}\s*[.):]\s*|[-•*·▪○●]\s*)?"
    r"(?P<form>(?:tab(?:let)?s?|cap(?:sule)?s?|inj(?:ection)?|sy(?:r(?:up)?|p)|susp(?:ension)?|oint(?:ment)?|cream|drops?|gel"
    r"|lotion|spray|inhaler)\b\s*[.:]?\s*)?",
    re.I,
)
_NAME = re.compile(r"[A-Z][\w'’-]{2,}")
# Words of a sentence that show that its drug is not one to take.
_NOT_TAKEN = re.compile(
    r"\b(?:allerg\w*|reactions?|intoleran\w*|stop(?:ped)?|discontinu\w*|denies|avoid|histor\w*|levels?|previous(?:ly)?"
    r"|not\s+taking|declin\w*|refus\w*|consider\w*|family|mother|father|held|hold|test|serum|increase|adjust\w*|reduc\w*"
    r"|recommend\w*|given|administered|received|past|vaccin\w*|immuni[sz]\w*)\b",
    re.I,
)
_HEADING = re.compile(
    r"\b(?:allerg\w*|medications?|medicines?|meds|drugs?|prescriptions?|rx|treatment|stop(?:ped)?|discontinued|history"
    r"|vaccin\w*|immuni[sz]\w*|plan|orders?|reactions?)\b",
    re.I,
)
_HEADED = 25  # rows under its heading that a list may have
_SENTENCE_END = re.compile(r"[.;]\s+(?=[A-Z])")
# Drunk, measured or breathed more often than prescribed.
_SUBSTANCES = frozenset({"alcohol", "ethanol", "oxygen", "water", "caffeine", "glucose", "dextrose", "cholesterol"})


def rows_seen(page: PageText) -> list[Anchor]:
    """Names on the page that have directions of a medication: a strength or dose and how often, or a form before it.

    A drug of the vocabulary that is only talked about is none, nor one that somebody is allergic to. A name that the
    vocabulary does not have counts where it stands in a list of medications, with its strength or form.
    """
    anchors: list[Anchor] = []
    for cell in page.cells:
        known = [Anchor(Piece(cell, each.start, each.end), each.drug.name) for each in find_mentions(cell.text)]
        anchors += known or _listed(cell)
    return [each for each in anchors if _is_medication(page, each, anchors)]


def _listed(cell: Cell) -> Iterator[Anchor]:
    """The name after a number or form, where the cell says how much or how often."""
    lead = _LEAD.match(cell.text)
    name = _NAME.match(cell.text, lead.end()) if lead and (lead["mark"] or lead["form"]) else None
    if lead and name and (lead["form"] or find_strengths(cell.text)):
        yield Anchor(Piece(cell, name.start(), name.end()), name.group().casefold())


def _is_medication(page: PageText, anchor: Anchor, anchors: Sequence[Anchor]) -> bool:
    cell, said = anchor.piece.cell, band(page, anchor, anchors)
    own = [piece for piece in said if piece.cell.row == anchor.row]
    if _NOT_TAKEN.search(_sentence(anchor.piece)) or _under_another_heading(page, anchor.row):
        return False
    beside = " ".join(piece.text for piece in own)
    near = " ".join(piece.text for piece in said if piece.cell.row <= anchor.row + 1)
    lead = _LEAD.match(cell.text)
    heads = lead is not None and lead.end() == anchor.piece.start
    form = heads and lead is not None and lead["form"] is not None
    strength, often = bool(find_strengths(beside)), bool(find_frequencies(near))
    amount = strength or bool(find_doses(near))
    if (strength and (often or heads)) or (form and (often or amount)) or (heads and often and amount):
        return True
    following = find_frequencies(cell.text[anchor.piece.end :])[:1]
    return anchor.piece.text.casefold() not in _SUBSTANCES and any(each.start <= 1 for each in following)


def _sentence(piece: Piece) -> str:
    """The words around a name, from one full stop to the next."""
    text = piece.cell.text
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    start = max((end for end in ends if end <= piece.start), default=0)
    return text[start : min((end for end in ends if end >= piece.end), default=len(text))]


def _under_another_heading(page: PageText, row: int) -> bool:
    """Whether the list is one of allergies, of what was stopped or given, or of vaccinations."""
    for number in range(row - 1, max(-1, row - 1 - _HEADED), -1):
        (first, *others) = page.rows[number]
        short = not others and len(first.text.split()) <= 5 and not re.search(r"\d|\.\s", first.text)
        if short and _HEADING.search(first.text):
            return _NOT_TAKEN.search(first.text) is not None
    return False
