"""The reader: from lines with boxes to the candidate that a vision model would give.

It knows how forms, letterheads, lists and tables state things, and no person by name. Names of drugs it looks up only
where the page leaves open what it lists. A field that the page does not say stays empty.
"""

import re
from collections.abc import Sequence

from jsl_pipeline.engines.reader.dates import document_date
from jsl_pipeline.engines.reader.layout import lay_out
from jsl_pipeline.engines.reader.medications import find_medications
from jsl_pipeline.engines.reader.people import read_people
from jsl_pipeline.schemas import Candidate, TextLine

READER_VERSION = "12"
"""Changes whenever the same lines may give another candidate: answers of older rules are then asked anew."""


def read_candidate(lines: Sequence[TextLine], width: float, height: float) -> Candidate:
    """What a page says of patient, prescriber, date and medications. `width` and `height`: pixels, as the boxes."""
    layout = lay_out(lines, width, height)
    if not layout.rows:
        return Candidate()
    patient, prescriber = read_people(layout)
    return Candidate(
        patient=patient,
        prescriber=prescriber,
        date=document_date(layout, patient.dob),
        medications=find_medications(layout),
    )


def good_text_layer(lines: Sequence[TextLine]) -> bool:
    """Whether a text layer can be read instead of the pixels: enough words, and most of them made of letters.

    Layers that a scanner's poor OCR or a font without a Unicode map left behind are full of lone signs.
    """
    words = [word for line in lines for word in line.text.split()]
    letters = sum(character.isalpha() for word in words for character in word)
    if len(words) < 5 or letters < 25:
        return False
    strange = sum(
        not character.isprintable() or "\ue000" <= character <= "\uf8ff" or character == "\ufffd"
        for w in words
        for character in w
    )
    plain = sum(bool(re.fullmatch(r"[\W\d_]*[^\W\d_]+(?:['’.-][^\W\d_]+)*[\W\d_]*|[\W\d]+", word)) for word in words)
    return strange <= 0.01 * sum(map(len, words)) and plain >= 0.7 * len(words)


__all__ = ["READER_VERSION", "good_text_layer", "read_candidate"]
