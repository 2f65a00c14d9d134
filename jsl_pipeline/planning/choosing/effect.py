"""The files that put a plan into effect: settings of the pipeline, and what its bundle deploys."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from jsl_pipeline import __version__
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.planning.choosing.options import THIS_MACHINE, driver_node
from jsl_pipeline.planning.choosing.plan import Plan
from jsl_pipeline.planning.choosing.words import dollars, name
from jsl_pipeline.planning.deployment import Deployment, Kind
from jsl_pipeline.prices import Prices
from jsl_pipeline.serving.price import REQUESTS_A_REPLICA

_SLEEPS_BY_ITSELF = 1800  # an endpoint, after that many idle seconds


def write_plan(plan: Plan, prices: Prices, folder: Path) -> list[Path]:
    """Write plan.json, jsl_pipeline.toml, variable-overrides.json, and endpoint.yml where the bundle's own does not do.

    What only its user knows (workspace, image, volume, model) is as docs/databricks.md has it. Raises SettingsError
    where the folder cannot be written.
    """
    option = plan.choice.deployment
    texts = {
        "plan.json": plan.model_dump_json(indent=1) + "\n",
        "jsl_pipeline.toml": "\n".join(_settings(plan, prices)) + "\n",
        "variable-overrides.json": json.dumps(_variables(option, prices), indent=1) + "\n",
    }
    if option.kind in (Kind.SCALE_TO_ZERO, Kind.WINDOW):
        texts["endpoint.yml"] = (files("jsl_pipeline.planning.choosing") / "bundle" / "endpoint.yml").read_text(
            encoding="utf-8"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"The folder {folder} cannot be written ({type(error).__name__}).") from None
    return [folder / file for file in texts]


def _variables(option: Deployment, prices: Prices) -> dict[str, str | int]:
    """Of the bundle in deploy/."""
    replica, variables = option.replica, dict[str, str | int]()
    if option.kind is Kind.CLUSTER:
        variables |= {"gpu_node_type": replica.compute, "gpu_max_workers": option.max_replicas}
    else:
        variables |= {
            "workload_type": replica.compute,
            "min_concurrency": REQUESTS_A_REPLICA * max(option.min_replicas, 1),
            "max_concurrency": REQUESTS_A_REPLICA * option.max_replicas,
        }
    if option.cpu.compute != THIS_MACHINE:
        variables |= {"cpu_node_type": option.cpu.compute, "cpu_max_workers": _machines(option, prices)}
    return variables


def _settings(plan: Plan, prices: Prices) -> Iterator[str]:
    """jsl_pipeline.toml, line by line."""
    option = plan.choice.deployment
    yield f"# {name(option)}"
    yield f"# {dollars(plan.choice.dollars_a_day)} a day; plan.json says why. Lines marked `yours` are not planned."
    yield "[batching]"
    yield f"max_files = {max(1, round(option.batch_pages / plan.terms.pages_per_file))}"
    yield f"max_age_seconds = {option.gather_seconds:g}"
    yield ""
    yield from _containers(option, prices) if option.kind is Kind.CLUSTER else _endpoint(option)
    if option.cpu.compute != THIS_MACHINE:
        machines = _machines(option, prices)
        yield ""
        yield from _cluster("cpu", option.cpu.compute, str(machines if machines > 1 else 0))


def _endpoint(option: Deployment) -> Iterator[str]:
    slots = option.replica.slots
    yield "[engine]"
    yield 'kind = "endpoint"'
    yield 'url = "https://adb-1.azuredatabricks.net"  # yours'
    yield 'name = "jsl-vl"  # yours'
    yield 'auth = "databricks"'
    yield f"concurrency = {slots * max(option.min_replicas, 1)}"
    yield f"max_concurrency = {slots * option.max_replicas}"
    yield f"max_request_pages = {option.replica.pages_a_request}"
    yield ""
    yield "[engine.wake]"
    yield f"keep_warm = {json.dumps([option.window] if option.window else [])}"
    stops = option.kind is not Kind.ALWAYS_WARM and option.idle_seconds < _SLEEPS_BY_ITSELF
    yield f"sleep_when_done = {json.dumps(stops)}"
    yield ""
    yield "[engine.gather]  # batches have gathered already"
    yield "max_wait_seconds = 0"
    yield ""
    yield "[engine.price]"
    yield f"wake_seconds = {option.start_seconds:g}"
    yield f"idle_seconds = {option.idle_seconds:g}"


def _containers(option: Deployment, prices: Prices) -> Iterator[str]:
    yield "[engine]"
    yield 'kind = "jsl"'
    yield 'model = "jsl_meds_vl_8b"  # yours'
    yield ""
    most = option.max_replicas
    yield from _cluster("gpu", option.replica.compute, f"{{ min = 1, max = {most} }}" if most > 1 else "0")
    if most > 1 and (driver := driver_node(prices)):
        yield f"driver_node_type = {json.dumps(driver)}"
    yield "gpus_per_task = 1"
    yield 'image = { url = "registry.example.com/jsl-vl:1.2" }  # yours'
    yield 'spark_conf = { "spark.databricks.unityCatalog.volumes.enabled" = "true" }'


def _cluster(which: str, node_type: str, workers: str) -> Iterator[str]:
    """One that is made for a stage of a batch; 0 workers are a single machine."""
    yield f"[compute.{which}]"
    yield 'kind = "databricks"'
    yield 'volume = "/Volumes/main/default/jsl/runs"  # yours'
    if which == "cpu":
        wheel = f"jsl_pipeline-{__version__}-py3-none-any.whl"
        yield f'libraries = ["/Volumes/main/default/jsl/wheels/{wheel}"]  # yours'
    yield ""
    yield f"[compute.{which}.cluster]"
    yield 'spark_version = "17.3.x-scala2.13"'
    yield f"node_type = {json.dumps(node_type)}"
    yield f"workers = {workers}"


def _machines(option: Deployment, prices: Prices) -> int:
    return max(1, option.cpu.cores // prices.jobs.nodes[option.cpu.compute].cores)
