"""The whole pipeline over real vLLM: from a landing folder to records, in memory, over HTTP and on Spark."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jsl_pipeline.clusters import SparkCompute
from jsl_pipeline.engines import EndpointSettings, EngineSettings
from jsl_pipeline.extraction import PreparedPage, reading_engine
from jsl_pipeline.schemas import Reading
from jsl_pipeline.store import PageRow, Store
from jsl_pipeline.synthetic import write_landing
from tests.java import need_java
from tests.vllm.memory import settings, started, until_gone
from tests.vllm.pages import draw
from tests.vllm.served import KEY, Server

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from jsl_pipeline.cli import main; main()")
SAMPLES = ROOT.parent / "shared/samples/documents"


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """The real samples where they are at hand, else documents drawn here."""
    if SAMPLES.is_dir():
        return SAMPLES
    write_landing(tmp_path / "landing", 7)
    return tmp_path / "landing"


def run(landing: Path, store: Path, engine: EngineSettings, *arguments: str) -> dict[str, object]:
    """What `jsl-pipeline run` says of a landing folder, read by this engine."""
    given = {"JSL_ENGINE__" + name.upper(): value for name, value in engine.model_dump(mode="json").items()}
    written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    done = subprocess.run(
        [*COMMAND, "run", str(landing), "--store", str(store), "--json", *arguments],
        cwd=store.parent,
        env=os.environ
        | {name: value for name, value in written.items() if value != "null"}
        | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def texts(store: Store, engine: EngineSettings) -> dict[str, str]:
    """What each page's answer says, by page; a page that failed says why."""
    answers = store.answers(reading_engine(engine).fingerprint)
    rows = [row for batch in store.manifests.batch_keys() for row in store.tables.rows("pages", batch, ["page_sha"])]
    said = {row["page_sha"]: answers.get(row["page_sha"]) for row in rows if row["page_sha"]}
    return {
        sha: outcome.text if isinstance(outcome, Reading) else str(outcome and outcome.cause)
        for sha, outcome in said.items()
    }


@pytest.mark.parametrize("server", ["qwen"], indirect=True)
def test_all_samples_are_accounted_for_and_read_alike_in_memory_and_over_http(
    server: Server, landing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINY_KEY", KEY)
    store = tmp_path / "store"
    memory = settings(server.model)
    http = EndpointSettings.model_validate({"url": server.url, "token": "env:TINY_KEY", "model": str(server.model)})
    first = run(landing, store, memory)
    second = run(landing, store, http, "--again")
    for summary in (first, second):
        assert summary["accounted"] is True
        assert summary["asked"] == first["asked"]
    assert first["asked"]
    here, there = texts(Store(str(store)), memory), texts(Store(str(store)), http)
    assert len(here) >= int(str(first["asked"]))
    assert here == there


def test_a_task_of_a_cluster_loads_the_model_once_and_lets_it_go(qwen: Path, tmp_path: Path) -> None:
    need_java()
    from pyspark.sql import SparkSession

    from jsl_pipeline.spark.reading import SparkReader
    from jsl_pipeline.spark.session import open_session

    store, told = Store(str(tmp_path / "store")), list[str]()
    pages = [page for part in range(3) for page in write_part(store, part)]
    conf = {"spark.ui.enabled": "false", "spark.pyspark.python": sys.executable}
    choice = SparkCompute(master="local[1]", readers=1, conf=conf)
    others = started(os.getpid())
    with open_session(choice):
        reader = SparkReader(SparkSession.active(), choice, settings(qwen), told.append)
        asked = list(reader.read(store, pages))
        until_gone(started(os.getpid()) - others)
    assert sorted(each.page_sha for each in asked) == sorted(page.page_sha for page in pages)
    assert all(each.failure is None for each in asked)
    assert len([sentence for sentence in told if "loaded in" in sentence]) == 1
    assert len([sentence for sentence in told if "released" in sentence]) == 1


def write_part(store: Store, number: int) -> list[PreparedPage]:
    """Six pages in a part of the store, as preprocess leaves them."""
    part, rows = f"pages/b/{number}.parquet", []
    for page in map(draw, range(6 * number + 1, 6 * number + 7)):
        known = page.model_dump(include={"document_id", "page_no", "page_sha", "media_type", "width", "height"})
        row = PageRow.model_validate(
            {"batch": "b", "state": "prepared", "encoded_bytes": len(page.image), **known, "part": part}
        )
        rows.append((row, page))
    store.parts.write(part, rows)
    return [PreparedPage(part, page.document_id, page.page_no, page.page_sha) for _, page in rows]
