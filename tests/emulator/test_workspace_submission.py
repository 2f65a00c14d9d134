"""What `runs/submit` refuses, before anything starts."""

import pytest

from jsl_pipeline.emulator import NodeType
from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.workspace.submission import parse_submission

_NODES = {"cpu": NodeType(), "card": NodeType(gpus=1)}
_CLUSTER = {"spark_version": "16.4.x-scala2.12", "node_type_id": "cpu", "num_workers": 2}
_TASK = {"task_key": "main", "spark_python_task": {"python_file": "/Volumes/main/default/jsl/task.py"}}
_SINGLE = {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"}
_IMAGE = {"url": "registry.example/jsl:1", "basic_auth": {"username": "u", "password": "{{secrets/a/b}}"}}


def submission(cluster=None, **task):
    merged = {name: value for name, value in (_CLUSTER | (cluster or {})).items() if value is not None}
    return {"tasks": [_TASK | {"new_cluster": merged} | task]}


def parse(body):
    return parse_submission(body, _NODES)


@pytest.mark.parametrize(
    "cluster",
    [
        {},
        {"num_workers": None, "autoscale": {"min_workers": 1, "max_workers": 4}},
        {"num_workers": 0, "spark_conf": _SINGLE, "custom_tags": {"ResourceClass": "SingleNode"}},
        {"node_type_id": None, "instance_pool_id": "pool"},
        {"docker_image": _IMAGE},
        {"spark_version": "16.4.x-gpu-ml-scala2.12", "node_type_id": "card"},
        {"init_scripts": [{"volumes": {"destination": "/Volumes/main/default/jsl/init.sh"}}]},
        {"unknown_field": 1},  # ignored, as by the real API
    ],
)
def test_sound_clusters_are_taken(cluster):
    [task] = parse(submission(cluster)).tasks
    assert task.what == "/Volumes/main/default/jsl/task.py"


@pytest.mark.parametrize(
    ("cluster", "told"),
    [
        ({"autoscale": {"min_workers": 1, "max_workers": 4}}, "Only one of num_workers and autoscale"),
        ({"num_workers": None}, "Missing required field: settings.cluster_spec.new_cluster.size"),
        ({"num_workers": None, "autoscale": {"min_workers": 2, "max_workers": 2}}, "strictly greater"),
        ({"num_workers": 0}, "single-node"),
        ({"spark_version": None}, "spark_version"),
        ({"spark_version": "16.4"}, "Invalid spark version"),
        ({"node_type_id": None}, "node_type_id and instance_pool_id"),
        ({"node_type_id": "huge"}, "Node type huge is not supported"),
        ({"docker_image": {"basic_auth": {"username": "u", "password": "p"}}}, "docker_image.url"),
        ({"docker_image": {"url": "x", "basic_auth": {"username": "u"}}}, "password"),
        ({"docker_image": _IMAGE, "spark_version": "16.4.x-gpu-ml-scala2.12"}, "standard runtime"),
        ({"init_scripts": [{"volumes": {}}]}, "init script"),
        ({"spark_env_vars": {"A-B": "1"}}, "environment variable"),
        ({"spark_env_vars": {"A": 1}}, "spark_env_vars.A"),
    ],
)
def test_unsound_clusters_are_refused(cluster, told):
    with pytest.raises(Refused, match=told) as refused:
        parse(submission(cluster))
    assert (refused.value.status, refused.value.code) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "tasks"),
        ({"tasks": []}, "tasks"),
        ({"tasks": ["x"]}, "object"),
        (submission(notebook_task={"notebook_path": "/x"}, spark_python_task=None), "one task type"),
        ({"tasks": [{"task_key": "a", "notebook_task": {}}]}, "not notebook_task"),
        (submission(existing_cluster_id="0-1"), "Cluster 0-1 does not exist"),
        (submission(environment_key="default"), "environment_key"),
        (submission(task_key="two words"), "task_key"),
        (submission(libraries=[{"whl": "/x.whl", "pypi": {}}]), "exactly one of"),
        (submission(spark_python_task={"python_file": "s3://bucket/task.py"}), "Invalid python file reference"),
        (submission(depends_on=[{"task_key": "other"}]), "not before it"),
        ({**submission(), "idempotency_token": "x" * 65}, "idempotency_token"),
        ({"tasks": submission()["tasks"] * 2}, "unique"),
    ],
)
def test_unsound_submissions_are_refused(body, told):
    with pytest.raises(Refused, match=told):
        parse(body)


def test_refusals_never_repeat_values():
    with pytest.raises(Refused) as refused:
        parse(submission({"spark_env_vars": {"TOKEN": ["tell-nobody"]}}))
    assert "tell-nobody" not in refused.value.message
