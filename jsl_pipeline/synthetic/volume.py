"""Many invented one-page documents, for measuring: as many layouts, styles and formats as there are to draw."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import numpy as np
from pydantic import Field

from jsl_pipeline.schemas import Label, Value
from jsl_pipeline.synthetic.camera import Look, pictures
from jsl_pipeline.synthetic.cases import Drawn
from jsl_pipeline.synthetic.files import encoded
from jsl_pipeline.synthetic.pads import green_form, shorthand_pad
from jsl_pipeline.synthetic.paper import HANDS, Pen
from jsl_pipeline.synthetic.prescriptions import banner_table, letterhead_list, typed_note
from jsl_pipeline.synthetic.records import intake_form

Layout = Callable[[Random], Drawn]


class SyntheticDocument(Value):
    """A drawn file and what it says."""

    name: str = Field(description="File name.")
    data: bytes = Field(repr=False, description="The file's bytes.")
    label: Label


_INKS = ((0.1, 0.15, 0.5), (0.08, 0.08, 0.1), (0.05, 0.2, 0.35))


def hand(rng: Random) -> Pen:
    """Somebody's handwriting: a hand, its ink and size."""
    font = rng.choice(HANDS)
    return Pen(
        font, rng.uniform(15.5, 17.5) if font == "Caveat" else rng.uniform(12.5, 14), rng.choice(_INKS), hand=True
    )


_LAYOUTS: tuple[Layout, ...] = (
    letterhead_list,
    banner_table,
    shorthand_pad,
    lambda rng: shorthand_pad(rng, hand(rng)),
    green_form,
    typed_note,
    lambda rng: intake_form(rng, hand(rng)),
)
# How each layout is seen in turn; None leaves it a PDF with a text layer.
_TAKES: tuple[tuple[str, Look | None], ...] = (
    (".pdf", None),
    (".png", Look.CLEAN),
    (".jpg", Look.SCAN),
    (".pdf", Look.SCAN),
    (".webp", Look.COLOUR_SCAN),
    (".jpg", Look.PHOTOGRAPH),
)


def pages(count: int, seed: int = 7) -> Iterator[SyntheticDocument]:
    """`count` different documents of one page, drawn as they are asked for.

    Seven layouts take turns; each is a text layer, clean, a scan (three kinds) and a photograph in equal shares.
    Document n of a seed is the same whatever the count.
    """
    for number in range(count):
        rng = Random(f"{seed}/{number}")
        layout = _LAYOUTS[number % len(_LAYOUTS)]
        extension, look = _TAKES[number // len(_LAYOUTS) % len(_TAKES)]
        yield as_document(f"page_{number:05d}{extension}", layout, look, rng)


def as_document(name: str, layout: Layout, look: Look | None, rng: Random) -> SyntheticDocument:
    """Draw a layout and take its picture, in the format of the name's extension; no look keeps the text layer."""
    drawn = layout(rng)
    if look is None:
        data = drawn.pdf
    else:
        data = encoded(pictures(drawn.pdf, look, np.random.default_rng(rng.getrandbits(64))), Path(name).suffix)
    style = f"{drawn.label.style}; {look or 'text layer'}"
    return SyntheticDocument(name=name, data=data, label=drawn.label.model_copy(update={"file": name, "style": style}))
