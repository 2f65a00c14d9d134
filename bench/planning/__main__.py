"""What planning finds beside what is true: `python -m bench.planning [NAME ...]`.

probing: hidden endpoints in a process of their own, on this machine; half an hour in full. simulating: speed, and
queueing theory. agreeing: runs over the scripted endpoint in accelerated time. choosing: beside exhaustive search.
Nothing else should run meanwhile.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Figure, Scale, conditions, plain, show, verdict
from bench.planning.agreeing import agreeing
from bench.planning.choosing import choosing
from bench.planning.probing import probing
from bench.planning.simulating import simulating

_SECTIONS: dict[str, Callable[[Scale], Iterator[Figure]]] = {
    section.__name__: section for section in (probing, simulating, agreeing, choosing)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(_SECTIONS)}; all where none is given")
    parser.add_argument("--quick", action="store_true", help="short runs: they show that it works, not what it does")
    parser.add_argument("--first", type=int, default=0, help="first seed of probing")
    parser.add_argument("--json", type=Path, help="file for the same figures; written after each section")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - _SECTIONS.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose from {', '.join(_SECTIONS)}")
    scale, under = Scale(arguments.quick), conditions("simpy", "aiohttp", "scipy")
    figures: list[Figure] = []
    for name in arguments.names or _SECTIONS:
        section = probing(scale, arguments.first) if name == probing.__name__ else _SECTIONS[name](scale)
        for figure in section:
            figures.append(figure)
            print(verdict(figure), file=sys.stderr, flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(plain(figures, under), indent=1) + "\n")
    show("Planning beside what is true", figures, under)


if __name__ == "__main__":
    main()
