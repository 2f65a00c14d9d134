"""`dagster` on the command line, as the README shows it: with no daemon, and through a kill."""

import os
import signal
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat

from jsl_pipeline.stages import account
from tests.dagster.command import DagsterCommand
from tests.dagster.conftest import draw_sheet, fill_landing

pytestmark = pytest.mark.deployments


def test_a_backfill_without_a_daemon_ends_when_every_batch_is_done_killed_ones_too(tmp_path: Path) -> None:
    """Also where a daemon was killed half a minute ago, and looks alive for some seconds yet."""
    fill_landing(tmp_path / "landing")
    draw_sheet(tmp_path / "landing" / "z.png", "Patient Name: Another Person")  # the last, so in a batch of its own
    dagster = DagsterCommand(tmp_path, JSL_BATCHING__MAX_FILES="4")
    dagster.close_batch()
    first, other = sorted(dagster.store.manifests.all(), key=lambda batch: -len(batch.files))
    assert [len(batch.files) for batch in (first, other)] == [4, 1]

    log = tmp_path / "killed.log"
    tables = 'not group:"endpoint"'  # whose partitions are days
    materialise = (
        "asset",
        "materialize",
        "-m",
        "jsl_pipeline.definitions",
        "--select",
        tables,
        "--partition",
        first.key,
    )
    killed = dagster.start(*materialise, log=log)
    while killed.poll() is None and b"extract - STEP_START" not in log.read_bytes():
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert dagster.store.tables.count("pages", first.key) == 2
    assert dagster.store.tables.count("extractions", first.key) == 0

    with dg.DagsterInstance.from_config(str(dagster.home)) as instance:
        instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() - 28, "QUEUED_RUN_COORDINATOR", "killed"))
    dagster.backfill()
    assert account(dagster.store, first.key).finished
    assert account(dagster.store, other.key).finished
    assert dagster.store.tables.count("extractions") == 2
