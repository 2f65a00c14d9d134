"""The pipeline over documents that others published: what the reader must not lose."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"
# Dense scans, 10 s and more on a core each; others of their kinds are read.
SPARED = ("jsl_medium_1", "jsl_medium_3")

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample documents are not beside this checkout")


def _call(*arguments: str | Path) -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("jsl-pipeline")), *map(str, arguments), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=580).stdout)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spared = shutil.ignore_patterns(*(f"{name}.*" for name in SPARED))
    return Path(shutil.copytree(SAMPLES, tmp_path_factory.mktemp("read") / "samples", ignore=spared))


@pytest.fixture(scope="module")
def summary(samples: Path) -> dict[str, Any]:
    return _call("run", samples / "documents", "--store", samples.with_name("store"))


@pytest.fixture(scope="module")
def report(summary: dict[str, Any], samples: Path) -> dict[str, Any]:
    return _call("evaluate", samples / "labels", "--store", samples.with_name("store"))


def test_every_file_is_in_exactly_one_place(summary: dict[str, Any], samples: Path) -> None:
    assert summary["files"] == len(list((samples / "documents").iterdir()))
    assert summary["files"] == summary["records"] + summary["review"] + summary["rejected"] + summary["duplicates"]
    assert summary["accounted"] is True


def test_medications_are_found_and_none_is_invented(report: dict[str, Any]) -> None:
    overall = report["overall"]
    assert overall["fields"]["medications.name"]["f1"]["value"] >= 0.95
    assert overall["medications"]["invented_where_none"] == 0


def test_people_are_named_right(report: dict[str, Any]) -> None:
    assert report["overall"]["fields"]["patient.name"]["recall"]["value"] >= 0.95


@pytest.mark.parametrize("field", ["medications.strength", "medications.frequency_per_day"])
def test_printed_directions_are_exact(report: dict[str, Any], field: str) -> None:
    labelled = right = 0
    for family, scores in report["by_family"].items():
        if not family.startswith(("google", "cb")) and field in scores["fields"]:  # handwriting, photographs
            score = scores["fields"][field]
            labelled += score["correct"] + score["wrong"] + score["missed"]
            right += score["correct"]
    assert right >= 0.90 * labelled > 0
