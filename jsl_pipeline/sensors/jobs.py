"""Jobs: the whole chain over a batch, each compute's part of it, and closing a batch by hand.

Steps run in the process of their run: a process a step costs four CPU seconds, and steps spread their work over
the cores by themselves.
"""

from datetime import UTC, datetime
from functools import partial

import dagster as dg

from jsl_pipeline.assets import batches, days, endpoint_answers, register
from jsl_pipeline.assets.border import border
from jsl_pipeline.batches import close_waiting
from jsl_pipeline.compute import CpuPool
from jsl_pipeline.resources import SettingsResource

_over_a_batch = partial(dg.define_asset_job, partitions_def=batches, executor_def=dg.in_process_executor)


def _tables(*groups: str) -> dg.AssetSelection:
    """The tables of these groups with the checks on their rows; whether the endpoint answers is no such check."""
    return dg.AssetSelection.groups(*groups) - dg.AssetSelection.checks(endpoint_answers)


run_batch = _over_a_batch(
    "run_batch",
    _tables("cpu_prepare", "gpu_extract", "cpu_validate"),
    description="A batch from its files to its records.",
)
prepare_batch = _over_a_batch(
    "prepare_batch",
    _tables("cpu_prepare"),
    description="CPU: the files of a batch become prepared pages.",
)
read_batch = _over_a_batch(
    "read_batch",
    _tables("gpu_extract", "cpu_validate"),
    description="GPU, then CPU: the prepared pages of a batch are read and become records.",
)
extract_batch = _over_a_batch(
    "extract_batch",
    _tables("gpu_extract"),
    description="GPU: the engine reads the prepared pages of a batch.",
)
validate_batch = _over_a_batch(
    "validate_batch",
    _tables("cpu_validate"),
    description="CPU: the answers for a batch become records.",
)
judge_usage = dg.define_asset_job(
    "judge_usage",
    dg.AssetSelection.groups("endpoint"),
    description="How the endpoint was used on a day, and what could be better.",
    partitions_def=days,
    executor_def=dg.in_process_executor,
)


@dg.op
def close_what_waits(context: dg.OpExecutionContext, settings: SettingsResource) -> None:
    """Close all that waits in the landing folder, and make every batch of the store a partition."""
    with border():
        loaded = settings.load()
        store = loaded.open_store()
        at_once = loaded.batching.model_copy(update={"settle_seconds": 0})
        pool = CpuPool(loaded, context.log.info)
        closed = close_waiting(store, loaded.open_landing(), at_once, datetime.now(UTC), pool)
        register(context.instance, store.manifests.batch_keys())
    for batch in closed:
        context.log.info(f"Closed batch {batch.key} with {len(batch.files)} files.")
    if not closed:
        context.log.info("Nothing waits in the landing folder.")


@dg.job(executor_def=dg.in_process_executor)
def close_batch() -> None:
    """Close what waits in the landing folder as a batch, now. To run it, launch `run_batch` for its partition."""
    close_what_waits()


JOBS = (run_batch, prepare_batch, read_batch, extract_batch, validate_batch, close_batch, judge_usage)
