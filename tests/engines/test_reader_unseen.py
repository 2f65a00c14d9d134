"""Documents of kinds that the samples do not have. Each set was written before the reader was run on it."""

import pytest
from typed_documents import FOLDER, documents, extracted

from jsl_pipeline.evaluation import CRITICAL, EvaluationReport, evaluate, score_documents

SETS = sorted(path.name for path in FOLDER.iterdir())


@pytest.fixture(scope="module", params=SETS)
def report(request: pytest.FixtureRequest) -> EvaluationReport:
    typed = list(documents(request.param))
    return evaluate(score_documents([label for label, _ in typed], [extracted(label, page) for label, page in typed]))


@pytest.mark.parametrize(
    ("field", "at_least"),
    [
        ("medications.name", 0.98),
        ("medications.strength", 0.96),
        ("medications.frequency_per_day", 0.95),
        ("patient.name", 0.97),
        ("patient.dob", 0.97),
        ("prescriber.name", 0.94),
        ("date", 0.95),
    ],
)
def test_values_are_found(report: EvaluationReport, field: str, at_least: float) -> None:
    assert (report.overall.fields[field].f1.value or 0) >= at_least


def test_no_medication_is_invented(report: EvaluationReport) -> None:
    assert report.overall.medications.invented == 0


def test_what_is_wrong_is_marked(report: EvaluationReport) -> None:
    labelled = set(CRITICAL) - {"medications.dose"}
    assert sum(report.overall.fields[name].unmarked_wrong for name in labelled) == 0
