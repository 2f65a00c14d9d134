"""How well drugs are recognised: true names, names with a slip, invented ones; strengths true, shifted, swapped.

    python -m bench.drugs

Slips are drawn from what readers of scans are known to mix up, a list that is wider than what recognition makes
cheap, and from plain errors of a letter. Inventions are words that a model of three letters, trained on the
vocabulary itself, makes up: they look as much like drugs as words can.
"""

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from jsl_pipeline.clinical import parse_strength
from jsl_pipeline.drugs import Fit, Status, find_drug, plausible
from jsl_pipeline.drugs.vocabulary import table, vocabulary
from jsl_pipeline.schemas import Label, LabelledMedication

_LABELS = Path(__file__).parents[2] / "shared" / "samples" / "labels"
_MIXED_UP = re.findall(
    r"\S+",
    """
    o0 0o l1 1l i1 il li iI ij ce ec ao oa uv vu nh hn hb bh s5 5s b8 8b gq qg tf ft zs z2 yv
    rn:m m:rn cl:d d:cl vv:w w:vv ii:u u:ii ri:n n:ri
    """,
)
_COUNT = 300


def main() -> None:
    console = Console()
    started = time.perf_counter()
    vocabulary()
    find_drug("amoxiclllin")
    loaded = time.perf_counter() - started
    rng = Random(7)
    names = common_names()
    slipped = [(name, slip(name, rng)) for name in rng.choices(names, k=_COUNT)]
    groups: dict[str, list[str]] = {
        "named by the labels of the samples": [each.name for each in _labelled()],
        "common names": names,
        "common names, one slip": [written for _, written in slipped],
        "invented": invented(rng),
    }
    statuses = Table("group", "names", *[str(status) for status in Status], "ms each")
    for group, members in groups.items():
        at = time.perf_counter()
        counts = Counter(find_drug(name).status for name in members)
        each = (time.perf_counter() - at) * 1e3 / max(1, len(members))
        statuses.add_row(
            group, str(len(members)), *[_share(counts[status], len(members)) for status in Status], f"{each:.2f}"
        )
    console.print(statuses)
    first = sum(_meant(name) == [each.drug.name for each in find_drug(slip).candidates][:1] for name, slip in slipped)
    wrong = sum(find_drug(slip).status is Status.KNOWN and _meant(name) != _meant(slip) for name, slip in slipped)
    console.print(
        f"one slip: first candidate right {_share(first, _COUNT)}, another drug's exact name {_share(wrong, _COUNT)}"
    )
    console.print(f"vocabulary: {len(vocabulary())} names; loaded and first name found in {loaded:.2f} s")
    console.print(_strengths(rng))


def _strengths(rng: Random) -> Table:
    known = [each for each in _labelled() if each.strength and find_drug(each.name).drug]
    texts = [each.strength or "" for each in known]
    changes: dict[str, Callable[[int], str]] = {
        "as labelled": lambda at: texts[at],
        "ten times": lambda at: _times(texts[at], 10),
        "a tenth": lambda at: _times(texts[at], 0.1),
        "of another drug": lambda at: rng.choice(
            [t for e, t in zip(known, texts, strict=True) if e.name != known[at].name]
        ),
    }
    shown = Table("strength", "rows", *[str(fit) for fit in Fit])
    for change, changed in changes.items():
        counts = Counter(_fit(each.name, changed(at)) for at, each in enumerate(known))
        shown.add_row(change, str(len(known)), *[_share(counts[fit], len(known)) for fit in Fit])
    return shown


def _fit(name: str, strength: str) -> Fit:
    drug, parsed = find_drug(name).drug, parse_strength(strength)
    if drug is None or parsed is None:
        return Fit.UNKNOWN
    return plausible(drug, amount=parsed.value, unit=parsed.unit).strength


def _times(strength: str, factor: float) -> str:
    digits = "".join(each for each in strength if each.isdigit() or each == ".")
    return strength.replace(digits, f"{float(digits) * factor:g}")


def _labelled() -> list[LabelledMedication]:
    labels = [Label.model_validate(json.loads(path.read_text("utf-8"))) for path in sorted(_LABELS.glob("*.json"))]
    return [each for label in labels for each in label.medications]


def common_names() -> list[str]:
    """Generic names of the doses' table and brands made by hand: what doctors write most."""
    brands = [brand for rows in table("world.tsv").values() for _, brand, _ in rows]
    return sorted({*table("doses.tsv"), *(name for each in brands for name in each.split("|") if len(name) > 4)})


def _meant(name: str) -> list[str]:
    drug = find_drug(name).drug
    return [drug.name] if drug else []


def slip(name: str, rng: Random) -> str:
    """The name with one error: half of them letters that look alike, half a letter lost, doubled or exchanged."""
    pairs = [pair.split(":") if ":" in pair else list(pair) for pair in _MIXED_UP]
    possible = [(a, b) for a, b in pairs if a in name]
    if possible and rng.random() < 0.5:
        a, b = rng.choice(possible)
        at = rng.choice([at for at in range(len(name)) if name.startswith(a, at)])
        return name[:at] + b + name[at + len(a) :]
    at = rng.randrange(len(name))
    return name[:at] + rng.choice(("", name[at] * 2, rng.choice("abcdefghiklmnoprstuvxyz"))) + name[at + 1 :]


def invented(rng: Random) -> list[str]:
    following: dict[str, list[str]] = defaultdict(list)
    for name, _ in vocabulary().values():
        if name.isalpha():
            for at, letter in enumerate(f"{name}."):
                following[("^^^" + name)[at : at + 3]].append(letter)
    made: set[str] = set()
    while len(made) < _COUNT:
        word = "^^^"
        while not word.endswith("."):
            word += rng.choice(following[word[-3:]])
        name = word.strip("^.")
        if 6 <= len(name) <= 14 and name not in vocabulary():
            made.add(name)
    return sorted(made)


def _share(count: int, of: int) -> str:
    return f"{count / of:.1%}" if of else "-"


if __name__ == "__main__":
    main()
