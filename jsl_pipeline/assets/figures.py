"""Counts as Markdown tables and small plots, for the UI. Counts, codes and digests only: never document text."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_INK, _FILL = "#5b6472", "#4f43dd"


def short_id(document_id: str | None) -> str:
    """The first 12 hex digits of a document's sha256, enough to find it in the store."""
    return (document_id or "unread")[:12]


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def counts_table(header: tuple[str, str], counts: Mapping[str, int]) -> dg.MarkdownMetadataValue:
    """Counts by name, as given."""
    rows = [(name.replace("_", " "), f"{count:,}") for name, count in counts.items()]
    return dg.MetadataValue.md(markdown_table(header, rows) if rows else "None.")


def bar_plot(counts: Mapping[str, int]) -> dg.MarkdownMetadataValue:
    """Horizontal bars, the first name on top."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 0.5 + 0.26 * max(len(counts), 1)), layout="constrained")
    axes = figure.add_subplot()
    names = [name.replace("_", " ") for name in counts]
    bars = axes.barh(names, list(counts.values()), color=_FILL, height=0.6)
    axes.bar_label(bars, padding=3, fontsize=8, color=_INK)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.xaxis.set_visible(False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=_INK, length=0)
    return _inline(figure, "bars")


def histogram(values: Sequence[float], unit: str) -> dg.MarkdownMetadataValue:
    """How values are spread, with their median."""
    import numpy as np
    from matplotlib.figure import Figure

    if not values:
        return dg.MetadataValue.md("None.")
    figure = Figure(figsize=(4.6, 1.7), layout="constrained")
    axes = figure.add_subplot()
    axes.hist(values, bins=min(30, max(5, len(values) // 2)), color=_FILL)
    median = float(np.median(values))
    axes.axvline(median, color=_INK, linewidth=1, linestyle="--")
    axes.set_title(f"median {median:.2g} {unit}", fontsize=8, color=_INK, loc="right")
    axes.set_xlabel(unit, fontsize=8, color=_INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=_INK)
    return _inline(figure, "histogram")


def _inline(figure: "Figure", name: str) -> dg.MarkdownMetadataValue:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    return dg.MetadataValue.md(f"![{name}](data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()})")
