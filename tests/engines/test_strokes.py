"""Words that were crossed out, and lines near words that are no strokes."""

import cv2
import numpy as np
import pytest

from jsl_pipeline.engines.strokes import is_struck

BOX = (100.0, 90.0, 460.0, 124.0)


def line(*strokes, text="Amlodipine 10 mg daily", paper=235):
    """A line of print in BOX, and strokes from point to point."""
    page = np.full((240, 640), paper, np.uint8)
    cv2.putText(page, text, (106, 116), cv2.FONT_HERSHEY_SIMPLEX, 0.85, 30, 2, cv2.LINE_AA)
    for start, end in strokes:
        cv2.line(page, start, end, 60, 2, cv2.LINE_AA)
    return page


@pytest.mark.parametrize(
    "stroke", [((98, 108), (440, 108)), ((98, 110), (440, 106)), ((280, 108), (370, 108)), ((104, 106), (270, 109))]
)
def test_a_stroke_through_words_is_seen(stroke):
    assert is_struck(line(stroke), BOX)


@pytest.mark.parametrize(
    "strokes",
    [
        (),
        (((100, 123), (440, 123)),),  # underlined
        (((100, 121), (300, 122)),),
        (((0, 91), (640, 91)), ((0, 123), (640, 123))),  # a row of a table
        (((0, 108), (640, 108)),),  # a crease or a streak, from edge to edge
        (((100, 84), (100, 130)), ((460, 84), (460, 130))),  # a column of one
    ],
)
def test_rules_and_underlines_are_no_strokes(strokes):
    assert not is_struck(line(*strokes), BOX)


def test_dashes_and_letters_on_a_dark_ground_are_no_strokes():
    assert not is_struck(line(text="1-0-1 - after food"), BOX)
    assert not is_struck(255 - line(), BOX)
