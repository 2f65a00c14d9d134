"""How a medication is taken, in the shape of FHIR R4 `Dosage` and the `Timing.repeat` in it.

Names are those of https://hl7.org/fhir/R4/dosage.html and datatypes.html#Timing in snake_case, meanings are theirs.
Differences: a CodeableConcept is its text; `asNeeded[x]` is `as_needed` with `as_needed_for` (R4: a
CodeableConcept instead of true); `timing.code` and identifiers are left out.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from jsl_pipeline.schemas.model import Value

TimeUnit = Literal["min", "h", "d", "wk", "mo", "a"]
"""UCUM units of time that directions use; R4 `units-of-time` less the second."""

DayOfWeek = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

Event = Literal[
    "MORN", "NOON", "AFT", "EVE", "NIGHT", "HS", "WAKE",
    "C", "CM", "CD", "CV", "AC", "ACM", "ACD", "ACV", "PC", "PCM", "PCD", "PCV",
]  # fmt: skip
"""R4 `event-timing`: parts of the day, HS before sleep, C with, AC before and PC after a meal (M breakfast,
D lunch, V dinner)."""


class Quantity(Value):
    """An amount. `code` is its UCUM code, null for tablets, puffs and other things that are counted."""

    value: float
    unit: str | None = Field(default=None, description="For people, e.g. 'tablet', 'mg'; null where none is said.")
    code: str | None = Field(default=None, description="UCUM, e.g. 'mg', 'mL', 'ug', '[iU]', 'd'.")


class Range(Value):
    """From `low` to `high`; `low` is null in 'up to 2 tablets'."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Value):
    """`numerator` in each `denominator`: 8 tablets in 24 h."""

    numerator: Quantity
    denominator: Quantity


class Repeat(Value):
    """When the event is to occur: `frequency` times in every `period` of `period_unit`.

    `frequency_max` without `frequency` is 'up to so many times'. 'Every 4-6 hours' is once in a period of 4 h, at
    most 6 h. Holds to R4's invariants tim-1, 2, 6, 7, 8, 9 and 10.
    """

    bounds_duration: Quantity | None = Field(default=None, description="How long the directions apply.")
    bounds_range: Range | None = Field(default=None, description="The same where it is a range: 'for 5-7 days'.")
    count: int | None = Field(default=None, description="How many times in all; 1 for 'stat'.")
    count_max: int | None = None
    duration: float | None = Field(default=None, description="How long one time lasts: 'over 30 minutes'.")
    duration_max: float | None = None
    duration_unit: TimeUnit | None = None
    frequency: int | None = None
    frequency_max: int | None = None
    period: float | None = None
    period_max: float | None = None
    period_unit: TimeUnit | None = None
    day_of_week: tuple[DayOfWeek, ...] = ()
    time_of_day: tuple[str, ...] = Field(default=(), description="HH:MM:SS; never beside `when`.")
    when: tuple[Event, ...] = Field(default=(), description="Each is a time: MORN and HS are two.")
    offset: int | None = Field(default=None, description="Minutes before or after the event in `when`.")

    @model_validator(mode="after")
    def _holds_to_r4(self) -> Self:
        holds = {
            "tim-1": (self.duration is None) == (self.duration_unit is None),
            "tim-2": (self.period is None) == (self.period_unit is None),
            "tim-6": self.period_max is None or self.period is not None,
            "tim-7": self.duration_max is None or self.duration is not None,
            "tim-8": self.count_max is None or self.count is not None,
            "tim-9": self.offset is None or any(event[0] != "C" for event in self.when),
            "tim-10": not self.time_of_day or not self.when,
        }
        broken = [name for name, held in holds.items() if not held]
        if broken:
            raise ValueError(f"breaks FHIR R4 {', '.join(broken)}")
        return self


class Timing(Value):
    """When the medication is taken."""

    repeat: Repeat = Repeat()


class DoseAndRate(Value):
    """The amount at a time: one number or a range; or a rate such as 2 L/min."""

    dose_quantity: Quantity | None = None
    dose_range: Range | None = None
    rate_quantity: Quantity | None = None


class Dosage(Value):
    """One step of the directions. Null and empty are 'not said' (or not understood: see `Sig.unparsed`)."""

    sequence: int = Field(default=1, description="Order of the steps; steps of one number apply at the same time.")
    text: str = Field(description="The words of this step, as written.")
    additional_instruction: tuple[str, ...] = Field(default=(), description="'as directed', 'with water', 'for pain'.")
    timing: Timing | None = None
    as_needed: bool = Field(default=False, description="Only when the patient needs it (PRN).")
    as_needed_for: str | None = Field(default=None, description="What for: 'pain'.")
    site: str | None = Field(default=None, description="Where on the body: 'left eye'.")
    route: str | None = Field(default=None, description="As an adjective: 'oral', 'ophthalmic'.")
    method: str | None = Field(default=None, description="The verb: 'take', 'inhale', 'apply', 'instil'.")
    dose_and_rate: tuple[DoseAndRate, ...] = Field(
        default=(), description="More than one where one amount is said in two units: '5 ml (1 teaspoon)'."
    )
    max_dose_per_period: Ratio | None = None


class Span(Value):
    """Words of a line: `line[start:end] == text`."""

    start: int
    end: int
    text: str


class Sig(Value):
    """A line of directions: its dosages, and what else stands in it. Text fields are words of the line."""

    text: str = Field(description="The line as written.")
    dosages: tuple[Dosage, ...] = ()
    drug: str | None = None
    strength: str | None = None
    form: str | None = Field(default=None, description="Common name of the dose form, e.g. 'tablet'.")
    quantity: Quantity | None = Field(default=None, description="Amount to dispense.")
    supply_duration: Quantity | None = Field(default=None, description="How long that lasts: '30 day supply'.")
    refills: int | None = None
    unparsed: tuple[Span, ...] = Field(
        default=(), description="Words not accounted for, or that contradict others; fields they touch are null."
    )
    respelt: tuple[Span, ...] = Field(default=(), description="Words read as a word that differs in one letter.")

    @property
    def understood(self) -> bool:
        """Whether the line says something and every word of it is accounted for."""
        return bool(self.dosages) and not self.unparsed
