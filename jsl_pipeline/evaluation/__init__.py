"""Scores what the pipeline extracted against labelled documents."""

from jsl_pipeline.evaluation.labels import load_labels
from jsl_pipeline.evaluation.report import (
    EvaluationReport,
    FieldScore,
    GroupScore,
    MedicationRows,
    Mistake,
    Rate,
)
from jsl_pipeline.evaluation.scoring import ExtractedDocument, Place, evaluate
from jsl_pipeline.evaluation.table import render
from jsl_pipeline.evaluation.values import Outcome, ScoredValue, score_values
from jsl_pipeline.schemas import Label

__all__ = [
    "EvaluationReport",
    "ExtractedDocument",
    "FieldScore",
    "GroupScore",
    "Label",
    "MedicationRows",
    "Mistake",
    "Outcome",
    "Place",
    "Rate",
    "ScoredValue",
    "evaluate",
    "load_labels",
    "render",
    "score_values",
]
