"""A page whose first answer fails validation, through extraction and validation: it is asked about once more."""

import json

from jsl_pipeline.emulator import CannedReader, Effect, EmulatorSettings, Fault, ScaleToZero, running
from jsl_pipeline.engines import EndpointSettings
from jsl_pipeline.extraction import LocalReader, reading_engine
from jsl_pipeline.schemas import Reading, SecondLookOutcome
from jsl_pipeline.stages import ExtractReport, extract, ingest, preprocess, validate

from .conftest import Pipeline
from .test_evidence_stage import DRAWN, TRUE


def extracted(pipeline: Pipeline, batch: str, *faults: Fault) -> tuple[ExtractReport, int]:
    """What a model makes of the batch that knows what the letter says; and the requests it had."""
    awake = ScaleToZero(enabled=False)
    canned = CannedReader(text=TRUE.model_dump_json(exclude_none=True))
    with running(EmulatorSettings(port=0, faults=faults, reader=canned, scale_to_zero=awake)) as emulator:
        settings = EndpointSettings.model_validate(
            {
                "url": emulator.url,
                "name": "jsl-vl",
                "token": "emulator-token",
                "model": "m",
                "token_probabilities": True,
            }
        )
        reader = LocalReader(reading_engine(settings))
        report = extract(pipeline.store, batch, reader)
        answers = pipeline.store.answers(reader.fingerprint)
        for row in pipeline.rows("extractions", batch):
            assert isinstance(journaled := answers.get(str(row["page_sha"])), Reading)
            assert journaled.text == row["answer"]
        return report, len(emulator.log)


def prepared(pipeline: Pipeline) -> str:
    pipeline.drop("letter.pdf", DRAWN.pdf)
    (batch,) = pipeline.close()
    ingest(pipeline.store, batch, pipeline.settings)
    preprocess(pipeline.store, batch, pipeline.settings)
    return batch


def test_a_slip_is_put_right_journaled_and_recorded(pipeline: Pipeline) -> None:
    batch = prepared(pipeline)
    slip = Fault(effect=Effect.SHIFT_DECIMAL, question="first")
    report, requests = extracted(pipeline, batch, slip)
    assert (report.by_second_look, requests) == ({"improved": 1}, 2)
    (row,) = pipeline.rows("extractions")
    look = json.loads(str(row["asked_again"]))
    assert (look["outcome"], look["after"]) == (SecondLookOutcome.IMPROVED, [])
    assert "value_unsupported" in look["before"]
    assert json.loads(str(row["probabilities"]))["medications[0].strength"] > 0.9
    report = validate(pipeline.store, batch)
    assert report.complete == 1
    assert report.issues_by_code["answer_asked_again"] == 1

    again, requests = extracted(pipeline, batch, slip)
    assert (again.asked, again.by_second_look, requests) == (0, {"improved": 1}, 0)


def test_a_slip_that_stays_goes_to_review_with_what_came_of_asking(pipeline: Pipeline) -> None:
    batch = prepared(pipeline)
    report, _ = extracted(pipeline, batch, Fault(effect=Effect.SHIFT_DECIMAL))
    assert report.by_second_look == {"unchanged": 1}
    assert validate(pipeline.store, batch).suspect == 1
    (review,) = pipeline.rows("review_queue")
    (issue,) = [each for each in json.loads(str(review["issues"])) if each["code"] == "answer_asked_again"]
    assert issue["severity"] == "info"
    assert issue["message"] == "Page 1: the answer has problems; a second one had as many."


def test_a_page_without_a_second_look_has_neither(pipeline: Pipeline) -> None:
    batch = prepared(pipeline)
    report, requests = extracted(pipeline, batch)
    assert (report.by_second_look, requests) == ({}, 1)
    assert pipeline.rows("extractions")[0]["asked_again"] is None
    assert "answer_asked_again" not in validate(pipeline.store, batch).issues_by_code
