"""What was measured on a GPU, a row at a time, and the tables of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

CHAT, ENGINE, CLIENT, ENDPOINT = "LLM.chat", "engine vllm", "vllm bench serve", "engine endpoint"
_OF = {ENGINE: CHAT, ENDPOINT: CLIENT}
_AIM = 0.97
_PUBLISHED = {ENGINE: 6.0, ENDPOINT: 3.0}  # seconds a page: in a container, on an endpoint
_FULL = 0.8  # of the time that a page takes: what takes so much of it is the limit


@dataclass(frozen=True)
class Row:
    """Pages that one way read with one model."""

    model: str
    way: str
    at_once: int
    pages: int
    seconds: float
    prompt_tokens: float
    """Of a page, its image included."""
    completion_tokens: float
    load_seconds: float
    prepare_seconds: float
    """That one thread takes to make the model's input of a page's pixels."""
    gpu_busy: float | None = None
    gpu_gb: float | None = None
    queue: float | None = None
    """Seconds that a page waited for room, by vLLM's own count."""
    prefill: float | None = None
    decode: float | None = None

    @property
    def page_seconds(self) -> float:
        """Seconds a page."""
        return self.seconds / self.pages

    @property
    def limit(self) -> str:
        """What most of the time goes to."""
        if self.way in (CHAT, ENGINE) and self.prepare_seconds >= _FULL * self.page_seconds:
            return "image preparation"
        if self.prefill is None or self.decode is None:
            return ""
        return "decode" if self.decode > self.prefill else "prefill"


def append(file: Path, row: Row) -> None:
    """Write a row at once: the machine may be taken away."""
    with file.open("a") as opened:
        opened.write(json.dumps(asdict(row)) + "\n")


def load(file: Path) -> tuple[dict[str, str], list[Row]]:
    """Conditions and rows of a file of results."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return lines[0], [Row(**line) for line in lines[1:]]


def tables(under: dict[str, str], rows: Sequence[Row]) -> str:
    """Markdown: a table for each model, and what it comes to."""
    parts = ["; ".join(f"{name}: {value}" for name, value in under.items())]
    for model in dict.fromkeys(row.model for row in rows):
        parts.append("\n".join(_table([row for row in rows if row.model == model])))
    return "\n\n".join(parts)


def _table(rows: Sequence[Row]) -> Iterator[str]:
    first = rows[0]
    tokens = f"{first.prompt_tokens:.0f} tokens of prompt and image, {first.completion_tokens:.0f} of answer"
    yield f"**{first.model}**: {tokens}, {first.prepare_seconds * 1000:.0f} ms of image preparation a page."
    yield ""
    yield (
        "| at once | way | s/page | pages/h | tokens/s in | out | of vLLM's own | GPU busy | GPU memory | "
        "queue, prefill, decode | limit |"
    )
    yield "|" + "---|" * 11
    ways = list(_OF.values()) + list(_OF)
    for row in sorted(rows, key=lambda row: (row.at_once, ways.index(row.way))):
        yield _line(row, share(row, rows))
    yield from _summary(rows)


def share(row: Row, rows: Sequence[Row]) -> float | None:
    """Part of the pages an hour of vLLM's own way at the same number of pages at once that ours reaches."""
    own = [each for each in rows if (each.way, each.at_once, each.model) == (_OF.get(row.way), row.at_once, row.model)]
    return own[0].page_seconds / row.page_seconds if own else None


def _line(row: Row, reached: float | None) -> str:
    waits = (row.queue, row.prefill, row.decode)
    rate = 1 / row.page_seconds
    cells = [
        f"{row.at_once}",
        row.way,
        f"{row.page_seconds:.3g}",
        f"{3600 * rate:,.0f}",
        f"{row.prompt_tokens * rate:,.0f}",
        f"{row.completion_tokens * rate:,.0f}",
        "" if reached is None else f"{reached:.1%}",
        "" if row.gpu_busy is None else f"{row.gpu_busy:.0%}",
        f"{row.gpu_gb:.0f} GB" if row.gpu_gb else "",
        " / ".join("" if wait is None else f"{wait:.2f}" for wait in waits) + " s" if row.decode is not None else "",
        row.limit,
    ]
    return "| " + " | ".join(cells) + " |"


def _summary(rows: Sequence[Row]) -> Iterator[str]:
    """Each of our ways where it is fastest, beside its aims."""
    for way, published in _PUBLISHED.items():
        ours = [row for row in rows if row.way == way]
        if not ours:
            continue
        best = min(ours, key=lambda row: row.page_seconds)
        said = f"{way}, {best.at_once} at once: {best.page_seconds:.3g} s a page, published {published:g} s"
        if (reached := share(best, rows)) is not None:
            missed = "" if reached >= _AIM else ", MISSED"
            said += f"; {reached:.1%} of {_OF[way]}, aim {_AIM:.0%}{missed}"
        yield f"\n{said}."
