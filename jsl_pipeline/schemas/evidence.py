"""Where a value stands on its page, as the words read there show it."""

from enum import StrEnum

from pydantic import Field

from jsl_pipeline.schemas.model import Value
from jsl_pipeline.schemas.page import Box


class EvidenceMatch(StrEnum):
    """How the words on the page agree with the value."""

    EXACT = "exact"  # the same letters and digits; case, spaces and punctuation aside
    NORMALISED = "normalised"  # other words for the same: another unit or date format, names in another order
    APPROXIMATE = "approximate"  # some letters differ as recognition mixes them up, or its words stand apart


class Evidence(Value):
    """The place of a value. It says that the page has these words, not that they are true."""

    page_no: int = Field(ge=1)
    boxes: tuple[Box, ...] = Field(description="One for each line that the value stands on, in reading order.")
    score: float = Field(ge=0, le=1, description="1 for the same letters and digits, less for what differs.")
    match: EvidenceMatch
    struck: bool = Field(default=False, description="A stroke goes through words of a line that it stands on.")


class SeenRow(Value):
    """Words on a page that look like a medication of their own."""

    page_no: int = Field(ge=1)
    box: Box = Field(description="Around the drug's name.")
