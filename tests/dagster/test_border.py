"""Errors at the border: retried only where that may help, and told without what they may quote."""

import dagster as dg
import pytest

from jsl_pipeline.assets.border import border
from jsl_pipeline.errors import EngineUnavailable, LandingError, PipelineError, StoreConflict
from tests.dagster.conftest import SECRET, Deployment


def failure_of(error: Exception) -> dg.Failure:
    with pytest.raises(dg.Failure) as raised, border():
        raise error
    return raised.value


@pytest.mark.parametrize(
    ("error", "retried"),
    [(StoreConflict("busy"), True), (EngineUnavailable("asleep"), True), (LandingError("gone"), False)],
)
def test_an_error_is_retried_where_it_says_so(error: PipelineError, retried: bool) -> None:
    failure = failure_of(error)
    assert failure.allow_retries is retried
    assert failure.description == str(error)


def test_an_unforeseen_error_is_told_without_its_text() -> None:
    failure = failure_of(ValueError(f"cannot parse {SECRET}"))
    assert failure.allow_retries is False
    assert "ValueError" in str(failure.description)
    assert SECRET not in repr((failure.description, failure.metadata))
    assert "test_border.py" in str(failure.metadata["where"].value)


def test_no_cause_travels_with_the_failure() -> None:
    error = LandingError("A landing file is gone.")
    error.__cause__ = FileNotFoundError(SECRET)
    failure = failure_of(error)
    assert failure.__cause__ is None
    assert failure.__suppress_context__


@pytest.mark.parametrize(("error", "attempts"), [(StoreConflict, 3), (LandingError, 1), (ValueError, 1)])
def test_dagster_retries_what_may_pass_and_nothing_else(error: type[Exception], attempts: int) -> None:
    tried: list[int] = []

    @dg.op(retry_policy=dg.RetryPolicy(max_retries=2))
    def works_in_the_end() -> None:
        with border():
            tried.append(1)
            if len(tried) < 3:
                raise error("not yet")

    @dg.job
    def job() -> None:
        works_in_the_end()

    result = job.execute_in_process(raise_on_error=False)
    assert len(tried) == attempts
    assert result.success is (attempts == 3)


def test_a_landing_folder_that_is_gone_fails_at_once_and_says_what_to_do(fresh: Deployment) -> None:
    fresh.landing.rename(fresh.landing.with_name("moved"))
    result = fresh.run("close_batch")
    assert not result.success
    failure = result.failure_data_for_node("close_what_waits")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert "Create it, or correct the landing URL" in str(failure.user_failure_data.description)
