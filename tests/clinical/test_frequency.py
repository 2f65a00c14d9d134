import pytest

from jsl_pipeline.clinical import Frequency, find_frequencies, parse_frequency

TIMES_A_DAY = [
    ("Once daily", 1),
    ("8 am and 12 noon", 2),
    ("8am, 2 pm and 8pm", 3),
    ("OM", 1),
    ("on", 1),
    ("once a day", 1),
    ("Daily", 1),
    ("every day", 1),
    ("take 1 tablet a day", 1),
    ("1/day", 1),
    ("OD", 1),
    ("o.d.", 1),
    ("QD", 1),
    ("HS", 1),
    ("q.h.s.", 1),
    ("qAM", 1),
    ("every morning", 1),
    ("morning", 1),
    ("evening", 1),
    ("mane", 1),
    ("nocte", 1),
    ("Take once at night", 1),
    ("Take at bedtime", 1),
    ("before breakfast", 1),
    ("once daily in the morning", 1),
    ("every 24 hours", 1),
    ("nightly", 1),
    ("2.5mg OM", 1),
    ("40 mg ON", 1),
    ("0--0--1", 1),
    ("0-0-1", 1),
    ("Once daily for 5 days (tapering dose)", 1),
    ("1 tablet to be taken at 08:00", 1),
    ("Twice daily", 2),
    ("twice daily after meals", 2),
    ("Take 2 times daily", 2),
    ("2x daily", 2),
    ("2 (two) times daily", 2),
    ("500 mg BDS", 2),
    ("½-0-½", 2),
    ("1/2-0-1", 2),
    ("BD with meals", 2),
    ("b.i.d.", 2),
    ("every 12 hours", 2),
    ("twice daily (every 12 hours)", 2),
    ("morning and evening", 2),
    ("two tablets in the morning and one at night", 2),
    ("daily, in the morning and at bedtime", 2),
    ("with breakfast and dinner", 2),
    ("80mg at 8am and 40mg at 2pm", 2),
    ("1-0-1", 2),
    ("1 - 0 - 1", 2),
    ("2-0-2", 2),
    ("1-0-0-1", 2),
    ("Three times daily", 3),
    ("thrice a day", 3),
    ("3x/day", 3),
    ("Take 1 capsule 3 (three) times a day", 3),
    ("every 8 (eight) hours", 3),
    ("x3 daily", 3),
    ("TDS", 3),
    ("t.i.d.", 3),
    ("every 8 hours", 3),
    ("8 hourly", 3),
    ("1-1-1", 3),
    ("at breakfast, lunch and dinner", 3),
    ("take 1 or 2 3 times/day", 3),
    ("1-2 four times a day", 4),
    ("QDS", 4),
    ("QID", 4),
    ("q6h", 4),
    ("every six hours", 4),
    ("5 times a day", 5),
    ("q4h", 6),
]
READ_BY_OCR = [
    ("Twicedaily", 2),
    ("Oncedaily", 1),
    ("Takeonce daily", 1),
    ("500mgTwice daily", 2),
    ("Three times DaiIy", 3),
    ("tw1ce dally", 2),
    ("0nce daily", 1),
    ("3 tiems a day", 3),
    ("1-O-1", 2),
]
NOT_DAILY = [
    ("once/week", 7),
    ("weekly", 7),
    ("three times a week", 7 / 3),
    ("every other day", 2),
    ("alternate days", 2),
    ("QOD", 2),
    ("every 3 days", 3),
    ("q.4.d", 4),
    ("every 72 hours", 3),
    ("fortnightly", 14),
    ("once a month", 30),
]
NO_FREQUENCY = [
    "BP 130/85 mmHg",
    "Temp 98.6 F",
    "17/12/2020",
    "2-0-2023",
    "12-1-1",
    "567-45-5412",
    "Type 2 diabetes",
    "HbA1c 7.2%",
    "activities of daily living",
    "seen this morning",
    "max 8 tablets daily",
    "do not exceed 4 g per day",
    "for 5 days",
    "with meals",
    "Dr. J. Smith, MBBS, MD, PhD",
    "DR14144B",
    "Use as directed",
    "24/7",
    "at once",
]


