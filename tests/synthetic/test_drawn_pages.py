"""Pages drawn in volume: what the label says stands on the page, and nothing else does."""

import io
import re
from collections import Counter
from random import Random

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image

from jsl_pipeline.synthetic import pages
from jsl_pipeline.synthetic.camera import Look
from jsl_pipeline.synthetic.medicines import draw_medications
from jsl_pipeline.synthetic.pads import green_form, shorthand_pad
from jsl_pipeline.synthetic.people import Region
from jsl_pipeline.synthetic.prescriptions import banner_table, letterhead_list, typed_note
from jsl_pipeline.synthetic.records import encounter_summary, intake_form, visit_note
from jsl_pipeline.synthetic.volume import as_document, hand

LAYOUTS = {
    "letterhead": letterhead_list,
    "table": banner_table,
    "shorthand": shorthand_pad,
    "hand": lambda rng: shorthand_pad(rng, hand(rng)),
    "form": green_form,
    "note": typed_note,
    "intake": lambda rng: intake_form(rng, hand(rng)),
    "encounter": encounter_summary,
    "visit": visit_note,
}
_FORM_WORDS = {"tablet": "tab", "capsule": "cap", "syrup": "syp"}


def words(pdf):
    document = pdfium.PdfDocument(pdf)
    text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return squeezed(text)


def squeezed(text):
    return re.sub(r"\s+", "", text).casefold()


def said(part):
    for name, value in part.model_dump(exclude={"medications"}).items():
        if isinstance(value, dict) and "raw" in value:
            yield name, value["raw"]
        elif value is not None and name not in ("frequency_per_day", "prn", "raw"):
            yield name, str(value)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_that_the_label_says_stands_on_the_page(layout):
    for seed in range(12):
        drawn = LAYOUTS[layout](Random(f"{layout}{seed}"))
        page = words(drawn.pdf)
        label = drawn.label
        assert label.patient.name
        for part in (label.patient, label.prescriber, *label.medications):
            for name, value in said(part):
                shown = _FORM_WORDS[value] if name == "form" and layout in ("shorthand", "hand") else value
                shown = {"F": "Female", "M": "Male"}.get(value, value) if layout == "intake" else shown
                assert squeezed(shown) in page, (name, value)
        for value in (label.facility, label.date and label.date.raw):
            assert value is None or squeezed(value) in page


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_medicine_stands_on_the_page_that_the_label_does_not_name(layout):
    every = {each.name for region in Region for each in draw_medications(Random(1), region, 39)}
    assert len(every) > 39
    for seed in range(12):
        drawn = LAYOUTS[layout](Random(f"{layout}{seed}"))
        page = words(drawn.pdf)
        assert {name for name in every if squeezed(name) in page} == {each.name for each in drawn.label.medications}


def test_a_page_is_the_same_whatever_the_count_and_differs_from_all_others():
    some, more = list(pages(3, seed=11)), list(pages(25, seed=11))
    assert some == more[:3]
    assert len({each.data for each in more}) == 25
    assert len({each.label.patient.name for each in more}) > 20
    assert next(iter(pages(1, seed=12))).label != some[0].label


def test_forty_two_pages_show_every_layout_in_every_look():
    seen = Counter((each.label.style, each.name.split(".")[1]) for each in pages(42))
    assert len({style.split(";")[0] for style, _ in seen}) >= 7
    assert {style.split("; ")[1] for style, _ in seen} == {
        "text layer",
        "clean",
        "grey scan",
        "colour scan",
        "photograph",
    }
    assert {extension for _, extension in seen} == {"pdf", "png", "jpg", "webp"}


def test_ambiguous_dates_have_no_iso_date():
    dates = [draw(Random(seed)).label.date for draw in (letterhead_list, green_form) for seed in range(40)]
    for date in dates:
        numbers = re.fullmatch(r"(\d+)[/-](\d+)[/-]\d+", date.raw)
        open_to_doubt = (
            numbers and int(numbers[1]) <= 12 and int(numbers[2]) <= 12 and int(numbers[1]) != int(numbers[2])
        )
        assert (date.iso is None) == bool(open_to_doubt)
    assert any(date.iso is None for date in dates)
    assert any(date.iso for date in dates)


def test_a_photograph_shows_paper_on_a_darker_desk_in_uneven_light():
    document = as_document("photograph.jpg", letterhead_list, Look.PHOTOGRAPH, Random(4))
    pixels = np.asarray(Image.open(io.BytesIO(document.data)).convert("L"), dtype=float)
    height, width = pixels.shape
    paper = pixels[height // 5 : -height // 5, width // 5 : -width // 5]
    desk = np.concatenate([pixels[:8].ravel(), pixels[-8:].ravel()])
    assert np.median(paper) > np.median(desk) + 40
    light = [np.median(tile) for row in np.array_split(paper, 6) for tile in np.array_split(row, 6, axis=1)]
    assert max(light) - min(light) > 15
