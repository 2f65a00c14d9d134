"""Planning: what an endpoint can do, what it does, and what to deploy for a load.

`probe` measures an endpoint and leaves a `Profile`; `advise` reads what endpoints and runs recorded; `plan` simulates
each `Deployment` under a `Load` and ranks the outcomes.
"""

from jsl_pipeline.planning.advising import Advice, Finding, Severity, advise
from jsl_pipeline.planning.choosing import (
    Plan,
    Simulations,
    Speed,
    Speeds,
    Terms,
    Trial,
    find_speeds,
    make_plan,
    options,
    plot_plan,
    write_plan,
)
from jsl_pipeline.planning.deployment import CpuCluster, Deployment, Kind, Outcome, Replica
from jsl_pipeline.planning.load import Load
from jsl_pipeline.planning.loads import find_zone, load_from_history, read_load
from jsl_pipeline.planning.probing import ProbeLimits, probe, stored_pages
from jsl_pipeline.planning.profile import PageTime, Profile, Step, read_profile
from jsl_pipeline.planning.simulation import simulate, simulate_arrivals

__all__ = [
    "Advice",
    "CpuCluster",
    "Deployment",
    "Finding",
    "Kind",
    "Load",
    "Outcome",
    "PageTime",
    "Plan",
    "ProbeLimits",
    "Profile",
    "Replica",
    "Severity",
    "Simulations",
    "Speed",
    "Speeds",
    "Step",
    "Terms",
    "Trial",
    "advise",
    "find_speeds",
    "find_zone",
    "load_from_history",
    "make_plan",
    "options",
    "plot_plan",
    "probe",
    "read_load",
    "read_profile",
    "simulate",
    "simulate_arrivals",
    "stored_pages",
    "write_plan",
]
