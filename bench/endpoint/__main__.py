"""What the endpoint client is worth, beside what was aimed at: `make bench-endpoint`.

Sections: capacity, steps, cost, packing, faults, kills, memory. The scripted endpoint runs in a process of its own
on this machine, so that both share its cores: nothing else should run meanwhile. In full, an hour or so.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.endpoint.capacity import capacity, steps
from bench.endpoint.cost import cost
from bench.endpoint.faults import faults
from bench.endpoint.kills import kills
from bench.endpoint.memory import memory
from bench.endpoint.packing import packing
from bench.figures import Figure, Scale, conditions, plain, show, verdict

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
    scale, under = Scale(arguments.quick, tuple(arguments.slots)), conditions("aiohttp", "pybase64", "openai")
    figures: list[Figure] = []
    for name in arguments.only:
        for figure in _SECTIONS[name](scale):
            figures.append(figure)
            print(verdict(figure), file=sys.stderr, flush=True)
        _write(figures, under, arguments.json)
    show("Endpoint client over the scripted endpoint, both on this machine", figures, under)


if __name__ == "__main__":
    main()
