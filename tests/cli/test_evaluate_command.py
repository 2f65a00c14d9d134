"""`jsl-pipeline evaluate`: over a store, over documents that are read first, and beside another store."""

import json
import shutil
import stat
from pathlib import Path

import pytest

from jsl_pipeline.evaluation import EvaluationReport, Verdict
from jsl_pipeline.store import PrescriptionRow, Store
from jsl_pipeline.synthetic import write_landing
from tests.cli.conftest import Call
from tests.evaluation.stores import ANN, fill, truth, write_labels

DOCUMENTS = ("prescription_1.png", "broken_1.png")


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """Eight documents, all read right, with their labels."""
    names = [f"a_{number}.png" for number in range(8)]
    fill(tmp_path / "in", dict.fromkeys(names, ANN))
    write_labels(tmp_path / "labels", {name: truth() for name in names})
    return tmp_path / "in" / "store"


def spoil(store: Path, to: Path) -> Path:
    """A copy of a store in which every strength is another."""
    copy = Store(str(shutil.copytree(store, to)))
    for batch in copy.manifests.batch_keys():
        rows = copy.tables.read("prescriptions", batch).to_pylist()
        changed = [row | {"record": row["record"].replace('"400 mg"', '"40 mg"')} for row in rows]
        copy.tables.replace("prescriptions", batch, lambda changed=changed: [PrescriptionRow(**row) for row in changed])
    return to


def test_a_store_is_scored_and_shown_without_what_documents_say(filled: Path, call_here: Call) -> None:
    done = call_here("evaluate", "labels", "--store", str(filled))
    assert done.returncode == 0, done.stderr
    assert "8 labelled documents" in done.stdout
    assert "Critical values" in done.stdout
    assert "Ann Moss" not in done.stdout + done.stderr


def test_a_spoiled_store_is_worse_and_the_other_way_round_better(filled: Path, tmp_path: Path, call_here: Call) -> None:
    spoiled = spoil(filled, tmp_path / "spoiled")
    done = call_here("evaluate", "labels", "--store", str(spoiled), "--against", str(filled), "--json")
    report = EvaluationReport.model_validate_json(done.stdout)
    assert report.comparison is not None
    strength = report.comparison.fields["medications.strength"]
    assert (strength.this, strength.against, strength.verdict) == (0.0, 1.0, Verdict.WORSE)
    assert report.overall.critical.unmarked_wrong == 8
    assert len(report.comparison.documents) == 8
    shown = call_here("evaluate", "labels", "--store", str(filled), "--against", str(spoiled))
    assert "better" in shown.stdout


def test_a_report_and_a_second_opinion_are_made_where_asked_for(filled: Path, tmp_path: Path, call_here: Call) -> None:
    done = call_here(
        "evaluate", "labels", "--store", str(filled), "--report", "report.html", "--worst", "1", "--second-opinion"
    )
    assert done.returncode == 0, done.stderr
    assert "ANLS*" in done.stdout
    assert stat.S_IMODE((tmp_path / "report.html").stat().st_mode) == 0o600


def test_documents_are_read_first_by_the_engine_that_is_named(tmp_path: Path, call_here: Call) -> None:
    """One typed page and one file that is none; the settings name an engine that is not there."""
    drawn = write_landing(tmp_path / "drawn", seed=5)
    landing = tmp_path / "documents"
    landing.mkdir()
    shutil.copy(tmp_path / "drawn" / "prescription_1.png", landing)
    (landing / "broken_1.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    labels = tmp_path / "labels"
    labels.mkdir()
    said = json.loads((drawn.labels / "prescription_1.json").read_text(encoding="utf-8"))
    for name in DOCUMENTS:
        (labels / f"{Path(name).stem}.json").write_text(json.dumps(said | {"file": name}), encoding="utf-8")
    done = call_here(
        *("evaluate", "labels", "--documents", str(landing), "--engine", "ocr", "--store", "kept", "--json"),
        JSL_ENGINE__KIND="endpoint",
        JSL_ENGINE__URL="http://127.0.0.1:9/nobody",
        JSL_ENGINE__NAME="nobody",
        JSL_ENGINE__AUTH="none",
    )
    assert done.returncode == 0, done.stderr
    report = EvaluationReport.model_validate_json(done.stdout)
    assert [engine.engine for engine in report.engines] == ["ocr"]
    assert report.by_family["prescription"].fields["medications.name"].correct > 0
    assert report.by_family["broken"].fields["medications.name"].correct == 0
    assert [each.file for each in report.failures] == ["broken_1.png"]
    assert call_here("evaluate", "labels", "--store", "kept").returncode == 0
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("labels", "--store", "nowhere"), "holds no documents"),
        (("nowhere",), "folder of labels"),
        (("labels", "--engine", "ocr"), "--documents"),
        (("labels", "--documents", "nowhere"), "landing folder does not exist"),
        (("labels", "--documents", "labels", "--engine", "endpoint"), "url: Field required"),
        (("labels", "--documents", "labels", "--engine", "abacus"), "ocr, endpoint, vllm or jsl"),
        (("labels", "--report", "nowhere/report.html"), "folder that exists"),
    ],
)
def test_what_cannot_be_done_is_told_before_any_work(
    arguments: tuple[str, ...], says: str, tmp_path: Path, call_here: Call
) -> None:
    write_labels(tmp_path / "labels", {"a_1.png": truth()})
    done = call_here("evaluate", *arguments)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
    assert done.stdout == ""
