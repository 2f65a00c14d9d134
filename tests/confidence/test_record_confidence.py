"""Confidence of values and records: what raises it, what lowers it, and what follows."""

from pathlib import Path

import pytest
from read_pages import TODAY, TRUE, lines, page, with_medication

from jsl_pipeline.confidence import load_model, shipped_model
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import MedicationCandidate, PatientCandidate, RecordStatus
from jsl_pipeline.schemas import ReadingSource as Source
from jsl_pipeline.stages import validate
from jsl_pipeline.store import Store
from jsl_pipeline.validation import PageReading, RecordResult, ValidationSettings, build_record

STRENGTH = "medications[0].strength"


def built(*pages: PageReading, review_below: float = 0.0) -> RecordResult:
    return build_record("d" * 64, len(pages), pages, today=TODAY, review_below=review_below)


def test_every_stated_value_and_the_record_have_one() -> None:
    result = built(page())
    assert {"patient.name", "prescriber.name", "date", "medications[1].frequency"} <= set(result.confidence.values)
    assert "patient.dob" not in result.confidence.values
    assert all(0 < each < 1 for each in (*result.confidence.values.values(), result.confidence.record))
    assert result.confidence.record > 0.8


def test_a_value_that_the_page_does_not_show_is_the_least_likely_one() -> None:
    result = built(page(with_medication(TRUE, 0, strength="850 mg")))
    confidences = result.confidence.values
    assert min(confidences, key=lambda path: confidences[path]) == STRENGTH
    assert result.confidence.record < built(page()).confidence.record
    assert result.confidence.of_medication(0) < result.confidence.of_medication(1)


def test_where_nothing_could_be_looked_for_is_neither_good_nor_bad() -> None:
    shown = built(page()).confidence.values[STRENGTH]
    unsought = built(page(seen=())).confidence.values[STRENGTH]
    unsupported = built(page(with_medication(TRUE, 0, strength="850 mg"))).confidence.values[STRENGTH]
    assert unsupported < unsought < shown


def test_what_ocr_is_unsure_of_is_less_likely_than_what_it_is_sure_of() -> None:
    sure = built(page(source=Source.OCR)).confidence.values
    unsure = built(page(source=Source.OCR, seen=lines(confidence=0.8))).confidence.values
    assert all(unsure[path] < sure[path] for path in sure)


def test_an_unsure_token_lowers_its_value_alone_and_a_sure_one_none() -> None:
    plain = built(page()).confidence.values
    told = built(page(probabilities={STRENGTH: 0.3, "patient.name": 0.9999})).confidence.values
    assert {path for path in plain if told[path] != plain[path]} == {STRENGTH}
    assert told[STRENGTH] < plain[STRENGTH]


def test_probabilities_follow_their_medication_through_answers_and_pages() -> None:
    unnamed = page(probabilities={"medications[1].strength": 0.3})
    text = unnamed.outcome.text.replace('"medications":[', '"medications":[{"dose":"one tablet"},')  # type: ignore[union-attr]
    second = PageReading(page_no=1, outcome=unnamed.outcome.model_copy(update={"text": text}), lines=unnamed.lines)
    assert built(second).confidence.values[STRENGTH] < built(page()).confidence.values[STRENGTH]
    other = TRUE.model_copy(
        update={"medications": (MedicationCandidate(name="Cetirizine", strength="10 mg", frequency="once daily"),)}
    )
    seen = lines(("Patient: Ann Moss", "1. Cetirizine 10 mg once daily"))
    third = page(other, seen=seen, page_no=2, probabilities={STRENGTH: 0.3})
    plain = built(page(), page(other, seen=seen, page_no=2)).confidence.values
    told = built(page(), third).confidence.values
    assert {path for path in plain if told[path] != plain[path]} == {"medications[2].strength"}


def test_a_line_with_a_strength_that_nothing_stands_on_makes_the_record_less_likely() -> None:
    more = (*lines(), lines(("also the other one 20 mg",))[0].model_copy(update={"box": (50, 400, 300, 430)}))
    with_one_more = built(page(source=Source.OCR, seen=more))
    assert not {each.code for each in with_one_more.issues} & {"medication_row_missing"}
    assert with_one_more.confidence.record < built(page(source=Source.OCR)).confidence.record / 2


def test_a_record_below_the_threshold_goes_to_review_and_says_why() -> None:
    assert built(page()).status is RecordStatus.COMPLETE
    result = built(page(), review_below=1.0)
    assert result.status is RecordStatus.SUSPECT
    assert [each.code for each in result.issues if each.severity == "doubt"] == ["confidence_low"]


def test_a_rules_doubt_says_more_and_no_threshold_takes_it_away() -> None:
    wrong = page(with_medication(TRUE, 0, strength="850 mg"))
    for threshold in (0.0, 1.0):
        result = built(wrong, review_below=threshold)
        assert result.status is RecordStatus.SUSPECT
        assert "confidence_low" not in {each.code for each in result.issues}


def test_a_document_of_which_nothing_was_read_has_one_too() -> None:
    assert 0 < built().confidence.record < 1
    empty = page(TRUE.model_copy(update={"patient": PatientCandidate(), "medications": ()}), seen=())
    assert 0 < built(empty).confidence.record < 1


def test_another_model_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "confidence.json"
    file.write_text(shipped_model().model_dump_json())
    assert load_model(str(file)) == shipped_model() == load_model(None)


def test_a_calibration_that_is_none_is_told_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    for name in ("nowhere.json", "other.json"):
        settings = ValidationSettings(calibration=str(tmp_path / name))
        with pytest.raises(SettingsError, match=r"validation\.calibration"):
            validate(Store(str(tmp_path / "store")), "2026-03-02", settings)
