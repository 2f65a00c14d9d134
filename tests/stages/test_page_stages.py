"""Preprocess and extract: resumable, idempotent, each page paid for once."""

import pytest

from jsl_pipeline.errors import StageOrderError
from jsl_pipeline.extraction import LocalReader
from jsl_pipeline.schemas import AnswerFlaw, Page, PageFailure, Reading
from jsl_pipeline.stages import account, extract, ingest, preprocess, validate

from .conftest import Pipeline, ScriptedEngine, draw, failure, reading

BLANK = draw()


@pytest.fixture
def batch(pipeline: Pipeline) -> str:
    for number in range(3):
        pipeline.drop(f"page{number}.png", draw(f"Patient: Ann Moss {number}", "Ibuprofen 400 mg twice daily"))
    pipeline.drop("blank.png", BLANK)
    (key,) = pipeline.close()
    ingest(pipeline.store, key, pipeline.settings)
    return key


def test_blank_pages_are_told_and_never_read(pipeline: Pipeline, batch: str) -> None:
    report = preprocess(pipeline.store, batch, pipeline.settings)
    assert (report.pages, report.prepared, report.blank, report.failed) == (4, 3, 1, 0)
    engine = ScriptedEngine()
    assert extract(pipeline.store, batch, LocalReader(engine)).extracted == 3
    assert len(engine.asked) == 3
    found = account(pipeline.store, batch)
    assert (found.pages, found.extracted, found.blank) == (4, 3, 1)
    assert found.pages_balance


def test_preprocessing_again_makes_the_same_rows_and_no_part_twice(pipeline: Pipeline, batch: str) -> None:
    preprocess(pipeline.store, batch, pipeline.settings)
    rows = pipeline.rows("pages")
    parts = {path: path.stat().st_mtime_ns for path in (pipeline.landing.parent / "store" / "pages").rglob("*.parquet")}
    preprocess(pipeline.store, batch, pipeline.settings)
    assert pipeline.rows("pages") == rows
    assert parts == {path: path.stat().st_mtime_ns for path in parts}


def test_changed_settings_make_new_parts_and_remove_the_old(pipeline: Pipeline, batch: str) -> None:
    preprocess(pipeline.store, batch, pipeline.settings)
    changed = pipeline.settings.model_copy(
        update={"preprocess": pipeline.settings.preprocess.model_copy(update={"encoding": "png"})}
    )
    before = {row["part"] for row in pipeline.rows("pages")}
    preprocess(pipeline.store, batch, changed)
    after = {row["part"] for row in pipeline.rows("pages")}
    assert before.isdisjoint(after)
    assert all(row["media_type"] == "image/png" for row in pipeline.rows("pages") if row["state"] == "prepared")
    kept = {f"pages/{batch}/{path.name}" for path in (pipeline.landing.parent / "store/pages" / batch).iterdir()}
    assert kept == after


def test_a_file_changed_after_ingest_fails_its_pages_alone(pipeline: Pipeline, batch: str) -> None:
    pipeline.drop("page1.png", draw("Patient: somebody else"))
    report = preprocess(pipeline.store, batch, pipeline.settings)
    assert (report.prepared, report.failed) == (2, 1)
    (failed,) = [row for row in pipeline.rows("pages") if row["state"] == "failed"]
    assert "changed after ingest" in str(failed["failure"])


def test_a_file_that_was_away_is_prepared_once_it_is_back(pipeline: Pipeline, batch: str) -> None:
    away = (pipeline.landing / "page1.png").read_bytes()
    (pipeline.landing / "page1.png").unlink()
    assert preprocess(pipeline.store, batch, pipeline.settings).failed == 1
    pipeline.drop("page1.png", away)
    report = preprocess(pipeline.store, batch, pipeline.settings)
    assert (report.prepared, report.failed) == (3, 0)
    assert len(pipeline.rows("pages")) == 4


def test_a_page_is_asked_once_over_reruns_and_batches(pipeline: Pipeline, batch: str) -> None:
    preprocess(pipeline.store, batch, pipeline.settings)
    engine = ScriptedEngine()
    extract(pipeline.store, batch, LocalReader(engine))
    rows = pipeline.rows("extractions")
    again = extract(pipeline.store, batch, LocalReader(engine))
    assert (again.asked, again.reused, len(engine.asked)) == (0, 3, 3)
    assert pipeline.rows("extractions") == rows


def test_equal_pages_of_a_batch_are_asked_once(pipeline: Pipeline) -> None:
    sheet = draw("Patient: Ann Moss", "Ibuprofen 400 mg twice daily")
    pipeline.drop("a.png", sheet)
    pipeline.drop("b.png", sheet + b"trailing bytes make another file")
    (key,) = pipeline.close()
    ingest(pipeline.store, key, pipeline.settings)
    preprocess(pipeline.store, key, pipeline.settings)
    engine = ScriptedEngine()
    report = extract(pipeline.store, key, LocalReader(engine))
    assert len(engine.asked) == 1
    assert (report.asked, report.reused, report.extracted) == (1, 1, 2)


def test_another_model_is_asked_anew(pipeline: Pipeline, batch: str) -> None:
    preprocess(pipeline.store, batch, pipeline.settings)
    extract(pipeline.store, batch, LocalReader(ScriptedEngine()))
    other = ScriptedEngine(model="other")
    assert extract(pipeline.store, batch, LocalReader(other)).asked == 3
    assert {row["model"] for row in pipeline.rows("extractions")} == {"other"}


