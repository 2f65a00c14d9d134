"""The nightly sweep: what waits is closed whatever its age, and what was never finished is asked for."""

from contextvars import copy_context
from datetime import UTC, datetime
from functools import partial

import dagster as dg

from jsl_pipeline.definitions import defs
from jsl_pipeline.resources import Clock
from jsl_pipeline.sensors.sweep import nightly_sweep
from tests.dagster.conftest import Deployment

NIGHT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def sweep(deployment: Deployment) -> list[dg.RunRequest | dg.SkipReason]:
    """One evaluation. Dagster 1.13 leaves the instance of a schedule's context in a context variable for good."""
    context = dg.build_schedule_context(instance=deployment.instance, scheduled_execution_time=NIGHT)
    evaluate = partial(nightly_sweep, context, settings=deployment.settings, clock=Clock())
    return list(copy_context().run(evaluate))


def test_what_waits_is_closed_whatever_its_age(fresh: Deployment) -> None:
    requests = sweep(fresh)
    (batch,) = fresh.store.manifests.batch_keys()
    assert requests == [dg.RunRequest(run_key=f"{batch}@2026-03-01", partition_key=batch)]
    assert fresh.instance.get_dynamic_partitions("batch") == [batch]


def test_a_batch_that_was_begun_and_not_finished_is_asked_for(fresh: Deployment) -> None:
    batch = fresh.close()
    assert fresh.run("prepare_batch", batch).success
    assert [request.partition_key for request in sweep(fresh) if isinstance(request, dg.RunRequest)] == [batch]


def test_a_batch_that_is_being_worked_on_is_left_alone(fresh: Deployment) -> None:
    batch = fresh.close()
    fresh.instance.create_run_for_job(
        job_def=dg.GraphDefinition("working").to_job(),
        tags={"dagster/partition": batch},
        status=dg.DagsterRunStatus.STARTED,
    )
    (skip,) = sweep(fresh)
    assert isinstance(skip, dg.SkipReason)


def test_with_everything_done_it_says_so(done: Deployment) -> None:
    (skip,) = sweep(done)
    assert isinstance(skip, dg.SkipReason)
    assert skip.skip_message == "Every batch is done."


def test_with_an_endpoint_it_prepares_and_leaves_reading_to_the_endpoint_sensor(
    fresh: Deployment, endpoint_settings: None
) -> None:
    (request,) = [each for each in sweep(fresh) if isinstance(each, dg.RunRequest)]
    assert request.asset_selection is not None
    graph = defs.resolve_asset_graph()
    assert {graph.get(key).group_name for key in request.asset_selection} == {"cpu_prepare"}
    run = defs.resolve_job_def("run_batch").get_subset(asset_selection={*request.asset_selection})
    assert not any(step.pools for step in run.all_node_defs if isinstance(step, dg.OpDefinition))
