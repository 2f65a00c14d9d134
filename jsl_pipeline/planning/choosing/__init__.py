"""What to deploy for a load: every option, the cheapest that is fast enough, and why."""

from jsl_pipeline.planning.choosing.options import Terms, options
from jsl_pipeline.planning.choosing.speeds import Speed, Speeds, find_speeds
from jsl_pipeline.planning.choosing.trials import Simulations, Trial

__all__ = ["Simulations", "Speed", "Speeds", "Terms", "Trial", "find_speeds", "options"]
