"""The file that a picture of figures is drawn into."""

from pathlib import Path
from typing import Any

from jsl_pipeline.errors import MissingExtra, SettingsError

_SUFFIXES = (".svg", ".png", ".pdf")


def check_plot(path: Path, extra: str) -> None:
    """Tell before the work what would fail after it; `extra` brings matplotlib. Raises SettingsError, MissingExtra."""
    if path.suffix.lower() not in _SUFFIXES:
        raise SettingsError(f"A plot is written as {', '.join(_SUFFIXES)}: {path.name} ends otherwise.")
    new_figure(1, 1, extra)


def new_figure(width: float, height: float, extra: str) -> Any:  # noqa: ANN401  (subplots has no type for what it gives)
    """An empty figure of so many inches. Raises MissingExtra."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra(extra, "A plot") from None
    return Figure(figsize=(width, height), layout="constrained")
