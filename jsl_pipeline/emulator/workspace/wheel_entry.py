"""Run an entry point of an installed wheel: what a `python_wheel_task` does on a cluster.

    python wheel_entry.py PACKAGE ENTRY_POINT PARAMETERS...

Run by path, so that nothing but the wheel is loaded. The entry point is one of the package's metadata or, where it
has none of that name, a function of the package.
"""

import importlib
import importlib.metadata
import sys


def run(package: str, entry_point: str) -> None:
    """Call the entry point. Raises RuntimeError where there is no such package or entry point."""
    try:
        known = importlib.metadata.distribution(package).entry_points
    except importlib.metadata.PackageNotFoundError:
        raise RuntimeError(
            f"Python wheel with name {package} could not be found. Is it among the task's libraries?"
        ) from None
    for each in known:
        if each.name == entry_point:
            each.load()()
            return
    function = getattr(importlib.import_module(package.replace("-", "_")), entry_point, None)
    if function is None:
        raise RuntimeError(f"The wheel {package} has no entry point {entry_point}, nor a function of that name.")
    function()


if __name__ == "__main__":
    _, name, entry, *parameters = sys.argv
    sys.argv = [entry, *parameters]
    run(name, entry)
