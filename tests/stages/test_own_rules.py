"""Rules of a user's own, through the stage that runs them."""

import json

import pytest

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.extraction import LocalReader
from jsl_pipeline.settings import load_settings
from jsl_pipeline.stages import VALIDATE, Inline, ValidateReport, extract, ingest, preprocess, silent

from .conftest import Pipeline, ScriptedEngine, draw

MODULE = "tests.stages.own_rules"


def validated(pipeline: Pipeline, *rules: str, documents: int = 1) -> ValidateReport:
    for number in range(documents):
        pipeline.drop(f"{number}.png", draw(f"Patient: Ann Moss {number}", "Ibuprofen 400 mg twice daily"))
    (batch,) = pipeline.close()
    settings = load_settings(
        **pipeline.settings.model_dump(exclude={"validation"}),
        validation={"rules": [f"{MODULE}:{rule}" for rule in rules], "ocr": False},
    )
    ingest(pipeline.store, batch, settings)
    preprocess(pipeline.store, batch, settings)
    extract(pipeline.store, batch, LocalReader(ScriptedEngine()))
    return VALIDATE.run(pipeline.store, batch, settings, Inline(1), silent, print)


def test_without_own_rules_the_document_is_trusted(pipeline: Pipeline) -> None:
    report = validated(pipeline)
    assert (report.complete, report.suspect) == (1, 0)


def test_a_rule_that_is_named_in_the_settings_sends_to_review(pipeline: Pipeline) -> None:
    report = validated(pipeline, "no_ibuprofen")
    assert report.issues_by_code == {"not_in_formulary": 1, "evidence_missing": 1}
    (review,) = pipeline.rows("review_queue")
    assert review["reasons"] == "not_in_formulary"


def test_rules_reach_the_workers(pipeline: Pipeline) -> None:
    report = validated(pipeline, "tells_where_it_runs", documents=17)
    assert report.issues_by_code == {"in_worker": 17, "evidence_missing": 17}


@pytest.mark.parametrize(("rule", "error"), [("breaks", "LookupError"), ("yields_words", "ValidationError")])
def test_a_rule_that_breaks_is_told_by_name_and_no_document_is_lost(pipeline: Pipeline, rule: str, error: str) -> None:
    report = validated(pipeline, rule, "tells_where_it_runs")
    assert (report.complete, report.issues_by_code) == (1, {"evidence_missing": 1, "in_caller": 1, "rule_failed": 1})
    (row,) = pipeline.rows("prescriptions")
    (failed,) = [issue for issue in json.loads(str(row["issues"])) if issue["code"] == "rule_failed"]
    assert failed["severity"] == "info"
    assert f"{MODULE}:{rule}" in failed["message"]
    assert error in failed["message"]
    assert "Ann" not in failed["message"]


@pytest.mark.parametrize("rule", ["not_there", "NOT_A_RULE"])
def test_a_name_that_is_no_rule_is_a_wrong_setting(pipeline: Pipeline, rule: str) -> None:
    with pytest.raises(SettingsError, match=f"{MODULE}:{rule}"):
        validated(pipeline, rule)


def test_a_name_of_another_shape_is_told_when_settings_are_loaded() -> None:
    with pytest.raises(SettingsError, match=r"validation\.rules"):
        load_settings(validation={"rules": ["my_package.rules"]})
