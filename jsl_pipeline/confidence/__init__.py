"""Confidence: how likely a value of a record is right, from what can be measured about it.

Nothing asks a model how sure it is. What counts is where the value stands on the page and how well that was read, what
rules and the vocabulary of drugs say, and the probabilities of tokens where an engine gives them.
"""

from collections.abc import Callable

from jsl_pipeline.confidence.curves import Bin, Ranking, Reliability, Trade, rank, reliability, trades
from jsl_pipeline.confidence.features import Features, record_features, value_features
from jsl_pipeline.confidence.fitting import fit
from jsl_pipeline.confidence.grounds import Grounds, critical
from jsl_pipeline.confidence.model import Confidence, ConfidenceModel, Fitted, Logistic, load_model, shipped_model

Judge = Callable[[Grounds], Confidence]
"""Tells from the grounds of a record how likely it is right."""

__all__ = [
    "Bin",
    "Confidence",
    "ConfidenceModel",
    "Features",
    "Fitted",
    "Grounds",
    "Judge",
    "Logistic",
    "Ranking",
    "Reliability",
    "Trade",
    "critical",
    "fit",
    "load_model",
    "rank",
    "record_features",
    "reliability",
    "shipped_model",
    "trades",
    "value_features",
]
