"""Counts as Markdown tables and small plots, for the UI. Counts, codes and digests only: never document text.

The UI shows Markdown of less than 1,000 characters in place and longer behind a link, so plots are terse SVG.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from statistics import median

import dagster as dg

_FILL = "#4f43dd"
_STROKES = ("#4f43dd", "#c05621", "#2f855a")
_WIDTH, _ROW, _LABEL, _BARS, _BINS = 384, 18, 150, 6, 24


def short_id(document_id: str | None) -> str:
    """The first 12 hex digits of a document's sha256, enough to find it in the store."""
    return (document_id or "unread")[:12]


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def counts_table(header: tuple[str, str], counts: Mapping[str, int]) -> dg.MarkdownMetadataValue:
    """Counts by name, in the order given."""
    rows = [(name.replace("_", " "), f"{count:,}") for name, count in counts.items()]
    return dg.MetadataValue.md(markdown_table(header, rows) if rows else "None.")


def bar_plot(counts: Mapping[str, int]) -> dg.MarkdownMetadataValue:
    """A bar a count, in the order given, six at most."""
    if not counts:
        return dg.MetadataValue.md("None.")
    longest = max(*counts.values(), 1)
    bars, texts = "", ""
    for row, (name, count) in enumerate(list(counts.items())[:_BARS]):
        y, length = row * _ROW, round((_WIDTH - _LABEL - 40) * count / longest)
        bars += f"M{_LABEL} {y + 2}h{length}v13h-{length}z"
        texts += f'<text y="{y + 12}">{escape(name.replace("_", " "))}</text>'
        texts += f'<text x="{_LABEL + length + 5}" y="{y + 12}">{count}</text>'
    return _inline("bars", f'<path d="{bars}"/>{texts}', _ROW * min(len(counts), _BARS))


def histogram(values: Sequence[float], unit: str) -> dg.MarkdownMetadataValue:
    """How values are spread between the least and the greatest, and their median."""
    if not values:
        return dg.MetadataValue.md("None.")
    low, high = min(values), max(values)
    counts = [0] * _BINS
    for value in values:
        counts[min(int((value - low) / (high - low or 1) * _BINS), _BINS - 1)] += 1
    step, tall = _WIDTH // _BINS, 60
    bars = "".join(f"V{tall - round(count / max(counts) * tall)}h{step}" for count in counts)
    text = f"{low:.2g} to {high:.2g} {unit}, median {median(values):.2g}"
    return _inline("histogram", f'<path d="M0 {tall}{bars}V{tall}"/><text y="{tall + 15}">{escape(text)}</text>', 80)


def line_plot(
    lines: Mapping[str, Sequence[float]], top: float | None = None, unit: str = ""
) -> dg.MarkdownMetadataValue:
    """Values at equal steps in time, from 0 to `top`, or to the greatest of them; three lines at most."""
    shown = {name: values for name, values in list(lines.items())[: len(_STROKES)] if values}
    if not shown:
        return dg.MetadataValue.md("None.")
    tall, greatest = 60, max(top or 0.0, *(max(values) for values in shown.values())) or 1.0
    shapes = ""
    for place, (name, values) in enumerate(shown.items()):
        step = _WIDTH // len(values)
        heights = [tall - round(tall * value / greatest) for value in values]
        drawn = "".join(f"V{height}h{step * len(list(same))}" for height, same in groupby(heights))
        colour, x = _STROKES[place], place * _WIDTH // len(shown)
        shapes += f'<path d="M0 {heights[0]}{drawn}" style="fill:none;stroke:{colour}"/>'
        shapes += f'<text x="{x}" y="{tall + 15}" fill="{colour}">{escape(name)} ≤{max(values):.3g}{unit}</text>'
    return _inline("lines", shapes, 80)


def _inline(name: str, shapes: str, height: int) -> dg.MarkdownMetadataValue:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" font-family="sans-serif" '
        f'font-size="12" fill="#666"><style>path{{fill:{_FILL}}}</style>{shapes}</svg>'
    )
    return dg.MetadataValue.md(f"![{name}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})")
