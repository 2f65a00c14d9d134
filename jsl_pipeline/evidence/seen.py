"""Rows of a page that look like medications, whatever was extracted."""

import re
from collections.abc import Sequence

from jsl_pipeline.clinical import find_doses, find_frequencies, find_strengths
from jsl_pipeline.drugs import find_mentions
from jsl_pipeline.evidence.bands import Anchor, band
from jsl_pipeline.evidence.page import PageText, Piece

_LEAD = re.compile(
    r"^\W*(?:rx\b\W*)?(?:\(?\d{1,2}\s*[.):]\s*|[-•*·▪○●]\s*)?"
    r"(?P<form>(?:tab(?:let)?s?|cap(?:sule)?s?|inj(?:ection)?|sy(?:r(?:up)?|p)|susp(?:ension)?|oint(?:ment)?|cream|drops?|gel"
    r"|lotion|spray|inhaler)\b\s*[.:]?\s*)?",
    re.I,
)
# Words before or after a drug's name that show that it is not one to take.
_NOT_TAKEN = re.compile(
    r"\b(?:allerg\w*|reactions?|intoleran\w*|stop(?:ped)?|discontinu\w*|denies|avoid|histor\w*|levels?|previously|not\s+taking"
    r"|declin\w*|refus\w*|consider\w*|family|mother|father|held|hold|test|serum|increase|adjust\w*|reduc\w*|recommend\w*)\b",
    re.I,
)


def rows_seen(page: PageText) -> list[Anchor]:
    """Names on the page that have directions of a medication: a strength or dose and how often, or a form before it.

    A drug of the vocabulary that is only talked about is none, nor one that somebody is allergic to.
    """
    anchors = [
        Anchor(Piece(cell, mention.start, mention.end), mention.drug.name)
        for cell in page.cells
        for mention in find_mentions(cell.text)
    ]
    return [each for each in anchors if _is_medication(page, each, anchors)]


def _is_medication(page: PageText, anchor: Anchor, anchors: Sequence[Anchor]) -> bool:
    cell, said = anchor.piece.cell, band(page, anchor, anchors)
    own = " ".join(piece.text for piece in said if piece.cell.row == anchor.row)
    if _NOT_TAKEN.search(own):
        return False
    near = " ".join(piece.text for piece in said if piece.cell.row <= anchor.row + 1)
    lead = _LEAD.match(cell.text)
    heads = lead is not None and lead.end() == anchor.piece.start
    form = heads and lead is not None and lead["form"] is not None
    strength = bool(find_strengths(own))
    often = bool(find_frequencies(near))
    amount = strength or bool(find_doses(near))
    return (strength and (often or heads)) or (form and (often or amount)) or (heads and often and amount)
