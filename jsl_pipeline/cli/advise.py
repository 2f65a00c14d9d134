"""`jsl-pipeline advise`."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from jsl_pipeline.cli.console import JsonOption, StoreOption, out, print_json, tell
from jsl_pipeline.cli.endpoint import endpoint_settings

if TYPE_CHECKING:
    from jsl_pipeline.planning import Advice
    from jsl_pipeline.serving import EndpointSettings, Sample
    from jsl_pipeline.store import Usage

_LOOKS_SECONDS = 15.0  # between looks at a live endpoint; Databricks' figures change once a minute
_COLOURS = {"critical": "bold red", "warning": "yellow", "info": "dim"}


def advise(
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.01, help="Watch the endpoint live for so long.")
    ] = None,
    day: Annotated[str | None, typer.Option("--day", help="A recorded day, as YYYY-MM-DD, in UTC.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="From then till now, e.g. 2026-11-21T08:00; UTC unless it says.")
    ] = None,
    watch: Annotated[
        float | None, typer.Option("--watch", min=0.1, help="Again every so many seconds, until Ctrl-C.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="File for a plot of the time: .svg, .png or .pdf.")
    ] = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Say what the endpoint of the setting `engine` is paid for and does not use, and what holds pages up.

    Judged is what the sensor and runs recorded in the store, the last 24 hours unless told otherwise. It wakes nothing.
    """
    from jsl_pipeline.figure import check_plot
    from jsl_pipeline.planning import advise as judge
    from jsl_pipeline.planning.advising.plot import plot_usage
    from jsl_pipeline.settings import load_settings

    settings = load_settings(store=store)
    endpoint = endpoint_settings(settings)
    asked = _asked(minutes, day, since)
    if plot is not None:
        check_plot(plot, "planning")
    usage = settings.open_store().usage(endpoint.identity)
    with _seen(asked, endpoint, usage) as look:
        ended = minutes is not None and _wait(watch or 60 * minutes)
        while True:
            start, end = asked.times()
            samples = look(start, end)
            advice = judge(endpoint, samples, usage.runs(start, end), start, end)
            if json:
                print_json(advice.model_dump_json())
            else:
                _show(advice)
            if plot is not None:
                plot_usage(samples, endpoint.identity, plot)
                tell(f"Plot: {plot}")
            if ended or watch is None:
                return
            ended = _wait(watch)


class _Asked(NamedTuple):
    """The time that is judged."""

    since: datetime | None = None
    until: datetime | None = None
    minutes: float | None = None

    def times(self) -> tuple[datetime, datetime]:
        """As of now."""
        now = datetime.now(UTC)
        back = timedelta(minutes=self.minutes) if self.minutes else timedelta(days=1)
        return self.since or now - back, self.until or now


def _asked(minutes: float | None, day: str | None, since: str | None) -> _Asked:
    from jsl_pipeline.errors import SettingsError

    if sum(each is not None for each in (minutes, day, since)) > 1:
        raise SettingsError("Give one of --minutes, --day and --since.")
    try:
        if day is not None:
            start = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
            return _Asked(start, start + timedelta(days=1))
        if since is not None:
            start = datetime.fromisoformat(since)
            return _Asked(start if start.tzinfo else start.replace(tzinfo=UTC))
    except ValueError:
        raise SettingsError("A day is written as 2026-11-21, and a time as 2026-11-21T08:00.") from None
    return _Asked(minutes=minutes)


@contextmanager
def _seen(
    asked: _Asked, endpoint: "EndpointSettings", usage: "Usage"
) -> "Generator[Callable[[datetime, datetime], list[Sample]]]":
    """Gives the samples between two times: recorded ones, or of an endpoint that is watched meanwhile."""
    if asked.minutes is None:
        yield usage.samples
        return
    from jsl_pipeline.serving import open_control, recording

    seen: list[Sample] = []
    tell(f"Watching the endpoint for {asked.minutes:g} min; Ctrl-C ends it early.")
    with recording(open_control(endpoint), seen.append, min(_LOOKS_SECONDS, 60 * asked.minutes / 4)):
        yield lambda start, end: [sample for sample in seen if start <= sample.at < end]


def _wait(seconds: float) -> bool:
    """Whether Ctrl-C ended it."""
    try:
        time.sleep(seconds)
    except KeyboardInterrupt:
        return True
    return False


def _show(advice: "Advice") -> None:
    figures = advice.figures
    price = "" if advice.dollars_per_hour is None else f", ${advice.dollars_per_hour:.2f} an hour awake"
    out.print(f"{advice.endpoint}, {figures.time}: {figures.samples} samples{price}", markup=False, highlight=False)
    table = Table(box=SIMPLE, pad_edge=False, show_lines=True)
    table.add_column("")
    for name in ("what was seen", "what a change brings", "what to change"):
        table.add_column(name, ratio=1)
    table.add_column("$ a day", justify="right")
    for each in advice.findings:
        saved = "" if each.dollars_a_day is None else f"{each.dollars_a_day:,.0f}"
        mark = Text(f"{each.severity.value}\n{each.code.value.replace('_', ' ')}", _COLOURS[each.severity.value])
        table.add_row(mark, Text(each.evidence), Text(each.effect), Text(each.change), saved)
    out.print(table)
    if sum(each.costs for each in advice.findings) > 1:
        out.print("Each saving is by itself; of a smaller endpoint, sleep saves less.", highlight=False)
