"""Scores what the pipeline extracted against labelled documents."""

from jsl_pipeline.evaluation.comparison import Compared, Comparison, Verdict
from jsl_pipeline.evaluation.documents import (
    CRITICAL,
    EngineSeen,
    ExtractedDocument,
    Failure,
    Place,
    ScoredDocument,
    ScoredSet,
    score_documents,
)
from jsl_pipeline.evaluation.labels import load_labels
from jsl_pipeline.evaluation.opinions import Opinion, check_second_opinion
from jsl_pipeline.evaluation.rates import Rate
from jsl_pipeline.evaluation.report import EvaluationReport, Mistake, evaluate
from jsl_pipeline.evaluation.scores import FieldScore, GroupScore, MedicationRows
from jsl_pipeline.evaluation.stored import score_store
from jsl_pipeline.evaluation.table import render
from jsl_pipeline.evaluation.values import Outcome, ScoredValue, score_values

__all__ = [
    "CRITICAL",
    "Compared",
    "Comparison",
    "EngineSeen",
    "EvaluationReport",
    "ExtractedDocument",
    "Failure",
    "FieldScore",
    "GroupScore",
    "MedicationRows",
    "Mistake",
    "Opinion",
    "Outcome",
    "Place",
    "Rate",
    "ScoredDocument",
    "ScoredSet",
    "ScoredValue",
    "Verdict",
    "check_second_opinion",
    "evaluate",
    "load_labels",
    "render",
    "score_documents",
    "score_store",
    "score_values",
]
