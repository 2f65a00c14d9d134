"""What to deploy for a load: every option, the cheapest that is fast enough, and why."""

from jsl_pipeline.planning.choosing.effect import write_plan
from jsl_pipeline.planning.choosing.options import Terms, options
from jsl_pipeline.planning.choosing.plan import Plan, make_plan
from jsl_pipeline.planning.choosing.plot import plot_plan
from jsl_pipeline.planning.choosing.speeds import Speed, Speeds, find_speeds
from jsl_pipeline.planning.choosing.trials import Simulations, Trial
from jsl_pipeline.planning.choosing.uncertainty import Drawn, Swing

__all__ = [
    "Drawn",
    "Plan",
    "Simulations",
    "Speed",
    "Speeds",
    "Swing",
    "Terms",
    "Trial",
    "find_speeds",
    "make_plan",
    "options",
    "plot_plan",
    "write_plan",
]
