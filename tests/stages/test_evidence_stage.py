"""What a model says of a page with a text layer is looked for there."""

import json
from random import Random

from jsl_pipeline.engines import OcrEngine, OcrSettings
from jsl_pipeline.extraction import LocalReader
from jsl_pipeline.schemas import Candidate, MedicationCandidate, PatientCandidate, PrescriberCandidate, Reading
from jsl_pipeline.schemas import ReadingSource as Source
from jsl_pipeline.stages import ValidateReport, extract, ingest, preprocess, validate
from jsl_pipeline.synthetic.camera import Look
from jsl_pipeline.synthetic.prescriptions import letterhead_list
from jsl_pipeline.synthetic.volume import as_document

from .conftest import Pipeline, ScriptedEngine, draw

DRAWN = letterhead_list(Random(3))
TRUE = Candidate(
    patient=PatientCandidate(name=DRAWN.label.patient.name),
    prescriber=PrescriberCandidate(name=DRAWN.label.prescriber.name),
    date=DRAWN.label.date and DRAWN.label.date.raw,
    medications=tuple(
        MedicationCandidate(name=each.name, strength=each.strength, frequency=each.frequency)
        for each in DRAWN.label.medications
    ),
)
INVENTED = MedicationCandidate(name="Fluoxetine", strength="20 mg", frequency="once daily")


def validated(pipeline: Pipeline, said: Candidate, *files: tuple[str, bytes]) -> ValidateReport:
    for name, data in files:
        pipeline.drop(name, data)
    (batch,) = pipeline.close()
    ingest(pipeline.store, batch, pipeline.settings)
    preprocess(pipeline.store, batch, pipeline.settings)
    answer = Reading(text=said.model_dump_json(exclude_none=True), source=Source.MODEL, seconds=1)
    extract(pipeline.store, batch, LocalReader(ScriptedEngine(lambda page: answer)))
    return validate(pipeline.store, batch)


def test_what_stands_in_the_text_layer_is_trusted(pipeline: Pipeline) -> None:
    report = validated(pipeline, TRUE, ("letter.pdf", DRAWN.pdf))
    assert (report.complete, "evidence_missing" in report.issues_by_code) == (1, False)


def test_what_a_model_adds_goes_to_review_and_what_it_drops(pipeline: Pipeline) -> None:
    assert INVENTED.name not in {each.name for each in TRUE.medications}
    said = TRUE.model_copy(update={"medications": (*TRUE.medications[1:], INVENTED)})
    report = validated(pipeline, said, ("letter.pdf", DRAWN.pdf))
    assert report.suspect == 1
    assert {"medication_unsupported": 1, "medication_row_missing": 1}.items() <= report.issues_by_code.items()


def test_a_scan_that_a_model_alone_has_read_says_so(pipeline: Pipeline) -> None:
    report = validated(pipeline, TRUE, ("scan.png", draw("A sheet", "of print")))
    assert (report.complete, report.issues_by_code["evidence_missing"]) == (1, 1)


def test_ocr_reads_such_a_scan_once_and_values_are_looked_for_in_its_words(pipeline: Pipeline) -> None:
    scan = as_document("scan.png", lambda rng: DRAWN, Look.CLEAN, Random(1)).data
    said = TRUE.model_copy(update={"medications": (*TRUE.medications[1:], INVENTED)})
    assert "medication_unsupported" not in validated(pipeline, said, ("scan.png", scan)).issues_by_code
    (batch,) = pipeline.store.tables.batches("extractions")
    reader, told = LocalReader(OcrEngine(OcrSettings(workers=1))), list[str]()
    report = validate(pipeline.store, batch, ocr=reader, tell=told.append)
    assert report.suspect == 1
    assert {"medication_unsupported": 1, "medication_row_missing": 1}.items() <= report.issues_by_code.items()
    assert "evidence_missing" not in report.issues_by_code
    assert len(told) == 1
    assert validate(pipeline.store, batch, ocr=reader, tell=told.append).suspect == 1
    assert len(told) == 1


def test_without_the_parts_of_its_pages_a_batch_is_validated_and_says_so(pipeline: Pipeline) -> None:
    validated(pipeline, TRUE, ("letter.pdf", DRAWN.pdf))
    (batch,) = pipeline.store.tables.batches("extractions")
    pipeline.store.parts.remove_others(batch, keep=set())
    assert validate(pipeline.store, batch).issues_by_code["evidence_missing"] == 1


def test_tables_say_where_values_stand_and_what_directions_mean(pipeline: Pipeline) -> None:
    validated(pipeline, TRUE, ("letter.pdf", DRAWN.pdf))
    prescription, first = (pipeline.store.tables.read(name).to_pylist()[0] for name in ("prescriptions", "medications"))
    assert json.loads(prescription["evidence"])["patient.name"]["page_no"] == 1
    name = json.loads(first["evidence"])["name"]
    assert (name["match"], len(name["boxes"][0])) == ("exact", 4)
    (step,) = json.loads(first["dosage"])
    assert step["timing"]["repeat"]["period_unit"] == "d"
    assert first["dosage_understood"]
