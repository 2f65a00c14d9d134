"""Wrong answers that look right: what a model misreads, overlooks or makes up."""

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from jsl_pipeline.emulator.settings import Effect

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_INVENTED = (
    {"name": "Carvedilol", "strength": "12.5 mg", "frequency": "twice daily"},
    {"name": "Sertraline", "strength": "50 mg", "frequency": "once daily"},
    {"name": "Warfarin", "strength": "5 mg", "frequency": "at night"},
)  # real drugs: a name that no drug has would be noticed by itself


class Slip(NamedTuple):
    """An answer with a slip in it."""

    text: str
    place: str
    """Path of the medication, as `medications[1]`, or of their list."""
    values: tuple[str, ...]
    """What is wrong in it, of which the model is less sure."""


def slip(effect: Effect, text: str, seed: str) -> Slip | None:
    """An answer with the effect's slip; always the same for a seed. None where it has no place for one."""
    try:
        answer = json.loads(text)
        rows = answer["medications"]
        made = _SLIPS[effect](rows, Random(f"{seed}/{effect}"))
    except (ValueError, KeyError, TypeError):
        return None
    return None if made is None else Slip(json.dumps(answer, ensure_ascii=False), *made)


_Made = tuple[str, tuple[str, ...]] | None


def _shift_decimal(rows: list[dict[str, Any]], random: Random) -> _Made:
    numbered = [at for at, row in enumerate(rows) if _NUMBER.search(row.get("strength") or "")]
    if not numbered:
        return None
    at = random.choice(numbered)
    times = random.choice((10, 0.1))
    shifted = _NUMBER.sub(lambda number: f"{float(number[0]) * times:g}", rows[at]["strength"], count=1)
    rows[at]["strength"] = shifted
    return f"medications[{at}]", (shifted,)


def _drop_row(rows: list[dict[str, Any]], random: Random) -> _Made:
    if not rows:
        return None
    del rows[random.randrange(len(rows))]
    return "`medications`", ()


def _invent_drug(rows: list[dict[str, Any]], random: Random) -> _Made:
    there = {str(row.get("name")).casefold() for row in rows}
    drug = random.choice([each for each in _INVENTED if each["name"].casefold() not in there])
    at = random.randint(0, len(rows))
    rows.insert(at, dict.fromkeys(rows[0] if rows else drug) | drug)
    return f"medications[{at}]", tuple(drug.values())


_SLIPS: dict[Effect, Callable[[list[dict[str, Any]], Random], _Made]] = {
    Effect.SHIFT_DECIMAL: _shift_decimal,
    Effect.DROP_ROW: _drop_row,
    Effect.INVENT_DRUG: _invent_drug,
}
