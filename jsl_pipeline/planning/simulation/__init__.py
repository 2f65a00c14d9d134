"""What a deployment does under a load, as a discrete-event simulation."""

from jsl_pipeline.planning.simulation.simulating import simulate, simulate_arrivals

__all__ = ["simulate", "simulate_arrivals"]
