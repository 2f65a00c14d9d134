"""Confidences against labels: how good a model's are, and a model that is fitted to what the labels say."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from pydantic import Field

from jsl_pipeline import __version__
from jsl_pipeline.confidence import (
    Confidence,
    ConfidenceModel,
    Features,
    Fitted,
    Grounds,
    Logistic,
    Ranking,
    Reliability,
    Trade,
    critical,
    fit,
    rank,
    record_features,
    reliability,
    trades,
    value_features,
)
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.evaluation.documents import CRITICAL
from jsl_pipeline.evaluation.values import Outcome, score_values
from jsl_pipeline.schemas import Label, RecordStatus, Value
from jsl_pipeline.validation import RULES, PageReading, RecordResult, Rule, build_record

_FEWEST_DOCUMENTS = 50  # of 50 documents without a mistake, up to 7 % may have one (95 %)
_PARTS = 5
_FEWEST_WRONG = 5  # fewer do not tell where confidence should end
_HARMFUL = (*CRITICAL, "patient.dob.iso", "medications.prn")  # all that a critical value is read as
_OF_FREQUENCY = re.compile(r"\.(?:frequency_per_day|prn)$")


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled document: what its confidence rests on, and what of its record is right."""

    grounds: Grounds
    values: Mapping[str, Features]
    """Features of the stated values that the label judges, by path."""
    right: Mapping[str, bool]
    """By the same paths: a date with its ISO form, a frequency with how often a day it means."""
    doubted: bool
    """Rules send it to a person, whatever its confidence."""
    critical_values: int
    """Critical values that the label or the record gives."""
    critical_wrong: int
    """Those of them that are wrong, missed or invented; a record without any is right."""


class Measured(Value):
    """How good the confidences of one kind of thing are."""

    ranking: Ranking
    reliability: Reliability


class Quality(Value):
    """How good a model's confidences are on labelled documents."""

    values: Measured = Field(description="All stated values.")
    critical: Measured = Field(description="Stated values that do harm when wrong.")
    records: Measured = Field(description="Records: right where no critical value is wrong, missed or invented.")
    trades: tuple[Trade, ...]


def example(
    label: Label,
    document_id: str,
    page_count: int,
    pages: Sequence[PageReading],
    blank_pages: Collection[int] = (),
    *,
    today: date,
    rules: Sequence[Rule] = RULES,
) -> Example:
    """What a label says of the record that `build_record` makes of the same arguments."""
    seen: list[Grounds] = []

    def listen(grounds: Grounds) -> Confidence:
        seen.append(grounds)
        return Confidence(record=1.0)

    result = build_record(document_id, page_count, pages, blank_pages, today=today, rules=rules, judge=listen)
    return _judged(label, seen[0], result)


def _judged(label: Label, grounds: Grounds, result: RecordResult) -> Example:
    right: dict[str, bool] = {}
    wording: dict[str, bool] = {}  # of frequencies, which count by their words where they mean no number a day
    harmful: list[bool] = []
    for value in score_values(label, result.record):
        good = value.outcome is Outcome.CORRECT
        if value.field in _HARMFUL:
            harmful.append(good)
        if value.in_record is None:
            continue
        path = _OF_FREQUENCY.sub(".frequency", value.in_record.removesuffix(".iso"))
        told = wording if value.field == "medications.frequency" else right
        told[path] = told.get(path, True) and good
    right = wording | right
    features = {path: each for path, each in value_features(grounds).items() if path in right}
    return Example(
        grounds,
        features,
        {path: right[path] for path in features},
        result.status is RecordStatus.SUSPECT,
        len(harmful),
        len(harmful) - sum(harmful),
    )


def calibrate(examples: Sequence[Example], prior: ConfidenceModel, on: str, today: date) -> ConfidenceModel:
    """The prior recalibrated to examples, the more the further from it; see `confidence.fit`.

    Raises SettingsError where there are too few documents, or too few of them with mistakes, to tell anything.
    """
    wrong_values = sum(not right for each in examples for right in each.right.values())
    wrong_documents = sum(each.critical_wrong > 0 for each in examples)
    if len(examples) < _FEWEST_DOCUMENTS or min(wrong_values, wrong_documents) < _FEWEST_WRONG:
        raise SettingsError(
            f"{len(examples)} labelled documents are in the store, {wrong_documents} with a critical value wrong; "
            f"{wrong_values} values are wrong. Calibrating needs at least {_FEWEST_DOCUMENTS}, {_FEWEST_WRONG} and "
            f"{_FEWEST_WRONG}. Label more, or keep the model that comes with the package."
        )
    values, records = fitted(examples, prior.values, prior.record)
    told = Fitted(
        on=on,
        date=today.isoformat(),
        version=__version__,
        documents=len(examples),
        wrong_documents=wrong_documents,
        values=sum(len(each.right) for each in examples),
        wrong_values=wrong_values,
    )
    return ConfidenceModel(values=values, record=records, fitted=(*prior.fitted, told))


def fitted(
    examples: Sequence[Example], values: Logistic | None = None, records: Logistic | None = None
) -> tuple[Logistic, Logistic]:
    """Models of values and of records that fit examples, from priors or from nothing."""
    of_values = fit(
        [each.values[path] for each in examples for path in each.right],
        [right for each in examples for right in each.right.values()],
        values,
    )
    whole = [record_features(each.grounds, _confidences(each, of_values)) for each in examples]
    return of_values, fit(whole, [not each.critical_wrong for each in examples], records)


def measure(examples: Sequence[Example], model: ConfidenceModel) -> Quality:
    """How good the model's confidences are on examples that it was not fitted to."""
    return _quality([(each, model.judge(each.grounds)) for each in examples])


def cross_measure(examples: Sequence[Example], prior: ConfidenceModel) -> Quality:
    """How good a calibration to such examples is: each is judged by one to the four fifths that it is not among."""
    mixed = Random(0).sample(list(examples), len(examples))  # documents of a kind often stand at equal distances
    judged: list[tuple[Example, Confidence]] = []
    for part in range(_PARTS):
        others = [each for number, each in enumerate(mixed) if number % _PARTS != part]
        values, records = fitted(others, prior.values, prior.record)
        model = ConfidenceModel(values=values, record=records, fitted=prior.fitted)
        judged += [(each, model.judge(each.grounds)) for each in mixed[part::_PARTS]]
    return _quality(judged)


def _quality(judged: Sequence[tuple[Example, Confidence]]) -> Quality:
    values = [(said.values[path], right, path) for each, said in judged for path, right in each.right.items()]
    return Quality(
        values=_measured([(said, right) for said, right, _ in values]),
        critical=_measured([(said, right) for said, right, path in values if critical(path)]),
        records=_measured([(said.record, not each.critical_wrong) for each, said in judged]),
        trades=trades(
            [said.record for _, said in judged],
            [each.doubted for each, _ in judged],
            [each.critical_wrong for each, _ in judged],
            sum(each.critical_values for each, _ in judged),
        ),
    )


def _measured(said: Sequence[tuple[float, bool]]) -> Measured:
    confidences, right = [each for each, _ in said], [each for _, each in said]
    return Measured(ranking=rank(confidences, right), reliability=reliability(confidences, right))


def _confidences(each: Example, model: Logistic) -> dict[str, float]:
    return {path: model.probability(features) for path, features in value_features(each.grounds).items()}
