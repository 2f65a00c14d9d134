"""`jsl-pipeline run`: all stages over what a landing folder holds."""

import itertools
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime

from pydantic import Field
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from jsl_pipeline import stages
from jsl_pipeline.batches import close_waiting
from jsl_pipeline.compute import CpuPool, StageRunner
from jsl_pipeline.errors import EngineUnavailable
from jsl_pipeline.schemas import EngineCalls
from jsl_pipeline.serving import EndpointSettings, EndpointState, open_control
from jsl_pipeline.settings import Settings
from jsl_pipeline.store import Store


class RunSummary(stages.Summary):
    """What became of a landing folder, and what this run did for it."""

    asked: int = Field(description="Pages that the engine was asked for in this run.")
    calls: EngineCalls | None = Field(description="What was asked of an endpoint in this run.")
    seconds: float = Field(description="Time this run took.")
    store: str
    landing: str


def run_landing(settings: Settings, again: bool, console: Console) -> RunSummary:
    """Close what waits, run every unfinished batch of the landing folder, and sum up all its batches."""
    started = time.perf_counter()
    store, landing = settings.open_store(), settings.open_landing()
    at_once = settings.batching.model_copy(update={"settle_seconds": 0})
    close_waiting(store, landing, at_once, datetime.now(UTC), CpuPool(settings, console.print))
    batches = [batch.key for batch in store.manifests.all() if batch.landing == landing.url]
    todo = [key for key in batches if again or not stages.account(store, key).finished]
    reports = run_batches(store, settings, todo, console)
    total = stages.summarise(store, batches)
    return RunSummary(
        **dict(total),
        asked=sum(report.asked for report in reports),
        calls=EngineCalls.total(report.calls for report in reports if report.calls),
        seconds=round(time.perf_counter() - started, 3),
        store=store.url,
        landing=landing.url,
    )


def run_batches(
    store: Store, settings: Settings, batches: Iterable[str], console: Console
) -> list[stages.ExtractReport]:
    """Take batches through all stages, one after the other; returns how reading them went."""
    reports: list[stages.ExtractReport] = []
    keys = list(batches)
    if keys:
        _wake(settings, console)
    with StageRunner(settings, console.print) as runner:
        for key, stage in itertools.product(keys, stages.STAGES):
            with _progress(console, stage.name) as progress:
                report = runner.run(stage, store, key, progress)
            if isinstance(report, stages.ExtractReport):
                reports.append(report)
    return reports


def _wake(settings: Settings, console: Console) -> None:
    """Wake a sleeping endpoint now, so that it wakes while pages are prepared. Reading waits for it, and tells why."""
    if not isinstance(settings.engine, EndpointSettings):
        return
    control = open_control(settings.engine)
    try:
        if control.status().state is EndpointState.ASLEEP:
            control.wake()
            console.print("The endpoint sleeps and was asked to wake.", highlight=False)
    except EngineUnavailable as error:
        console.print(f"The endpoint could not be woken yet: {error}", highlight=False)


@contextmanager
def _progress(console: Console, stage: str) -> Generator[stages.Progress]:
    columns = [TextColumn("{task.description:<11}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(stage, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield advance
