"""Whatever a page holds, looking for things in it ends quickly and gives spans of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsl_pipeline import clinical

FINDERS = [
    clinical.find_dates,
    clinical.find_doses,
    clinical.find_durations,
    clinical.find_forms,
    clinical.find_frequencies,
    clinical.find_phones,
    clinical.find_routes,
    clinical.find_strengths,
]
PARSERS = [
    clinical.parse_age,
    clinical.parse_count,
    clinical.parse_duration_days,
    clinical.parse_frequency,
    clinical.parse_gender,
    clinical.parse_strength,
    clinical.parse_weight_kg,
]
# Pieces of what patterns look for, put together in ways that nobody writes.
WORDS = """
1 0 31 999 12/ / - – . , ½ one half a and twice times x daily day every each q h hours od b.d. tid at in the morning
8am bed for as needed pain mg rng ml % IU k million tab puffs weeks 7/7 may 2nd of 1999 '20 + ( ) [ ] years old M F kg
st lb tel none ² ７ ١
"""
PIECES = st.sampled_from([*WORDS.split(), "\n"])
TEXT = st.one_of(
    st.text(max_size=60), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=25).map("".join)
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXT)
def test_spans_are_in_order_and_hold_their_text(text: str):
    for find in FINDERS:
        spans = find(text)
        assert all(text[span.start : span.end] == span.text != "" for span in spans), find.__name__
        assert [span.start for span in spans] == sorted(span.start for span in spans), find.__name__


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXT)
def test_parsing_never_raises(text: str):
    for parse in PARSERS:
        parse(text)
    for day_first in (None, True, False):
        assert clinical.parse_date(text, day_first).raw == text


@pytest.mark.parametrize(
    "piece", ["1 ", "1", "one ", "in the ", "every ", " ", "\n", "1-", "1/", "1,", "(", "for pain "]
)
def test_long_runs_of_what_patterns_look_for_come_to_an_end(piece: str):
    """A pattern that tried every split of these would take hours."""
    text = piece * 3000
    for find in FINDERS:
        assert all(text[span.start : span.end] == span.text for span in find(text))
