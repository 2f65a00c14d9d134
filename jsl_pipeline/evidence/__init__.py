"""Evidence: where the values of a record stand among the words that were really read on its pages.

Words come from OCR or a text layer, with their boxes; a model never says where anything is. Nothing here changes a
value or judges it: a value without a place is for the rules of validation and for a person.
"""

from jsl_pipeline.evidence.findings import Findings, look_up
from jsl_pipeline.evidence.matching import find_places
from jsl_pipeline.evidence.page import PageText
from jsl_pipeline.evidence.places import Kind, Place
from jsl_pipeline.evidence.seen import rows_seen

__all__ = ["Findings", "Kind", "PageText", "Place", "find_places", "look_up", "rows_seen"]
