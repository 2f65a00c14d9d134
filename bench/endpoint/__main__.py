"""What the endpoint client is worth, beside what was aimed at: `make bench-endpoint`.

Sections: capacity, steps, cost, packing, faults, kills, memory. The scripted endpoint runs in a process of its own
on this machine, so that both share its cores: nothing else should run meanwhile. In full, an hour or so.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from capacity import capacity, steps
from cost import cost
from faults import faults
from figures import Figure, Scale, conditions, plain, show
from kills import kills
from memory import memory
from packing import packing

_SECTIONS: dict[str, Callable[[Scale], Iterator[Figure]]] = {
    section.__name__: section for section in (capacity, steps, cost, packing, faults, kills, memory)
}


def _write(figures: Sequence[Figure], under: dict[str, str], path: Path | None) -> None:
    if path is not None:
        path.write_text(json.dumps(plain(figures, under), indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=_SECTIONS, default=list(_SECTIONS), metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="short runs: they show that it works, not what it does")
    parser.add_argument("--slots", nargs="+", type=int, default=Scale.slots, help="of capacity and steps")
    parser.add_argument("--json", type=Path, help="file for the same figures; written after each section")
    arguments = parser.parse_args()
    scale, under = Scale(arguments.quick, tuple(arguments.slots)), conditions()
    figures: list[Figure] = []
    for name in arguments.only:
        for figure in _SECTIONS[name](scale):
            figures.append(figure)
            verdict = {True: "", False: "  MISSED", None: ""}[figure.met]
            print(f"{name}: {figure.what}: {figure.measured}{verdict}", file=sys.stderr, flush=True)
        _write(figures, under, arguments.json)
    show(figures, under)


if __name__ == "__main__":
    main()
