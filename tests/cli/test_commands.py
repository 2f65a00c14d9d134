"""The command line, as a user and as a script meets it."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jsl_pipeline.store import TABLES, Store
from tests.cli.conftest import Call
from tests.stages.conftest import draw

COMMAND = str(Path(sys.executable).with_name("jsl-pipeline"))
PRESCRIPTION = draw(
    "Dr. Ida Holm", "Patient: Ann Moss", "Age: 44", "Date: 21/02/2026", "Rx", "1. Ibuprofen 400 mg - twice daily"
)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prescription, its copy, a blank sheet and a file that is none; copied, never changed."""
    folder = tmp_path_factory.mktemp("commands") / "landing"
    folder.mkdir()
    (folder / "moss_ann.png").write_bytes(PRESCRIPTION)
    (folder / "moss_ann_again.png").write_bytes(PRESCRIPTION)
    (folder / "blank.png").write_bytes(draw())
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    return folder


@pytest.fixture(scope="module")
def first(landing: Path) -> subprocess.CompletedProcess[str]:
    """The first `run` of the landing folder, into a store beside it."""
    return call("run", landing, "--store", "store", "--json", folder=landing.parent)


@pytest.fixture
def store(landing: Path, first: subprocess.CompletedProcess[str], tmp_path: Path) -> Path:
    """What the first run left."""
    return Path(shutil.copytree(landing.parent / "store", tmp_path / "store"))


