"""`jsl-pipeline run`: all stages over what a landing folder holds."""

import itertools
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from pydantic import Field
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

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
    calls: EngineCalls | None = Field(description="What was asked of a model in this run.")
    seconds: float = Field(description="Time this run took.")
    pace: stages.Pace = Field(description="Of the whole run: pages a second, dollars, and what held it up.")
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
    seconds = round(time.perf_counter() - started, 3)
    return RunSummary(
        **dict(total),
        asked=sum(report.asked for report in reports),
        calls=EngineCalls.total(report.calls for report in reports if report.calls),
        seconds=seconds,
        pace=_pace(reports, seconds),
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


def _pace(reports: Sequence[stages.ExtractReport], seconds: float) -> stages.Pace:
    """Of a whole run, whose stages are done one after the other: what was not reading was CPU work."""
    asked = sum(report.asked for report in reports)
    calls = EngineCalls.total(report.calls for report in reports if report.calls)
    reading = sum(report.seconds for report in reports)
    dollars = calls.dollars if calls else None
    return stages.Pace(
        done=asked,
        total=asked,
        seconds=seconds,
        per_second=asked / seconds if seconds > 0 else 0.0,
        dollars=dollars,
        dollars_per_page=dollars / asked if dollars is not None and asked else None,
        gpu_idle=calls.gpu_idle if calls else None,
        bottleneck=stages.find_bottleneck(calls) if calls and reading > seconds / 2 else stages.Bottleneck.CPU,
    )


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
    meter = stages.Meter()
    columns = [TextColumn("{task.description:<10}"), BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn()]
    with Progress(*columns, _PaceColumn(meter), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(stage, total=None)

        def advance(done: int, total: int, look: stages.Look = lambda: None) -> None:
            meter(done, total, look)
            bar.update(task, completed=done, total=total)

        yield advance


class _PaceColumn(ProgressColumn):
    """How fast it goes, what it costs and what holds it up, looked at anew as the bar is drawn."""

    max_refresh = 0.5

    def __init__(self, meter: stages.Meter) -> None:
        super().__init__()
        self._meter = meter

    def render(self, task: Task) -> Text:
        """The part of the line after the bar."""
        return Text(" · ".join(self._meter.pace().facts))
