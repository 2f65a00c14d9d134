"""Pages for tiny models, and what an answer of theirs must be."""

import hashlib
import io

from PIL import Image, ImageDraw

from jsl_pipeline.schemas import Candidate, Page, PageAnswer, Reading

_DRUGS = ("Ibuprofen 400 mg", "Metformin 500 mg", "Ramipril 5 mg", "Salbutamol 100 mcg", "Omeprazole 20 mg")


def draw(number: int, size: tuple[int, int] = (480, 640)) -> Page:
    """A page with a few lines of print, no two alike."""
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for line in range(1 + number % 7, 9 + number % 5):
        words = f"{_DRUGS[(line * number) % len(_DRUGS)]} {number}-{line} daily"
        pen.text((30, 50 * line), words, fill="black", font_size=22)
    data = io.BytesIO()
    sheet.save(data, "JPEG")
    return page(number, data.getvalue(), size)


def page(number: int, image: bytes, size: tuple[int, int]) -> Page:
    return Page(
        document_id="d",
        page_no=number,
        page_sha=hashlib.sha256(image).hexdigest(),
        image=image,
        media_type="image/jpeg",
        width=size[0],
        height=size[1],
    )


def check_reading(answer: PageAnswer) -> Reading:
    """A whole answer in the form that was asked, as it stands."""
    reading = answer.outcome
    assert isinstance(reading, Reading), reading
    Candidate.model_validate_json(reading.text)
    assert reading.finish_reason == "stop"
    assert reading.flaws == ()
    return reading
