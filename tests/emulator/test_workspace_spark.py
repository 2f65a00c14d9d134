"""Real Spark on emulated clusters: found by a task as on Databricks, with cards, and with workers to lose."""

import importlib.util
import json
import sys

import pytest
from databricks.sdk.service import jobs
from workspace_client import (
    VOLUME,
    cluster,
    ended,
    finished,
    output,
    python_task,
    submit,
    until,
    volume_folder,
    workspace,
)

from tests.java import need_java

pytestmark = [
    pytest.mark.deployments,
    pytest.mark.skipif(sys.platform != "linux", reason="tasks see /Volumes by mount namespaces of Linux"),
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="the extra `spark` is not installed"),
]

_SESSION = """
import json, pathlib, sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
"""
_LOCAL = (
    _SESSION
    + """
conf = spark.sparkContext.getConf()
read = spark.range(4, numPartitions=2).mapInPandas(lambda frames: frames, "id long").count()
listed = spark.read.text(sys.argv[1]).count()  # by the JVM, which sees the volume too
told = {"count": read, "listed": listed, "own": conf.get("spark.own"), "master": conf.get("spark.master")}
print(json.dumps(told))
"""
)
_STANDALONE = (
    _SESSION
    + """
from pyspark import TaskContext

folder = pathlib.Path(sys.argv[1])

def work(number):
    card = TaskContext.get().resources()["gpu"].addresses
    with (folder / f"began-{number}").open("a") as file:
        file.write("x")
    while not (folder / "go").exists():
        time.sleep(0.05)
    return number, card

done = spark.sparkContext.parallelize(range(2), 2).map(work).collect()
print(json.dumps(done))
"""
)


def test_a_task_finds_its_session():
    need_java()
    with workspace() as (emulator, sdk):
        volume_folder(emulator).joinpath("lines.txt").write_text("a\nb\nc\n")
        conf = {"spark.own": "two words \\ and a slash", "spark.task.resource.gpu.amount": "1"}
        spec = cluster(spark_conf=conf)
        run = finished(sdk, submit(sdk, python_task(emulator, _LOCAL, f"{VOLUME}/lines.txt", new_cluster=spec)), 120)
        assert ended(run) == ("TERMINATED", "SUCCESS"), output(sdk, run).logs
        told = json.loads(output(sdk, run).logs.partition("\n")[0])
        assert told == {"count": 4, "listed": 3, "own": "two words \\ and a slash", "master": "local[1]"}


def test_a_lost_worker_is_made_up_for():
    need_java()
    settings = {"spark": "standalone", "most_workers": 2, "worker_memory_mb": 512, "driver_memory_mb": 512}
    with workspace(speed=1, **settings) as (emulator, sdk):
        folder = volume_folder(emulator)
        size = {"num_workers": None, "autoscale": {"min_workers": 2, "max_workers": 8}}
        spec = cluster(node_type_id="g5.xlarge", **size)
        run_id = submit(sdk, python_task(emulator, _STANDALONE, VOLUME, new_cluster=spec), run_name="extract")
        until(lambda: {"began-0", "began-1"} <= {path.name for path in folder.iterdir()} or failed(sdk, run_id), 120)
        assert emulator.lose_worker()
        shown = sdk.clusters.get(sdk.jobs.get_run(run_id).tasks[0].cluster_instance.cluster_id)
        assert shown.num_workers == 1
        (folder / "go").touch()
        run = finished(sdk, run_id, 120)
        assert ended(run) == ("TERMINATED", "SUCCESS"), output(sdk, run).logs
        assert sorted(json.loads(output(sdk, run).logs.partition("\n")[0])) == [[0, ["0"]], [1, ["0"]]]
        tries = sorted((folder / f"began-{number}").read_text() for number in range(2))
        assert tries == ["x", "xx"]  # the lost worker's task, and no other, was done again


def failed(sdk, run_id):
    run = sdk.jobs.get_run(run_id)
    assert run.state.life_cycle_state is not jobs.RunLifeCycleState.INTERNAL_ERROR, run.state.state_message
    assert run.state.result_state is None, output(sdk, run).logs
    return False
