"""How an endpoint was used as one picture: its cards, its requests, and when it was awake, over time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsl_pipeline.figure import check_plot, new_figure
from jsl_pipeline.serving import EndpointState, Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STATES = {
    EndpointState.READY: "#2f855a",
    EndpointState.UPDATING: "#9ab973",
    EndpointState.WAKING: "#b7791f",
    EndpointState.ASLEEP: "#cbd5e0",
    EndpointState.FAILED: "#c53030",
    EndpointState.UNKNOWN: "#ffffff",
}


def plot_usage(samples: Sequence[Sample], endpoint: str, path: Path) -> None:
    """Draw samples, oldest first, in the format of the file's suffix. Raises SettingsError, MissingExtra, OSError."""
    check_plot(path, "planning")
    figure = new_figure(11, 7, "planning")
    cards, requests, state = figure.subplots(3, 1, sharex=True, height_ratios=(4, 4, 1))
    _draw_cards(cards, samples)
    _draw_requests(requests, samples)
    _draw_state(state, samples)
    if samples:  # a minute more: a single sample is a line, not a point of years
        ends: list[Any] = [samples[0].at, samples[-1].at + timedelta(minutes=1)]
        state.set_xlim(*ends)
    for axes in (cards, requests, state):
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"{endpoint}, UTC", fontsize=11)
    figure.savefig(path)


def _draw_line(axes: "Axes", seen: Iterable[tuple[datetime, float | None]], name: str) -> None:
    known = [(at, value) for at, value in seen if value is not None]
    times: list[Any] = [at for at, _ in known]  # matplotlib's types do not know that it takes times
    mark = "." if len(known) == 1 else ""
    axes.plot(times, [value for _, value in known], linewidth=1, marker=mark, label=name)


def _draw_cards(axes: "Axes", samples: Sequence[Sample]) -> None:
    by_card: dict[str, list[tuple[datetime, float | None]]] = {}
    for sample in samples:
        for card in sample.cards:
            by_card.setdefault(card.name, []).append((sample.at, None if card.use is None else 100 * card.use))
    for name, seen in sorted(by_card.items()):
        _draw_line(axes, seen, name)
    axes.set_title("Cards at work, %", loc="left", fontsize=10)
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.25)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, ncols=8, fontsize=8)


def _draw_requests(axes: "Axes", samples: Sequence[Sample]) -> None:
    """Of each minute, or the requests worked on and waiting where counts are since the start."""
    windowed = any(sample.window_seconds for sample in samples)
    counts = {"requests": "all", "refused": "refused (4xx)", "failed": "failed (5xx)"}
    for name, label in (counts if windowed else {"running": "worked on", "waiting": "waiting"}).items():
        _draw_line(axes, ((sample.at, getattr(sample, name)) for sample in samples), label)
    axes.set_title("Requests a minute" if windowed else "Requests at the endpoint", loc="left", fontsize=10)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, ncols=3, fontsize=8)


def _draw_state(axes: "Axes", samples: Sequence[Sample]) -> None:
    shown = [*samples, *(each.model_copy(update={"at": each.at + timedelta(minutes=1)}) for each in samples[-1:])]
    times: list[Any] = [sample.at for sample in shown]
    for state, colour in _STATES.items():
        here = [sample.state is state for sample in shown]
        if any(here):
            axes.fill_between(times, 0, 1, where=here, step="post", color=colour, label=state.value)
    axes.set_yticks([])
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, ncols=6, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1))
