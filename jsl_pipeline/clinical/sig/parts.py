"""What the words of a line are, one value for each kind. Doses, timings and lengths are those of `clinical`."""

from dataclasses import dataclass
from typing import TypeAlias

from jsl_pipeline.clinical.atom import Atom
from jsl_pipeline.clinical.dose import Dose
from jsl_pipeline.clinical.duration import Length
from jsl_pipeline.clinical.found import Found
from jsl_pipeline.schemas.dosage import Quantity, Ratio


@dataclass(frozen=True, slots=True)
class Method:
    """The verb: 'take'."""

    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """Route, site on the body, or both."""

    route: str | None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Instruction:
    """A standing instruction, warning or purpose, kept in its words."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The most in a period: 'max 8 in 24 hours'."""

    ratio: Ratio


@dataclass(frozen=True, slots=True)
class Supply:
    """Amount to dispense."""

    quantity: Quantity


@dataclass(frozen=True, slots=True)
class SupplyTime:
    """How long the supply lasts: '30 day supply', 'mitte 2/12'."""

    length: Length


@dataclass(frozen=True, slots=True)
class Refills:
    """Times the supply may be repeated."""

    count: int


@dataclass(frozen=True, slots=True)
class Times:
    """How often in all: 'for 3 doses'; up to `most` where that is said."""

    count: int
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long one administration lasts: 'over 30 minutes'."""

    length: Length


@dataclass(frozen=True, slots=True)
class Rate:
    """An amount in a time, such as 2 L/min."""

    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Form:
    """The dose form by its common name."""

    name: str


@dataclass(frozen=True, slots=True)
class Concentration:
    """A strength that cannot be a dose: '250mg/5ml', '1%', '30/500 mg'."""


@dataclass(frozen=True, slots=True)
class Drug:
    """The drug's name."""


@dataclass(frozen=True, slots=True)
class Then:
    """What follows comes after what stands before."""


@dataclass(frozen=True, slots=True)
class Stage:
    """'day 1', 'days 2-5', 'the first week': from the first to the last of these days or weeks, or on without end."""

    first: float
    last: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Taper:
    """'reduce by 5 mg every week until stopped': `step` is negative to reduce, `end` 0 to stop and null if not said."""

    step: float
    unit: str
    every: Length
    end: float | None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What it is taken for: 'for blood pressure', 'to reduce swelling'."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Words that were recognised as beyond this grammar: 'not ...', a number said twice and differently."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """Words that mean nothing by themselves."""


Part: TypeAlias = (
    Atom | Dose | Length | Method | Place | Instruction | Limit | Supply | SupplyTime | Refills | Times | Lasting | Rate
    | Form | Concentration | Drug | Then | Stage | Taper | Purpose | Unknown | Grammar
)  # fmt: skip
FoundPart: TypeAlias = Found[Part]
