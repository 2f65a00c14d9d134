"""`jsl-pipeline plan`."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from jsl_pipeline.cli.console import JsonOption, StoreOption, err, out, print_json, tell
from jsl_pipeline.errors import SettingsError

if TYPE_CHECKING:
    from jsl_pipeline.planning import Load, Plan, Profile, Trial

_ROWS = 12
_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def plan(
    load: Annotated[Path | None, typer.Option("--load", help="CSV file: hour,pages or timestamp,pages.")] = None,
    pages_per_hour: Annotated[float | None, typer.Option("--pages-per-hour", min=0, help="The same all week.")] = None,
    history: Annotated[bool, typer.Option("--history", help="The load that the store has seen.")] = False,
    profile: Annotated[
        list[str] | None,
        typer.Option(
            "--profile", help="[COMPUTE=]FILE that `probe` wrote; one for each compute type, may be repeated."
        ),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option("--assume", help="COMPUTE=SECONDS a page of a replica, not measured; may be repeated."),
    ] = None,
    deadline: Annotated[
        str | None, typer.Option("--deadline", help="From file to record for 99 % of pages: 2h, 90m, seconds. (24h)")
    ] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", help="Dollars a day. Without a deadline: the fastest for that money.")
    ] = None,
    prices: Annotated[
        str | None, typer.Option("--prices", help="Your price file. (setting `engine.price.file`)")
    ] = None,
    show_prices: Annotated[bool, typer.Option("--show-prices", help="Print the built-in price file, and end.")] = False,
    to: Annotated[Path | None, typer.Option("--out", help="Folder for the settings and bundle files of it.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="File for the plot: .svg, .png or .pdf.")] = None,
    zone: Annotated[str, typer.Option("--zone", help="Time zone of the load, e.g. Europe/Berlin.")] = "UTC",
    wake: Annotated[str, typer.Option("--wake", help="Cold start of the endpoint.")] = "12m",
    container_start: Annotated[str, typer.Option("--container-start", help="Cold start of a GPU cluster.")] = "30m",
    idle: Annotated[
        str, typer.Option("--idle", help="Idle time until the endpoint sleeps; less: it is stopped.")
    ] = "30m",
    cores: Annotated[int | None, typer.Option("--cores", min=1, help="Of this machine; as it has if unset.")] = None,
    cpu_pages: Annotated[
        float,
        typer.Option(
            "--cpu-pages-per-second",
            min=0.01,
            help="Pages that a core prepares and validates in a second; some 0.6 with CPU OCR of scans for evidence.",
        ),
    ] = 11.5,
    store: StoreOption = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes; one a core if unset.")] = None,
    json: JsonOption = False,
) -> None:
    """What to deploy for a load, what it costs, and why: container clusters and endpoints, simulated over a week.

    Without --profile and --assume, speeds are taken from what was published, and are marked as assumed.
    """
    from jsl_pipeline.figure import check_plot
    from jsl_pipeline.planning import Simulations, Terms, find_speeds, find_zone, make_plan, plot_plan, write_plan
    from jsl_pipeline.prices import load_prices, price_text
    from jsl_pipeline.workers import available_cores

    if show_prices:
        print_json(price_text().rstrip("\n"))
        return
    if plot is not None:
        check_plot(plot, "planning")
    if budget is not None and budget <= 0:
        raise SettingsError("`--budget` is more than 0 dollars a day.")
    priced = load_prices(prices)
    find_zone(zone)
    speeds = find_speeds(priced, _profiles(profile or []), _assumed(assume or []))
    terms = Terms(
        deadline_seconds=_seconds("--deadline", deadline or "24h"),
        budget=budget,
        wake_seconds=_seconds("--wake", wake),
        container_seconds=_seconds("--container-start", container_start),
        idle_seconds=_seconds("--idle", idle),
        cpu_pages_per_second=cpu_pages,
        cores=cores or available_cores(),
        zone=zone,
    )
    given = _load(load, pages_per_hour, history, store, zone)
    columns = (SpinnerColumn(), TextColumn("{task.completed} weeks simulated"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=None)
        simulations = Simulations(workers or available_cores(), lambda done: progress.update(task, completed=done))
        with simulations:
            made = make_plan(simulations, given, priced, speeds, terms, fastest=budget is not None and deadline is None)
    if plot is not None:
        plot_plan(made, plot)
    files = write_plan(made, priced, to) if to is not None else []
    if json:
        print_json(made.model_dump_json())
    else:
        _show(made)
    for file in [*([plot] if plot else []), *files]:
        tell(f"Written: {file}")


def _load(file: Path | None, constant: float | None, history: bool, store: str | None, zone: str) -> "Load":
    from jsl_pipeline.planning import Load, find_zone, load_from_history, read_load
    from jsl_pipeline.settings import load_settings

    if (file is not None) + (constant is not None) + history != 1:
        raise SettingsError("Say the load in one way: --load FILE, --pages-per-hour NUMBER, or --history.")
    if file is not None:
        return read_load(file, find_zone(zone))
    if constant is not None:
        return Load.constant(constant)
    return load_from_history(load_settings(store=store).open_store(), find_zone(zone))


def _profiles(given: Sequence[str]) -> "list[tuple[str | None, Profile]]":
    from jsl_pipeline.planning import read_profile

    named = (re.fullmatch(r"(?:([A-Za-z0-9_.-]+)=)?(.+)", each, re.DOTALL) for each in given)
    return [(match[1], read_profile(Path(match[2]))) for match in named if match]


def _assumed(given: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in given:
        match = re.fullmatch(r"([^=]+)=(\d+(?:\.\d+)?)", each)
        if match is None or not float(match[2]):
            raise SettingsError("`--assume` is COMPUTE=SECONDS, e.g. GPU_LARGE=3: seconds a page of a replica.")
        found[match[1]] = float(match[2])
    return found


def _seconds(option: str, text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip())
    if match is None or match[2] not in _UNITS or (option == "--deadline" and not float(match[1])):
        raise SettingsError(f"`{option}` is a time such as 2h, 90m or 5400, not '{text}'.")
    return float(match[1]) * _UNITS[match[2]]


def _show(made: "Plan") -> None:
    out.print(_table(made))
    for title, sentences in (
        ("Choice", made.reasons),
        ("What it hangs on", made.uncertainty),
        ("Left out", made.speeds.left_out),
    ):
        if sentences:
            out.print(title, style="bold")
        for sentence in sentences:
            out.print(f"- {sentence}", markup=False, highlight=False)
    simulated = f"{made.simulated} of {made.options} options were simulated"
    out.print(
        f"Load: {made.load.source}, {made.load.pages:,.0f} pages a week. {simulated}.", markup=False, highlight=False
    )


def _table(made: "Plan") -> Table:
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("deployment", no_wrap=True)
    table.add_column("at once", justify="right")
    for column in ("gather min", "$ a day", "$ a million", "p50 min", "p95 min", "p99 min"):
        table.add_column(column, justify="right")
    for column in ("GPU busy", "cold starts", "late pages"):
        table.add_column(column, justify="right", min_width=6)
    for trial in dict.fromkeys([*made.ranked[:_ROWS], made.choice]):
        table.add_row(*_cells(trial), style="bold" if trial == made.choice else None)
    return table


def _cells(trial: "Trial") -> list[str]:
    from jsl_pipeline.planning.choosing.words import percent, prepared_by

    option, outcome = trial.deployment, trial.outcome
    million = trial.dollars_a_million_pages
    least, most = option.min_replicas, option.max_replicas
    kind = option.kind.value.replace("_", " ") if option.window is None else f"warm {option.window.rpartition(' ')[0]}"
    replicas = f"{most}" if least == most else f"{least}-{most}"
    return [
        f"{kind}\n{replicas} x {option.replica.compute}\n{prepared_by(option)}",
        str(option.replica.slots * most),
        f"{option.gather_seconds / 60:g}",
        f"{trial.dollars_a_day:,.2f}",
        "" if million is None else f"{million:,.0f}",
        *(f"{each / 60:,.3g}" for each in (outcome.p50_seconds, outcome.p95_seconds, outcome.p99_seconds)),
        percent(outcome.busy_share),
        str(outcome.cold_starts),
        str(outcome.missed),
    ]
