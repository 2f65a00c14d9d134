"""From features to probabilities: two logistic models, one of values and one of records."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import exp, prod
from pathlib import Path

from pydantic import Field, ValidationError

from jsl_pipeline.confidence.features import Features, record_features, value_features
from jsl_pipeline.confidence.grounds import Grounds, critical
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import Value


class Logistic(Value):
    """A logistic regression: weights by the names of features. A feature that it does not name counts nothing."""

    intercept: float = 0.0
    weights: Mapping[str, float] = {}

    def log_odds(self, features: Features) -> float:
        """That what the features describe is right."""
        return self.intercept + sum(self.weights.get(name, 0.0) * number for name, number in features.items())

    def probability(self, features: Features) -> float:
        """That what the features describe is right; from 0 to 1, neither included."""
        return 1 / (1 + exp(-max(-30.0, min(30.0, self.log_odds(features)))))


class Fitted(Value):
    """What a model was fitted on. Counts and words of whoever fitted it; nothing of a document."""

    on: str = Field(description="The labelled set, and seeds where it was drawn.")
    date: str = Field(description="YYYY-MM-DD.")
    version: str = Field(description="Of the package that fitted it.")
    documents: int
    wrong_documents: int
    values: int
    wrong_values: int


class Confidence(Value):
    """How likely it is that values are right, and the record as a whole: probabilities, from 0.0001 to 0.9999."""

    values: Mapping[str, float] = Field(default={}, description="By path in the record, of every stated value.")
    record: float = Field(description="That every critical value is right and no medication is missing.")

    def of_medication(self, at: int) -> float:
        """That the critical values of a medication are right, as if each were so for itself."""
        row = f"medications[{at}]."
        return round(prod(each for path, each in self.values.items() if path.startswith(row) and critical(path)), 4)


class ConfidenceModel(Value):
    """Tells from the grounds of a record how likely it is right, and what it learnt that from."""

    values: Logistic
    record: Logistic
    fitted: tuple[Fitted, ...] = Field(description="In order; the first is the package's own.")

    def judge(self, grounds: Grounds) -> Confidence:
        """The confidence of a record and of its values."""
        values = {path: self.values.probability(each) for path, each in value_features(grounds).items()}
        record = self.record.probability(record_features(grounds, values))
        return Confidence(values={path: _told(each) for path, each in values.items()}, record=_told(record))


def _told(probability: float) -> float:
    """To four digits; nothing is told to be certain."""
    return round(min(max(probability, 0.0001), 0.9999), 4)


@cache
def shipped_model() -> ConfidenceModel:
    """The model that comes with the package."""
    return ConfidenceModel.model_validate_json(files("jsl_pipeline.confidence").joinpath("model.json").read_bytes())


def load_model(path: str | None) -> ConfidenceModel:
    """The model in a file that `calibrate` wrote; the shipped one without a path. Raises SettingsError."""
    if path is None:
        return shipped_model()
    try:
        return ConfidenceModel.model_validate_json(Path(path).read_bytes())
    except (OSError, ValidationError):
        message = (
            "`validation.calibration` names a file that cannot be read, or none that `jsl-pipeline calibrate` wrote."
        )
        raise SettingsError(message) from None
