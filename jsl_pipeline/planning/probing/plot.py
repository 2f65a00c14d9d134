"""A profile as one picture: what more requests in flight bring and cost, what a request costs, where time goes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jsl_pipeline.figure import check_plot, new_figure
from jsl_pipeline.planning.profile import PageTime, Profile, Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _ORANGE, _GREY = "#2b6cb0", "#c05621", "#8a8f98"
_SHARES = ("#2b6cb0", "#63a4d8", "#2f855a", "#9ab973", "#b7791f", "#c05621")


def plot_profile(profile: Profile, path: Path) -> None:
    """Draw a profile into a file, in the format of its suffix. Raises SettingsError, MissingExtra, OSError."""
    check_plot(path, "planning")
    figure = new_figure(11, 8, "planning")
    (throughput, latency), (size, time) = figure.subplots(2, 2)
    steps = [step for step in profile.steps if step.pages_per_second]
    climb = sorted((step for step in steps if step.pages_a_request == profile.pages_a_request), key=_concurrency)
    _draw_throughput(throughput, profile, climb)
    _draw_latency(latency, profile, climb)
    _draw_size(size, profile, [step for step in steps if step.concurrency == 1])
    _draw_time(time, profile.time)
    for axes in (throughput, latency, size):
        axes.set_ylim(0, 1.12 * axes.get_ylim()[1])
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"{profile.endpoint}, {profile.measured_at:%Y-%m-%d %H:%M} UTC", fontsize=11)
    figure.savefig(path)


def _concurrency(step: Step) -> int:
    return step.concurrency


def _draw_throughput(axes: "Axes", profile: Profile, climb: Sequence[Step]) -> None:
    axes.plot([s.concurrency for s in climb], [s.pages_per_second for s in climb], "o-", color=_BLUE, markersize=4)
    axes.axhline(profile.capacity, color=_GREY, linestyle="--", linewidth=1)
    axes.annotate(f"capacity {profile.capacity:.3g} pages/s", (1, profile.capacity), (0, 4), textcoords="offset points")
    _mark_knee(axes, profile)
    _label(axes, "Throughput", "requests in flight", "pages a second", climb)


def _draw_latency(axes: "Axes", profile: Profile, climb: Sequence[Step]) -> None:
    at = [step.concurrency for step in climb]
    axes.plot(at, [step.p50_seconds for step in climb], "o-", color=_BLUE, markersize=4, label="median")
    axes.plot(at, [step.p95_seconds for step in climb], "o-", color=_ORANGE, markersize=4, label="95th percentile")
    axes.legend(frameon=False)
    _mark_knee(axes, profile)
    _label(axes, "Time of a request", "requests in flight", "seconds", climb)


def _mark_knee(axes: "Axes", profile: Profile) -> None:
    _mark(axes, profile.knee, f"knee {profile.knee}", 0.02, _ORANGE, "--")
    if profile.accepts is not None:
        _mark(axes, profile.accepts, "refuses more", 0.09, _GREY, ":")


def _mark(axes: "Axes", at: int, text: str, height: float, color: str, style: str) -> None:
    axes.axvline(at, color=color, linestyle=style, linewidth=1)
    axes.text(at, height, f"{text} ", color=color, ha="right", transform=axes.get_xaxis_transform())


def _label(axes: "Axes", title: str, across: str, up: str, climb: Sequence[Step]) -> None:
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_xscale("log", base=2)
    ticks = sorted({step.concurrency for step in climb if step.concurrency.bit_count() == 1})
    axes.set_xticks(ticks, [str(tick) for tick in ticks])


def _draw_size(axes: "Axes", profile: Profile, alone: Sequence[Step]) -> None:
    most = max(step.pages_a_request for step in alone)
    ends = [0, most]
    line = [profile.request_seconds + pages * profile.page_seconds for pages in ends]
    axes.plot(ends, line, color=_GREY, linestyle="--", linewidth=1)
    axes.plot([s.pages_a_request for s in alone], [s.mean_seconds for s in alone], "o", color=_BLUE, markersize=5)
    axes.axvline(profile.pages_a_request, color=_ORANGE, linestyle="--", linewidth=1)
    axes.set_title(f"A request alone: {profile.pages_a_request} a request pay", loc="left", fontsize=10)
    axes.set_xlabel("pages a request")
    axes.set_ylabel("seconds")
    axes.set_xticks(sorted({step.pages_a_request for step in alone}))


def _draw_time(axes: "Axes", page: PageTime) -> None:
    known = {name: seconds for name, seconds in page.model_dump().items() if seconds is not None}
    names = list(known)
    axes.barh(names, list(known.values()), color=[_SHARES[n % len(_SHARES)] for n in range(len(names))])
    for place, seconds in enumerate(known.values()):
        axes.annotate(f"{seconds:.3g} s", (seconds, place), (4, -3), textcoords="offset points", fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.2)
    axes.set_title("Where a page's time goes (queue: at the knee)", loc="left", fontsize=10)
    axes.set_xlabel("seconds")
    axes.spines[["top", "right"]].set_visible(False)
