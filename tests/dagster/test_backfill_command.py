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


@pytest.fixture
def dagster(tmp_path: Path) -> DagsterCommand:
    fill_landing(tmp_path / "landing")
    return DagsterCommand(tmp_path)


def test_a_backfill_without_a_daemon_ends_when_every_batch_is_done(dagster: DagsterCommand) -> None:
    """Also where a daemon was killed half a minute ago, and looks alive for some seconds yet."""
    first = dagster.close_batch()
    draw_sheet(dagster.landing / "later.png", "Patient Name: Another Person")
    second = dagster.close_batch()
    with dg.DagsterInstance.from_config(str(dagster.home)) as instance:
        instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() - 28, "QUEUED_RUN_COORDINATOR", "killed"))
    dagster.backfill()
    assert account(dagster.store, first).finished
    assert account(dagster.store, second).finished
    assert dagster.store.tables.count("extractions") == 2


def test_a_run_killed_while_it_reads_is_finished_by_the_next(dagster: DagsterCommand, tmp_path: Path) -> None:
    batch = dagster.close_batch()
    materialise = ("asset", "materialize", "-m", "jsl_pipeline.definitions", "--select", "*", "--partition", batch)
    log = tmp_path / "killed.log"
    killed = dagster.start(*materialise, log=log)
    while killed.poll() is None and b"extract - STEP_START" not in log.read_bytes():
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert dagster.store.tables.count("pages", batch) == 2
    assert dagster.store.tables.count("extractions", batch) == 0
    dagster.run(*materialise)
    assert account(dagster.store, batch).finished
