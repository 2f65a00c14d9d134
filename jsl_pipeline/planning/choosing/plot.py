"""The Pareto front of a plan as one picture: dollars a day against the time from file to record."""

from pathlib import Path

from jsl_pipeline.figure import check_plot, new_figure
from jsl_pipeline.planning.choosing.plan import Plan
from jsl_pipeline.planning.choosing.trials import Trial
from jsl_pipeline.planning.choosing.words import size
from jsl_pipeline.planning.deployment import Kind

_KINDS = {
    Kind.CLUSTER: ("container cluster", "#c05621"),
    Kind.SCALE_TO_ZERO: ("scales to zero", "#2b6cb0"),
    Kind.WINDOW: ("warm in a window", "#2f855a"),
    Kind.ALWAYS_WARM: ("always warm", "#b7791f"),
}


def plot_plan(plan: Plan, path: Path) -> None:
    """Draw a plan, in the format of the file's suffix. Raises SettingsError, MissingExtra, OSError."""
    check_plot(path, "planning")
    figure = new_figure(9, 6, "planning")
    axes = figure.subplots()
    axes.plot([_dollars(each) for each in plan.front], [_minutes(each) for each in plan.front], "-", color="#8a8f98")
    trials = dict.fromkeys((*plan.ranked, *plan.front))
    for kind, (label, color) in _KINDS.items():
        some = [trial for trial in trials if trial.deployment.kind is kind]
        if some:
            axes.plot(
                [_dollars(each) for each in some], [_minutes(each) for each in some], "o", color=color, label=label
            )
    axes.plot(_dollars(plan.choice), _minutes(plan.choice), "*", color="black", markersize=16, label="the choice")
    axes.annotate(
        size(plan.choice.deployment),
        (_dollars(plan.choice), _minutes(plan.choice)),
        (8, 8),
        textcoords="offset points",
        fontsize=9,
    )
    axes.axhline(plan.terms.deadline_seconds / 60, linestyle="--", linewidth=1, color="#c53030", label="deadline")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    costs = [_dollars(each) for each in trials]
    if max(costs) > 10 * min(costs):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("dollars a day")
    axes.set_ylabel("minutes from file to record, 95th percentile")
    axes.grid(alpha=0.25, which="both")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path)


def _dollars(trial: Trial) -> float:
    return max(trial.dollars_a_day, 0.01)


def _minutes(trial: Trial) -> float:
    return max(trial.outcome.p95_seconds / 60, 0.01)
