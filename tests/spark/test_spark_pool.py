"""Items on a cluster: a bad one fails alone, a lost executor costs nothing but time, an ending run ends its tasks."""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jsl_pipeline.errors import ComputeError, LandingUnavailable
from jsl_pipeline.schemas import FailureCause, PageFailure
from jsl_pipeline.spark.job import Job
from jsl_pipeline.spark.pool import SparkPool, runs
from jsl_pipeline.spark.session import open_session
from jsl_pipeline.workers import Work
from tests.java import need_java

from .acting import act, one, owner
from .cluster import ROOT, Cluster

pytestmark = pytest.mark.deployments


def pool(start_seconds: float = 60) -> SparkPool:
    return SparkPool(SparkSession.active(), 32 * 2**20, start_seconds, lambda sentence: None)


def test_results_come_with_their_items(cluster: Cluster) -> None:
    work = Work(act, timeout=30, weigh=one)
    assert sorted(pool().map(work, list(range(50)))) == [(n, n) for n in range(50)]
    assert list(pool().map(work, [])) == []


def test_more_items_than_one_job_takes_are_taken_as_there_is_room(cluster: Cluster) -> None:
    taken: list[int] = []

    def items() -> Iterator[bytes]:
        for number in range(10):
            taken.append(number)
            yield bytes([number]) * 2**20

    results = pool().map(Work(act, timeout=30, weigh=len), items())
    first = next(results)
    assert len(taken) < 10
    assert sorted([first, *results]) == [(item, item) for item in (bytes([n]) * 2**20 for n in range(10))]


def test_bad_items_fail_alone_wherever_they_stand(cluster: Cluster) -> None:
    bad = {"crash": FailureCause.CRASHED, "hang": FailureCause.TIMEOUT, "bug": FailureCause.ENGINE}
    work = Work(act, timeout=2, weigh=one)
    results = dict(pool().map(work, [1, 2, *bad, 3, 4, 5]))
    failures = {item: results.pop(item) for item in bad}
    assert results == {n: n for n in (1, 2, 3, 4, 5)}
    for item, cause in bad.items():
        failure = failures[item]
        assert isinstance(failure, PageFailure)
        assert failure.cause is cause
        assert "patient" not in failure.message


def test_a_task_with_nothing_but_bad_items_ends_well(cluster: Cluster) -> None:
    outcomes = [outcome for _, outcome in pool().map(Work(act, timeout=30, weigh=one), ["crash"] * 3 + ["bug"] * 8)]
    assert [outcome.cause for outcome in outcomes if isinstance(outcome, PageFailure)] == (
        [FailureCause.CRASHED] * 3 + [FailureCause.ENGINE] * 8
    )


def test_an_error_of_the_whole_run_comes_back_as_itself(cluster: Cluster) -> None:
    with pytest.raises(LandingUnavailable, match="cannot be reached for now"):
        list(pool().map(Work(act, timeout=30, weigh=one), [1, 2, "outage", 3]))