def call(*arguments: str | Path, folder: Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == expect, done.stderr
    return done


def test_from_a_folder_of_scans_to_exported_tables(
    landing: Path, first: subprocess.CompletedProcess[str], store: Path, tmp_path: Path, call_here: Call
) -> None:
    summary = json.loads(first.stdout)
    counts = {name: summary[name] for name in ("documents", "pages", "records", "review", "rejected", "duplicates")}
    assert counts == {"documents": 2, "pages": 2, "records": 1, "review": 1, "rejected": 1, "duplicates": 1}
    assert summary["blank"] == 1
    assert summary["seconds"] > 0
    assert summary["accounted"] is True

    again = json.loads(call("run", landing, "--store", store, "--json", folder=tmp_path).stdout)
    assert again["asked"] == 0
    different = ("asked", "seconds", "pace", "store")
    assert {k: v for k, v in again.items() if k not in different} == {
        k: v for k, v in summary.items() if k not in different
    }

    lines = call("export", "--store", store, "--table", "medications", "--format", "jsonl", folder=tmp_path).stdout
    (row,) = map(json.loads, lines.splitlines())
    assert (row["name"], row["strength"], row["frequency_per_day"]) == ("Ibuprofen", "400 mg", 2.0)
    text = call_here("export", "--store", str(store), "--table", "rejected", "--format", "csv").stdout
    assert [row["path"] for row in csv.DictReader(io.StringIO(text))] == ["broken.pdf"]
    target = tmp_path / "patients.parquet"
    call_here("export", "--store", str(store), "--table", "patients", "--format", "parquet", "-o", str(target))
    assert pq.read_table(target)["patient_name"].to_pylist() == ["Ann Moss"]

    (batch,) = json.loads(call_here("status", "--store", str(store), "--json").stdout)["batches"]
    assert batch["files"] == 4


@pytest.mark.deployments
def test_only_files_that_are_new_are_worked_on(landing: Path, store: Path, tmp_path: Path) -> None:
    mine = Path(shutil.copytree(landing, tmp_path / "landing"))
    shutil.copytree(store / "answers", tmp_path / "mine" / "answers")
    call("run", mine, "--store", "mine", "--json", folder=tmp_path)
    (mine / "another.png").write_bytes(draw("Dr. Ida Holm", "Patient: Ben Frost", "Rx", "1. Senna 15 mg at night"))
    summary = json.loads(call("run", mine, "--store", "mine", "--json", folder=tmp_path).stdout)
    assert (summary["files"], summary["asked"], len(summary["batches"])) == (5, 1, 2)


def test_what_a_person_sees_names_no_file_unless_asked(
    landing: Path, first: subprocess.CompletedProcess[str], store: Path, tmp_path: Path, call_here: Call
) -> None:
    shown = call("run", landing, "--store", store, "--again", folder=tmp_path)
    assert "every page is in one place" in shown.stdout
    for text in (first.stderr, shown.stdout, shown.stderr):
        assert "broken.pdf" not in text
        assert "moss" not in text.lower()
    assert "broken.pdf" in call_here("summary", "--store", str(store), "--names").stdout


def test_evaluate_scores_records_against_labels(store: Path, tmp_path: Path, call_here: Call) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    label = {
        "file": "documents/moss_ann.png",
        "patient": {"name": "Ann Moss", "age": 44},
        "prescriber": {"name": "Dr. Ida Holm"},
        "date": {"raw": "21/02/2026", "iso": "2026-02-21"},
        "medications": [
            {
                "name": "Ibuprofen",
                "strength": "400 mg",
                "frequency": "twice daily",
                "frequency_per_day": 2,
                "prn": False,
            },
            {"name": "Senna", "strength": "15 mg", "frequency": "at night", "frequency_per_day": 1, "prn": False},
        ],
    }
    (labels / "moss_ann.json").write_text(json.dumps(label))
    report = json.loads(call_here("evaluate", str(labels), "--store", str(store), "--json").stdout)
    names = report["overall"]["fields"]["medications.name"]
    assert (names["correct"], names["missed"]) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("run", "no/such/folder", "--store", "store"), 2, "does not exist"),
        (("run", ".", "--store", "nosuch://x"), 2, "cannot be used"),
        (("export", "--table", "drugs", "--store", "store"), 2, "There is no table 'drugs'"),
        (("export", "--table", "pages", "--format", "xls", "--store", "store"), 2, "jsonl, csv, parquet"),
        (("evaluate", "nowhere", "--store", "store"), 2, "folder of labels"),
        (("schema", "invoice"), 2, "prescription@1"),
        (("run", "--nonsense"), 2, "No such option"),
    ],
)
def test_a_wrong_call_is_one_sentence(call_here: Call, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = call_here(*arguments)
    assert done.returncode == code, done.stderr
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_an_empty_landing_folder_is_no_error(tmp_path: Path, call_here: Call) -> None:
    (tmp_path / "landing").mkdir()
    summary = json.loads(call_here("run", "landing", "--store", "store", "--json").stdout)
    assert (summary["files"], summary["batches"]) == (0, [])
    assert "no batches yet" in call_here("status", "--store", "store").stdout


def test_schemas_are_printed(call_here: Call) -> None:
    names = call_here("schema").stdout.split()
    assert {"prescription@1", "patient@1"} <= set(names)
    schema = json.loads(call_here("schema", "prescription").stdout)
    assert "medications" in schema["properties"]


@pytest.mark.parametrize("command", ["run", "status", "summary", "export", "evaluate", "schema", "sample"])
def test_every_command_explains_itself(call_here: Call, command: str) -> None:
    assert "Usage" in call_here(command, "--help").stdout


@pytest.mark.deployments
def test_a_run_killed_at_any_point_loses_nothing_and_repeats_no_finished_page(tmp_path: Path) -> None:
    folder, store = tmp_path / "landing", tmp_path / "store"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.png").write_bytes(
            draw("Dr. Ida Holm", f"Patient: Ann Moss {number}", "1. Senna 15 mg daily")
        )
    answers = store / "answers"
    asked_in_all, killed = 0, 0
    for wanted in (0, 2):  # killed at the start, and when that many pages were answered
        run = subprocess.Popen(
            [COMMAND, "run", str(folder), "--store", str(store), "--json"],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 100
        while run.poll() is None and time.monotonic() < deadline:
            if len(list(answers.rglob("*.json"))) >= wanted and (wanted or (store / "batches").exists()):
                os.kill(run.pid, signal.SIGKILL)
            time.sleep(0.01)
        killed += run.wait() == -signal.SIGKILL
    finished = {path: path.stat().st_mtime_ns for path in answers.rglob("*.json")}
    summary = json.loads(call("run", folder, "--store", store, "--json", folder=tmp_path).stdout)
    asked_in_all = summary["asked"] + len(finished)
    assert killed == 2
    assert (summary["documents"], summary["records"], summary["accounted"]) == (5, 5, True)
    assert asked_in_all == 5
    assert all(path.stat().st_mtime_ns == written for path, written in finished.items())


def test_two_runs_of_one_folder_at_once_make_the_rows_of_one(landing: Path, store: Path, tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    for kept in ("batches", "answers"):
        shutil.copytree(store / kept, beside / kept)
    runs = [
        subprocess.Popen(
            [COMMAND, "run", str(landing), "--store", str(beside), "--json", "--again"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for run in runs:
        out, _ = run.communicate(timeout=120)
        assert run.returncode == 0
        assert json.loads(out)["accounted"] is True
    for table in TABLES:
        alone, both = (Store(str(each)).tables.read(table).to_pylist() for each in (store, beside))
        assert both == alone, table
