"""Validation: from what an engine answered to a record that says how far it can be trusted, and why."""

from jsl_pipeline.validation.candidate import CandidateError, CandidateErrorCode, ParsedCandidate, parse_candidate
from jsl_pipeline.validation.merge import Merged, PageCandidate, PageMedication, merge_pages
from jsl_pipeline.validation.record import PageReading, RecordResult, build_record
from jsl_pipeline.validation.rules import RULES, Reviewed, Rule, doubt, info, load_rules, missing
from jsl_pipeline.validation.second_look import PageReviewer
from jsl_pipeline.validation.settings import ValidationSettings

__all__ = [
    "RULES",
    "CandidateError",
    "CandidateErrorCode",
    "Merged",
    "PageCandidate",
    "PageMedication",
    "PageReading",
    "PageReviewer",
    "ParsedCandidate",
    "RecordResult",
    "Reviewed",
    "Rule",
    "ValidationSettings",
    "build_record",
    "doubt",
    "info",
    "load_rules",
    "merge_pages",
    "missing",
    "parse_candidate",
]
