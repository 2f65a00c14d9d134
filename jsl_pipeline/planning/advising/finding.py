"""What advice consists of."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from jsl_pipeline.planning.advising.figures import Figures
from jsl_pipeline.schemas import Value


class Severity(StrEnum):
    """How much a finding matters."""

    INFO = "info"  # worth knowing
    WARNING = "warning"  # money or speed is lost
    CRITICAL = "critical"  # pages are lost, or about to be


class Code(StrEnum):
    """What was found."""

    IDLE_CARDS = "idle_cards"
    IDLE_HOURS = "idle_hours"
    CONCURRENCY_LOW = "concurrency_low"
    CONCURRENCY_HIGH = "concurrency_high"
    GPU_FULL = "gpu_full"
    THROTTLED = "throttled"
    MEMORY = "memory"
    FAILURES = "failures"
    STARVED = "starved"
    WIRE = "wire"
    WAITING = "waiting"
    NO_METRICS = "no_metrics"
    NOTHING_RECORDED = "nothing_recorded"
    NOTHING_FOUND = "nothing_found"


class Finding(Value):
    """Something about an endpoint that could be better."""

    code: Code
    severity: Severity
    evidence: str = Field(description="What was seen, with figures and times.")
    effect: str = Field(default="", description="What the change is expected to bring.")
    change: str = Field(default="", description="The setting to change, and to what.")
    dollars_a_day: float | None = Field(default=None, description="That the change saves, where it can be computed.")
    sure: Literal["measured", "computed", "guessed"] = Field(
        default="measured",
        description="How the effect is known: seen as it is; computed from prices and figures; to be tried first.",
    )

    @property
    def costs(self) -> bool:
        """Money is lost for no good."""
        return self.severity is not Severity.INFO and bool(self.dollars_a_day)


class Advice(Value):
    """What was found of an endpoint in a time, what matters most first."""

    endpoint: str
    figures: Figures
    dollars_per_hour: float | None = Field(description="Of the endpoint awake, where known.")
    findings: tuple[Finding, ...]
    made_at: AwareDatetime


def dollars(amount: float) -> str:
    """For people: with cents where they matter."""
    return f"${amount:,.2f}" if abs(amount) < 20 else f"${amount:,.0f}"


def readings(number: int) -> str:
    """For people: 1 reading, 2 readings."""
    return f"{number} reading{'' if number == 1 else 's'}"