@pytest.mark.parametrize(("retryable", "asked_again"), [(True, 1), (False, 0)])
def test_a_failed_page_leaves_its_neighbours_and_is_asked_again_only_if_that_may_help(
    pipeline: Pipeline, batch: str, retryable: bool, asked_again: int
) -> None:
    preprocess(pipeline.store, batch, pipeline.settings)
    bad = next(str(row["page_sha"]) for row in pipeline.rows("pages") if row["state"] == "prepared")

    def script(page: Page) -> Reading | PageFailure:
        return failure(retryable) if page.page_sha == bad else reading()

    report = extract(pipeline.store, batch, LocalReader(ScriptedEngine(script)))
    assert (report.extracted, report.failed) == (2, 1)
    assert extract(pipeline.store, batch, LocalReader(ScriptedEngine())).asked == asked_again


def test_a_page_that_the_engine_forgets_is_a_failure(pipeline: Pipeline, batch: str) -> None:
    preprocess(pipeline.store, batch, pipeline.settings)
    forgotten: list[str] = []

    def script(page: Page) -> Reading | None:
        if not forgotten:
            forgotten.append(page.page_sha)
            return None
        return reading()

    report = extract(pipeline.store, batch, LocalReader(ScriptedEngine(script)))
    assert (report.extracted, report.failed) == (2, 1)
    assert account(pipeline.store, batch).pages_balance


def test_what_was_wrong_with_an_accepted_answer_is_counted_and_reaches_the_record(
    pipeline: Pipeline, batch: str
) -> None:
    preprocess(pipeline.store, batch, pipeline.settings)
    flaws = [(AnswerFlaw.FENCED, AnswerFlaw.REPAIRED), (AnswerFlaw.FENCED,), ()]
    engine = ScriptedEngine(lambda page: reading().model_copy(update={"flaws": flaws.pop()}))
    report = extract(pipeline.store, batch, LocalReader(engine))
    assert report.by_flaw == {"fenced": 2, "repaired": 1}
    assert extract(pipeline.store, batch, LocalReader(engine)).by_flaw == report.by_flaw
    assert {row["flaws"] for row in pipeline.rows("extractions")} == {"fenced,repaired", "fenced", None}
    assert validate(pipeline.store, batch).issues_by_code["answer_repaired"] == 1
    (review,) = [row for row in pipeline.rows("review_queue") if "answer_repaired" in str(row["reasons"])]
    assert review["status"] == "suspect"


def test_answers_given_before_a_crash_are_kept(pipeline: Pipeline, batch: str) -> None:
    preprocess(pipeline.store, batch, pipeline.settings)
    answered: list[str] = []

    def script(page: Page) -> Reading:
        if len(answered) == 2:
            raise KeyboardInterrupt
        answered.append(page.page_sha)
        return reading()

    with pytest.raises(KeyboardInterrupt):
        extract(pipeline.store, batch, LocalReader(ScriptedEngine(script)))
    engine = ScriptedEngine()
    report = extract(pipeline.store, batch, LocalReader(engine))
    assert (report.asked, report.extracted) == (1, 3)
    assert set(engine.asked).isdisjoint(answered)


def test_pages_of_a_file_that_is_gone_since_make_no_record(pipeline: Pipeline, batch: str) -> None:
    preprocess(pipeline.store, batch, pipeline.settings)
    extract(pipeline.store, batch, LocalReader(ScriptedEngine()))
    for gone in ("page1.png", "blank.png"):
        (pipeline.landing / gone).unlink()
    ingest(pipeline.store, batch, pipeline.settings)  # its pages were not prepared anew
    assert validate(pipeline.store, batch).documents == 2
    assert {row["path"] for row in pipeline.rows("prescriptions")} == {"page0.png", "page2.png"}


def test_stages_out_of_order_say_which_comes_first(pipeline: Pipeline) -> None:
    pipeline.drop("a.png", draw("Patient: Ann Moss"))
    (key,) = pipeline.close()
    with pytest.raises(StageOrderError, match="`documents` first"):
        preprocess(pipeline.store, key, pipeline.settings)
    with pytest.raises(StageOrderError, match="`pages` first"):
        extract(pipeline.store, key, LocalReader(ScriptedEngine()))
    ingest(pipeline.store, key, pipeline.settings)
    with pytest.raises(StageOrderError, match="`pages` first"):
        extract(pipeline.store, key, LocalReader(ScriptedEngine()))
    preprocess(pipeline.store, key, pipeline.settings)
    with pytest.raises(StageOrderError, match="`extractions` first"):
        validate(pipeline.store, key)


def test_a_lost_page_is_found_by_the_accounts(pipeline: Pipeline, batch: str) -> None:
    preprocess(pipeline.store, batch, pipeline.settings)
    extract(pipeline.store, batch, LocalReader(ScriptedEngine()))
    from jsl_pipeline.store import ExtractionRow

    kept = [ExtractionRow.model_validate(row) for row in pipeline.rows("extractions")[1:]]
    pipeline.store.tables.replace("extractions", batch, lambda: kept)
    found = account(pipeline.store, batch)
    assert not found.pages_balance
    assert not found.finished
    assert [page.found for page in found.misplaced] == [0]
