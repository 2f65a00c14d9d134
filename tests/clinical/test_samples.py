"""The writings of real documents and directions, where the sample folder is there."""

import json
from pathlib import Path
from typing import Any

import pytest

from jsl_pipeline.clinical import find_frequencies, parse_date, parse_frequency, parse_strength

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample documents are not beside this checkout")


def labels() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((SAMPLES / "labels").glob("*.json"))]


def sigs(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / "sigs" / name).read_text().splitlines()]


def test_every_labelled_frequency_is_understood_as_labelled():
    medications = [each for label in labels() for each in label["medications"] if each["frequency"]]
    assert len(medications) > 100
    for medication in medications:
        frequency = parse_frequency(medication["frequency"])
        assert frequency is not None
        assert (frequency.per_day, frequency.prn) == (medication["frequency_per_day"], medication["prn"])
        assert len(find_frequencies(medication["frequency"])) == 1


def test_every_labelled_strength_has_its_number():
    strengths = [each["strength"] for label in labels() for each in label["medications"] if each["strength"]]
    assert len(strengths) > 100
    for text in strengths:
        strength = parse_strength(text)
        assert strength is not None
        assert strength.unit is not None
        assert f"{strength.value:g}" in text


def test_labelled_dates_with_one_reading_are_read_so():
    for label in labels():
        for written in (label["patient"]["dob"], label["date"]):
            iso = written and parse_date(written["raw"], None).iso
            assert iso is None or iso == written["iso"]


def test_parsigs_frequencies():
    days = {"Hour": 1 / 24, "Day": 1.0, "Week": 7.0, "Month": 30.0}
    singles = [each for each in sigs("parsigs.jsonl") if len(each["expected"]) == 1]
    for each in singles:
        expected = each["expected"][0]
        frequency = parse_frequency(each["sig"])
        if expected["frequencyType"] is None:
            assert frequency is None
            continue
        assert frequency is not None
        period = days[expected["frequencyType"]] * expected["interval"] / (expected["times"] or 1)
        times = round(1 / period) if period <= 1 else 0
        exact = times if times and abs(1 / period - times) < 0.01 else None  # every 7 hours is no number a day
        assert frequency.per_day == exact, each["sig"]
        assert frequency.period_days == (pytest.approx(period) if period > 1 else None), each["sig"]
        assert frequency.prn == expected["takeAsNeeded"], each["sig"]
