"""Pictures of how good confidences are: what they say against what is right, and what a threshold costs."""

from pathlib import Path
from typing import TYPE_CHECKING

from jsl_pipeline.confidence import Reliability
from jsl_pipeline.evaluation.calibration import Quality
from jsl_pipeline.figure import check_plot, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _ORANGE, _GREY = "#2b6cb0", "#c05621", "#8a8f98"


def plot_quality(quality: Quality, path: Path) -> None:
    """Draw reliability, and review share against error, into a file. Raises SettingsError, MissingExtra, OSError."""
    check_plot(path, "evaluation")
    figure = new_figure(9, 4, "evaluation")
    said, traded = figure.subplots(1, 2)
    _draw_reliability(said, quality)
    _draw_trades(traded, quality)
    for axes in (said, traded):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


def _draw_reliability(axes: "Axes", quality: Quality) -> None:
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", linewidth=1)
    kinds = {
        "critical values": (quality.critical.reliability, _BLUE),
        "records": (quality.records.reliability, _ORANGE),
    }
    for name, (reliability, color) in kinds.items():
        _draw_bins(axes, reliability, f"{name}, error {reliability.error:.3f}", color)
    axes.set_title("What confidences say, and what is right", loc="left", fontsize=10)
    axes.set_xlabel("confidence, mean of a tenth of them")
    axes.set_ylabel("share that is right")
    axes.legend(frameon=False, loc="lower right")


def _draw_bins(axes: "Axes", reliability: Reliability, name: str, color: str) -> None:
    at = [each.confidence for each in reliability.bins]
    axes.plot(at, [each.right for each in reliability.bins], "o-", color=color, markersize=4, linewidth=1, label=name)


def _draw_trades(axes: "Axes", quality: Quality) -> None:
    shares = [(100 * each.review, 100 * each.unmarked) for each in quality.trades]
    axes.step([x for x, _ in shares], [y for _, y in shares], where="post", color=_BLUE)
    axes.axhline(0.5, color=_GREY, linestyle="--", linewidth=1)
    axes.set_ylim(bottom=0)
    axes.set_title("Review against what stays wrong", loc="left", fontsize=10)
    axes.set_xlabel("records that go to review, %")
    axes.set_ylabel("critical values wrong and unmarked, %")
