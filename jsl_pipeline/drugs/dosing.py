"""Usual doses of common drugs, as a yardstick for gross errors; see `data/NOTICE.md` for how far it can be trusted."""

from dataclasses import dataclass

from jsl_pipeline.drugs.vocabulary import Drug, table

_DAYS = {"day": 1.0, "week": 7.0, "month": 30.0}


@dataclass(frozen=True, slots=True)
class UsualDose:
    """The milligrams that adults take in `days` days by one route: of a weekly drug, what they take in a week."""

    route: str
    lowest_mg: float
    highest_mg: float
    days: float
    source: str
    """Where to look it up; the figures were not copied from there."""

    @property
    def daily(self) -> bool:
        """False for a drug that is taken once a week or more rarely, and never every day."""
        return self.days == 1.0


def usual_doses(drug: Drug) -> tuple[UsualDose, ...]:
    """What adults usually take of a drug, one for each route; nothing where that is not known."""
    return tuple(
        UsualDose(route, float(low), float(high), _DAYS[period], source)
        for route, low, high, period, source in table("doses.tsv").get(drug.name, [])
    )
