"""The file that a picture is drawn into."""

from pathlib import Path
from typing import Any

from jsl_pipeline.errors import MissingExtra, SettingsError

_SUFFIXES = (".svg", ".png", ".pdf")


def check_plot(path: Path) -> None:
    """Tell before the work what would fail after it. Raises SettingsError, MissingExtra."""
    if path.suffix.lower() not in _SUFFIXES:
        raise SettingsError(f"A plot is written as {', '.join(_SUFFIXES)}: {path.name} ends otherwise.")
    new_figure(1, 1)


def new_figure(width: float, height: float) -> Any:  # noqa: ANN401  (matplotlib has no types for what subplots returns)
    """An empty figure, in inches. Raises MissingExtra."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("planning", "A plot") from None
    return Figure(figsize=(width, height), layout="constrained")
