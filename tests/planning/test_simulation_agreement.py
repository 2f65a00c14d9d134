"""The simulation beside a run: the real engine over the scripted endpoint, in accelerated time.

`python -m bench.planning agreeing` holds it to 10 % with more loads; here a busy machine must not matter.
"""

import pytest

from bench.planning.agreeing import arriving, quick
from bench.planning.measured import measure
from jsl_pipeline.planning import Kind, simulate_arrivals

pytestmark = pytest.mark.deployments  # they take their time, and a machine that is theirs


@pytest.mark.parametrize("kind", Kind)
def test_a_run_takes_and_costs_what_was_simulated(kind):
    arrivals, deployment = arriving("even", pages=60, seconds=450), quick(kind)
    measured = measure(arrivals, deployment, seconds=1000, speed=150)
    simulated = simulate_arrivals(arrivals, deployment, seconds=1000)
    assert measured.refused == 0
    assert simulated.makespan_seconds == pytest.approx(measured.makespan_seconds, rel=0.2)
    assert simulated.p95_seconds == pytest.approx(measured.p95_seconds, rel=0.3)
    assert simulated.gpu_dollars == pytest.approx(measured.gpu_dollars, rel=0.2)
