"""`jsl-pipeline probe`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.table import Table

from jsl_pipeline.cli.console import JsonOption, out, print_json, tell
from jsl_pipeline.cli.endpoint import endpoint_settings

if TYPE_CHECKING:
    from jsl_pipeline.planning import PageTime, Profile
    from jsl_pipeline.schemas import Page
    from jsl_pipeline.settings import Settings


def probe(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]...", help="Scans or PDF; without any, pages of the store's newest batch."),
    ] = None,
    to: Annotated[Path, typer.Option("--out", help="File for the profile, which `plan` reads.")] = Path("profile.json"),
    plot: Annotated[
        Path | None, typer.Option("--plot", help="File for the plot: .svg, .png or .pdf; beside the profile if unset.")
    ] = None,
    max_requests: Annotated[int, typer.Option("--max-requests", min=20, help="Requests that are sent at most.")] = 2000,
    max_seconds: Annotated[float, typer.Option("--max-seconds", min=1, help="Nothing is sent after that.")] = 900,
    json: JsonOption = False,
) -> None:
    """Measure the endpoint of the setting `engine` with your own pages: what it can do, and what to set for it.

    It is woken where it sleeps, and asked for real: that costs its price. Ctrl-C ends it with what was measured so far.
    """
    from jsl_pipeline.figure import check_plot
    from jsl_pipeline.planning.probing import ProbeLimits, plot_profile
    from jsl_pipeline.planning.probing import probe as measure
    from jsl_pipeline.settings import load_settings

    settings = load_settings()
    endpoint = endpoint_settings(settings)
    drawn = plot or to.with_suffix(".svg")
    check_plot(drawn, "planning")
    for file in (to, drawn):
        _check_folder(file)
    pages = _pages(files or [], settings)
    limits = ProbeLimits(requests=max_requests, seconds=max_seconds)
    profile = measure(endpoint, pages, limits, tell, settings.preprocess.jpeg_quality)
    to.write_text(profile.model_dump_json(indent=1) + "\n")
    plot_profile(profile, drawn)
    if json:
        print_json(profile.model_dump_json())
        return
    out.print(_steps(profile))
    for sentence in _sentences(profile):
        out.print(sentence, markup=False, highlight=False)
    tell(f"Profile: {to}; plot: {drawn}")


def _check_folder(file: Path) -> None:
    from jsl_pipeline.errors import SettingsError

    if not file.parent.is_dir() or file.is_dir():
        raise SettingsError(f"{file} cannot be written: its folder does not exist, or it is one itself.")


def _pages(files: Sequence[str], settings: "Settings") -> "list[Page]":
    """Prepared pages of the files, or where none is given of the store."""
    from jsl_pipeline.cli.given import GivenFiles
    from jsl_pipeline.planning import stored_pages
    from jsl_pipeline.schemas import Page

    if not files:
        return stored_pages(settings.open_store())
    made = [page for _, page in GivenFiles(files, settings).pages()]
    good = [page for page in made if isinstance(page, Page)]
    if len(good) < len(made):
        tell(f"{len(made) - len(good)} of {len(made)} pages are left out: blank, or they cannot be opened.")
    return good


def _steps(profile: "Profile") -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("in flight", "pages each", "pages/s", "median s", "95 % s", "requests", "refused", "failed", ""):
        table.add_column(name, justify="left" if not name else "right")
    steps = sorted(profile.steps, key=lambda step: (step.pages_a_request != profile.pages_a_request, step.concurrency))
    for step in steps:
        at_size = step.pages_a_request == profile.pages_a_request
        table.add_row(
            str(step.concurrency),
            str(step.pages_a_request),
            f"{step.pages_per_second:.2f}" if step.pages_per_second else "",
            f"{step.p50_seconds:.2f}",
            f"{step.p95_seconds:.2f}",
            str(step.requests),
            str(step.refused or ""),
            str(step.failed or ""),
            "[green]knee[/]" if at_size and step.concurrency == profile.knee else "",
        )
    return table


def _sentences(profile: "Profile") -> list[str]:
    """The findings, and what to set, in plain words."""
    knee, size = profile.knee, profile.pages_a_request
    chance = f" (+- {2 * profile.capacity_error:.0%} by chance)" if profile.capacity_error >= 0.005 else ""
    spent = "" if profile.dollars is None else f", about ${profile.dollars:.2f}"
    found = [
        f"Capacity: {profile.capacity:.3g} pages a second{chance}. "
        f"{knee} requests in flight give 95 % of it or more; with more, pages only wait longer.",
        *([f"More than {profile.accepts} requests at once are refused."] if profile.accepts else []),
        f"A request takes {profile.request_seconds:.2f} s and {profile.page_seconds:.2f} s a page when alone.",
        _where(profile.time),
    ]
    if profile.prompt_tokens is not None or profile.completion_tokens is not None:
        counts = (profile.prompt_tokens, profile.completion_tokens)
        asked, written = ("?" if count is None else f"{count:.0f}" for count in counts)
        found.append(f"Tokens a page: {asked} in, {written} out.")
    many = profile.protocol.startswith("dataframe") or profile.protocol in ("inputs", "instances")
    sizes = f" and `engine.max_request_pages` to {size}" if many else ""
    return [
        *found,
        *profile.remarks,
        f"Set `engine.concurrency` to {knee}{sizes}.",
        f"It took {profile.requests} requests and {profile.seconds:.0f} s{spent}.",
    ]


def _where(page: "PageTime") -> str:
    """Where the time of a page goes, and what of it nobody can tell."""
    named = {
        "wire": page.wire,
        "gateway and prompt": page.overhead,
        "preparation and prefill": page.intake,
        "image preparation": page.preparation,
        "prefill": page.prefill,
        "decode": page.decode,
    }
    known = [f"{name} {seconds:.2f} s" for name, seconds in named.items() if seconds is not None]
    queue = "not told" if page.queue is None else f"{page.queue:.2f} s"
    return f"A page alone: {', '.join(known) or 'nothing could be told apart'}. Queue at the knee: {queue}."