@pytest.mark.parametrize(("text", "per_day"), TIMES_A_DAY + READ_BY_OCR)
def test_times_a_day(text: str, per_day: float):
    frequency = parse_frequency(text)
    assert frequency is not None
    assert (frequency.per_day, frequency.period_days, frequency.prn) == (per_day, None, False)


@pytest.mark.parametrize(("text", "period_days"), NOT_DAILY)
def test_longer_than_a_day_keeps_the_period_and_says_no_times_a_day(text: str, period_days: float):
    frequency = parse_frequency(text)
    assert frequency is not None
    assert frequency.per_day is None
    assert frequency.period_days == pytest.approx(period_days)


@pytest.mark.parametrize("text", NO_FREQUENCY)
def test_says_nothing_on_how_often(text: str):
    assert parse_frequency(text) is None
    assert find_frequencies(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("As needed for pain", Frequency(prn=True, prn_reason="pain")),
        ("Take as needed", Frequency(prn=True)),
        ("SOS for fever", Frequency(prn=True, prn_reason="fever")),
        ("when headache starts", Frequency(prn=True, prn_reason="headache")),
        ("if pain persists", Frequency(prn=True, prn_reason="pain")),
        ("Twice daily as needed", Frequency(per_day=2, prn=True)),
        ("4 times a day when required", Frequency(per_day=4, prn=True)),
        ("q.d.s. p.r.n.", Frequency(per_day=4, prn=True)),
        ("QHS PRN for sleep", Frequency(per_day=1, prn=True, prn_reason="sleep")),
        ("four times a day for pain when required", Frequency(per_day=4, prn=True, prn_reason="pain")),
    ],
)
def test_as_needed(text: str, expected: Frequency):
    assert parse_frequency(text) == expected


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("every 4-6 hours", 6),
        ("q4-6h", 6),
        ("two to three times a day", 3),
        ("2-3 times daily", 3),
        ("up to four times a day", 4),
    ],
)
def test_range_or_limit_gives_the_most_and_no_exact_number(text: str, most: float):
    assert parse_frequency(text) == Frequency(max_per_day=most)


@pytest.mark.parametrize(
    "text", ["daily for 5 days then weekly", "twice daily, three times daily", "every 5 hours", "STAT", "take once"]
)
def test_no_one_number_is_said(text: str):
    assert parse_frequency(text) == Frequency()


def test_the_same_frequency_in_every_phase_stands():
    assert parse_frequency("2 tablets twice daily for 3 days, then 1 tablet twice daily") == Frequency(per_day=2)


def test_od_is_the_right_eye_beside_a_frequency_of_drops():
    assert parse_frequency("1 drop OD BID") == Frequency(per_day=2)
    assert parse_frequency("1 tablet OD") == Frequency(per_day=1)


@pytest.mark.parametrize(
    ("line", "spans"),
    [
        ("Ibuprofen 400mg twice daily after meals", ["twice daily after meals"]),
        ("Aspirin 75mg OD, Atorvastatin 40mg HS", ["OD", "HS"]),
        ("Albuterol 2 puffs As needed for wheezing", ["As needed for wheezing"]),
        ("Take 1 capsule twice daily (every 12 hours) with food", ["twice daily (every 12 hours)"]),
        ("Once daily\nTwice daily", ["Once daily", "Twice daily"]),
    ],
)
def test_spans_hold_the_words_that_belong_together(line: str, spans: list[str]):
    found = find_frequencies(line)
    assert [span.text for span in found] == spans
    assert all(line[span.start : span.end] == span.text for span in found)


@pytest.mark.parametrize("text", ["tree times a day", "several times daily", "th ree times a day"])
def test_times_that_cannot_be_read_give_no_number(text: str) -> None:
    (said,) = find_frequencies(text)
    assert said.value.per_day is None
    again = parse_frequency(said.text)
    assert again is not None
    assert again.per_day is None


@pytest.mark.parametrize("text", ["Anita Rao BDS", "TAKE 40 MG ON MONDAYS", "ON ARRIVAL", "OM PRAKASH"])
def test_capitals_that_only_look_like_shorthand(text: str) -> None:
    assert find_frequencies(text) == []
