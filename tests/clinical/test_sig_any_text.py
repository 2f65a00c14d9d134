"""Whatever a line holds, reading it ends quickly, and what is not understood is marked."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsl_pipeline.clinical.sig import parse_sig
from jsl_pipeline.schemas import Repeat, Sig
from tests.clinical.sig_notation import said
from tests.clinical.test_sig_lines import LINES as WHOLE_LINES
from tests.clinical.test_sig_prescriptions import AMERICAN, BRITISH, INDIAN
from tests.clinical.test_sig_tables import TABLES

LINES = [line for table in (*TABLES.values(), AMERICAN, BRITISH, INDIAN) for line, _ in table]
# Pieces of directions, put together in ways that nobody writes.
WORDS = """
1 2 0 30 ½ half a one two 1-0-1 1-2 500mg 5 ml mg/5ml 10% tab tablets of puffs gtt drops take apply inhale every
each q4-6h q bd tds od OD OU hs stat once twice daily weekly times a day week in the morning at night 8am 08:00
25:99 before after meals ac pc prn as needed for pain fever x 7/7 2/52 10 days weeks until finished ongoing then
and or plus , . ; ( ) - # disp qty refills no not max 8 in 24 hours do not exceed per day reduce by until
stopped first day 1: week 2 mon wed friday to left eye po sl iv im with food water amoxicillin Vitamin D3 over
30 minutes doses iii ss ² ７ \x00 '
"""
PIECES = st.sampled_from([*WORDS.split(), "\n"])
TEXT = st.one_of(
    st.text(max_size=60), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=25).map("".join)
)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(TEXT)
def test_any_text_gives_a_valid_sig_with_spans_of_it(text: str) -> None:
    sig = parse_sig(text)
    assert Sig.model_validate(sig.model_dump()) == sig
    for dosage in sig.dosages:
        if dosage.timing:
            Repeat.model_validate(dosage.timing.repeat.model_dump())
    starts = [span.start for span in sig.unparsed]
    assert starts == sorted(starts)
    assert all(text[span.start : span.end] == span.text != "" for span in (*sig.unparsed, *sig.respelt))
    assert [each.sequence for each in sig.dosages] == sorted(each.sequence for each in sig.dosages)


@pytest.mark.parametrize("word", ["zorp", "q9z"])
def test_a_strange_word_anywhere_is_marked_or_kept(word: str) -> None:
    """No place in a line swallows a word: it is marked, or stands in a field that keeps words."""
    for line in LINES:
        if not parse_sig(line).understood:
            continue
        for gap in [0, *(match.start() for match in re.finditer(r"\s", line)), len(line)]:
            text = f"{line[:gap]} {word} {line[gap:]}".strip()
            sig = parse_sig(text)
            kept = [
                sig.drug,
                *(word for each in sig.dosages for word in (each.as_needed_for, *each.additional_instruction)),
            ]
            assert not sig.understood or any(word in (each or "") for each in kept), text


def test_every_number_of_a_line_counts() -> None:
    """One more in any place but the number of the row, and the line says another thing, or is not understood."""
    for line in (*LINES, *WHOLE_LINES[::2]):
        sig = parse_sig(line)
        for match in re.finditer(r"\d+(?!\) [A-Z])", line) if sig.understood else ():
            changed = f"{line[: match.start()]}{int(match.group()) + 1}{line[match.end() :]}"
            assert said(parse_sig(changed)) != said(sig), changed


@pytest.mark.parametrize(
    "line", ["Take {} tablets daily", "1 tablet {} times a day", "1 every {} hours", "1 for {} days"]
)
def test_a_number_said_twice_has_to_agree(line: str) -> None:
    assert parse_sig(line.format("two (2)")).understood
    assert parse_sig(line.format("2 (two)")).understood
    assert not parse_sig(line.format("two (3)")).understood
    assert not parse_sig(line.format("3 (two)")).understood


@pytest.mark.parametrize("number", range(1, 13))
def test_the_number_of_a_row_is_no_dose(number: int) -> None:
    for row in (f"{number}. Tab Pan 40 OD", f"{number}) Metformin 500 mg BD"):
        doses = [dose for each in parse_sig(row).dosages for dose in each.dose_and_rate]
        assert all(dose.dose_quantity and dose.dose_quantity.value != number for dose in doses), row


@pytest.mark.parametrize(
    "piece", ["1 ", "one ", "take ", "1 tablet daily ", "1-0-1 ", "then ", "for pain ", "(", "a", "ii ", "not "]
)
def test_long_lines_come_to_an_end(piece: str) -> None:
    """A pattern that tried every split of these would take hours."""
    text = piece * 2000
    assert parse_sig(text).text == text


def test_a_slip_is_read_and_said() -> None:
    sig = parse_sig("Tkae 1 capsuel daily")
    assert sig.understood
    assert [span.text for span in sig.respelt] == ["Tkae", "capsuel"]


def test_number_words_are_never_guessed() -> None:
    for text in ("tke tree tablets daily", "fve ml daily", "take tow tablets twce daily"):
        assert not parse_sig(text).understood