def test_executors_that_lack_a_module_are_told(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("def act(item):\n    return item\n")
    monkeypatch.syspath_prepend(tmp_path)
    act_here = importlib.import_module("only_here").act
    with pytest.raises(ComputeError, match="Install the same version of jsl-pipeline there"):
        list(pool().map(Work(act_here, timeout=30, weigh=one), [1]))


def test_all_slots_work(cluster: Cluster) -> None:
    owners = {owner for _, owner in pool().map(Work(owner, timeout=30, weigh=one), [0.5] * 16)}
    assert len(owners) == 2


def test_items_are_cut_into_runs_by_weight() -> None:
    assert [list(run) for run in runs([5, 5, 5, 25, 1, 1], 10)] == [[0, 1], [2], [3], [4, 5]]
    assert [len(run) for run in runs([1] * 64, 8)] == [8] * 8


def test_a_lost_worker_is_made_up_for(cluster: Cluster) -> None:
    doomed = cluster.add_worker()
    _until(lambda: _slots() == 3, "the executor")
    results = pool().map(Work(act, timeout=30, weigh=one), [0.2 + n / 1000 for n in range(60)])
    with Job(SparkSession.active(), "test", lambda: list(results)) as job:
        while not job.wait(0.1):
            if doomed.alive and _running() == 3:
                doomed.kill()
    assert not doomed.alive
    assert job.error is None
    assert [item for item, _ in job.result or []] == [outcome for _, outcome in job.result or []]
    assert len(job.result or []) == 60


def _running() -> int:
    tracker = SparkSession.active().sparkContext.statusTracker()
    stages = [tracker.getStageInfo(number) for number in tracker.getActiveStageIds()]
    return sum(stage.numActiveTasks for stage in stages if stage)


def _slots() -> int:
    return SparkSession.active().sparkContext.defaultParallelism


def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 90
    while not is_so():
        assert time.monotonic() < deadline, f"waited too long for {what}"
        time.sleep(0.2)


_OPEN = """
from jsl_pipeline.clusters import SparkCompute
from jsl_pipeline.errors import PipelineError
from jsl_pipeline.spark import open_spark
from jsl_pipeline.workers import Work
from tests.spark.acting import QUICK, act, one
try:
    conf = {{"spark.ui.enabled": "false", "spark.driver.extraJavaOptions": QUICK}}
    with open_spark(SparkCompute(master={master!r}, start_seconds={start_seconds}, conf=conf), print) as compute:
        print(dict(compute.pool.map(Work(act, 30, one), [1, 2])))
except PipelineError as error:
    print(type(error).__name__, error.retryable, error)
"""


def _opened(master: str, start_seconds: float = 90, **environment: str) -> str:
    """What a process of its own says of a cluster."""
    done = subprocess.run(
        [sys.executable, "-c", _OPEN.format(master=master, start_seconds=start_seconds)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_cores_of_this_machine_are_a_cluster_too() -> None:
    need_java()
    assert _opened("local[2]").splitlines()[-1] == "{1: 1, 2: 2}"


def test_an_interrupted_run_leaves_nothing_running(tmp_path: Path) -> None:
    need_java()
    mark = tmp_path / "mark"
    run = subprocess.Popen([sys.executable, "-c", _STUCK.format(mark=str(mark))], cwd=ROOT, stderr=subprocess.PIPE)
    try:
        _until(mark.exists, "the item")
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    finally:
        run.kill()
    assert b"KeyboardInterrupt" in said.splitlines()[-1]
    _until(lambda: not _is_running(int(mark.read_text())), "the end of what worked on the item")


_STUCK = """
from jsl_pipeline.clusters import SparkCompute
from jsl_pipeline.spark import open_spark
from jsl_pipeline.workers import Work
from tests.spark.acting import QUICK, hang, one
if __name__ == "__main__":
    conf = {{"spark.ui.enabled": "false", "spark.driver.extraJavaOptions": QUICK}}
    with open_spark(SparkCompute(master="local[1]", conf=conf), print) as compute:
        list(compute.pool.map(Work(hang, 300, one), [{mark!r}]))
"""


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_master_that_is_not_there_is_told_at_once() -> None:
    said = _opened("spark://127.0.0.1:9")
    assert said.startswith("ComputeUnavailable True The Spark master spark://127.0.0.1:9 cannot be reached.")


def test_a_master_without_host_and_port_is_told() -> None:
    assert "not of the form spark://HOST:PORT" in _opened("spark://somewhere")


def test_a_cluster_without_workers_is_given_up(tmp_path: Path) -> None:
    need_java()
    empty = Cluster(tmp_path)
    try:
        said = _opened(empty.master, start_seconds=3)
    finally:
        empty.close()
    assert said.startswith("ComputeUnavailable True The Spark cluster started no task within 3 s.")


def test_a_machine_without_java_is_told(tmp_path: Path) -> None:
    said = _opened("local[1]", JAVA_HOME=str(tmp_path))
    assert said.startswith("ComputeError False Spark's Java process did not start. Install Java")


def test_a_process_drives_one_cluster(cluster: Cluster) -> None:
    with pytest.raises(ComputeError, match="in another process"), open_session(cluster.compute(master="local[1]")):
        pass
