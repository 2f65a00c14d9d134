"""A measured figure beside its aim, and the table of them all."""

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from jsl_pipeline.workers import available_cores


@dataclass(frozen=True)
class Scale:
    """How much is measured: everything, or as little as shows that it works."""

    quick: bool = False
    slots: tuple[int, ...] = (4, 16, 64, 256)

    def of(self, full: float, quick: float) -> float:
        """One of two sizes of the same thing."""
        return quick if self.quick else full

    def count(self, full: int, quick: int) -> int:
        """One of two counts of the same thing."""
        return quick if self.quick else full


@dataclass(frozen=True)
class Figure:
    """What was measured. `met` is None where nothing is aimed at."""

    section: str
    what: str
    value: float
    unit: str
    aim: str = ""
    met: bool | None = None
    detail: str = ""

    @property
    def measured(self) -> str:
        """Value and unit."""
        return f"{self.value:.1%}" if self.unit == "%" else f"{self.value:.4g} {self.unit}".strip()


def conditions(*packages: str) -> dict[str, str]:
    """Where and with what it is measured."""
    versions = {name: importlib.metadata.version(name) for name in packages}
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": str(available_cores()),
        "load at the start": f"{os.getloadavg()[0]:.1f}",
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {version}" for name, version in versions.items()),
    }


def verdict(figure: Figure) -> str:
    """A line on one figure, as it comes."""
    missed = {True: "", False: "  MISSED", None: ""}[figure.met]
    return f"{figure.section}: {figure.what}: {figure.measured}{missed}"


def show(title: str, figures: Sequence[Figure], under: dict[str, str]) -> None:
    """Print the table."""
    console = Console(width=None if Console().is_terminal else 200)
    table = Table(title=title, title_justify="left")
    for name in ("section", "what", "measured", "aim", "met", "detail"):
        table.add_column(name, overflow="fold", justify="right" if name == "measured" else "left")
    for figure in figures:
        met = "" if figure.met is None else "yes" if figure.met else "NO"
        table.add_row(figure.section, figure.what, figure.measured, figure.aim, met, figure.detail)
    console.print(table)
    console.print("; ".join(f"{name}: {value}" for name, value in under.items()), highlight=False)


def plain(figures: Sequence[Figure], under: dict[str, str]) -> dict[str, Any]:
    """The same for JSON."""
    return {"conditions": under, "figures": [asdict(figure) for figure in figures]}


def _cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _commit() -> str:
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
