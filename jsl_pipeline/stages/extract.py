"""Extract: every prepared page of a batch is answered, once."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence

from pydantic import Field, TypeAdapter

from jsl_pipeline.errors import StageOrderError
from jsl_pipeline.extraction import Reader
from jsl_pipeline.schemas import EngineCalls, FailureCause, Fingerprint, PageFailure, Reading, TextLine, Value
from jsl_pipeline.stages.progress import Progress, silent
from jsl_pipeline.store import Answers, ExtractionRow, PageRow, Store, digest

_UNANSWERED = PageFailure(cause=FailureCause.ENGINE, message="The engine gave no answer.", retryable=True)
_LINES: TypeAdapter[tuple[TextLine, ...]] = TypeAdapter(tuple[TextLine, ...])


class ExtractReport(Value):
    """What extraction made of a batch."""

    fingerprint: Fingerprint
    pages: int
    asked: int = Field(description="Distinct pages that the engine was asked for in this run.")
    reused: int = Field(description="Pages answered from the journal, or by an equal page of the batch.")
    extracted: int
    failed: int
    by_source: dict[str, int] = Field(description="Extracted pages by where their words came from.")
    by_flaw: dict[str, int] = Field(default={}, description="Extracted pages by what was wrong with their answers.")
    engine_seconds: float = Field(description="Time the engine worked on the pages asked, summed over workers.")
    calls: EngineCalls | None = Field(default=None, description="What was asked of an endpoint in this run.")
    seconds: float


def extract(store: Store, batch_key: str, reader: Reader, progress: Progress = silent) -> ExtractReport:
    """Have `reader` answer the batch's prepared pages and replace its rows in `extractions`.

    Pages with an answer under the reader's fingerprint are not asked again. Raises EngineError, StoreError.
    """
    started = time.perf_counter()
    rows = _prepared(store, batch_key)
    answers = store.answers(reader.fingerprint)
    todo = _unanswered(rows, answers)
    failures: dict[str, PageFailure] = {}
    engine_seconds = 0.0
    for done, asked in enumerate(reader.read(store, todo) if todo else (), start=1):
        engine_seconds += asked.seconds
        if asked.failure:
            failures[asked.page_sha] = asked.failure
        progress(len(rows) - len(todo) + done, len(rows))
    states: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    flaws: Counter[str] = Counter()

    def results() -> Iterator[ExtractionRow]:
        states.clear()
        sources.clear()
        flaws.clear()
        for row in rows:
            sha = row.page_sha or ""
            outcome = answers.get(sha) or failures.get(sha, _UNANSWERED)
            result = _extraction_row(row, outcome, reader.fingerprint)
            states[result.state] += 1
            if result.source:
                sources[result.source] += 1
            if result.flaws:
                flaws.update(result.flaws.split(","))
            yield result

    store.tables.replace("extractions", batch_key, results)
    return ExtractReport(
        fingerprint=reader.fingerprint,
        pages=len(rows),
        asked=len(todo),
        reused=len(rows) - len(todo),
        extracted=states["extracted"],
        failed=states["failed"],
        by_source=dict(sorted(sources.items())),
        by_flaw=dict(sorted(flaws.items())),
        engine_seconds=engine_seconds,
        calls=reader.calls,
        seconds=time.perf_counter() - started,
    )


def _prepared(store: Store, batch_key: str) -> list[PageRow]:
    rows = [PageRow(**row) for row in store.tables.read("pages", batch_key).to_pylist()]
    documents = store.tables.read("documents", batch_key, ["duplicate_of"]).to_pylist()
    ingested = documents or store.tables.count("rejected", batch_key)
    if not rows and (not ingested or any(row["duplicate_of"] is None for row in documents)):
        raise StageOrderError(f"Batch '{batch_key}' has no pages yet: materialise `pages` first.")
    prepared = [row for row in rows if row.state == "prepared"]
    return sorted(prepared, key=lambda row: (row.part or "", row.document_id or "", row.page_no))


def _unanswered(rows: Sequence[PageRow], answers: Answers) -> list[PageRow]:
    """The rows to ask for: the first of each distinct page that the journal does not know."""
    distinct: dict[str, PageRow] = {}
    for row in rows:
        if row.page_sha is not None:
            distinct.setdefault(row.page_sha, row)
    return [row for sha, row in distinct.items() if answers.get(sha) is None]


def _extraction_row(row: PageRow, outcome: Reading | PageFailure, fingerprint: Fingerprint) -> ExtractionRow:
    result = ExtractionRow(
        batch=row.batch,
        document_id=row.document_id,
        page_no=row.page_no,
        page_sha=row.page_sha or "",
        state="failed",
        fingerprint=digest(fingerprint),
        engine=fingerprint.engine,
        model=fingerprint.model,
    )
    if isinstance(outcome, PageFailure):
        return result.model_copy(update={"failure_cause": outcome.cause.value, "failure": outcome.message})
    return result.model_copy(
        update={
            "state": "extracted",
            "source": outcome.source.value,
            "finish_reason": outcome.finish_reason,
            "flaws": ",".join(outcome.flaws) or None,
            "seconds": outcome.seconds,
            "prompt_tokens": outcome.prompt_tokens,
            "completion_tokens": outcome.completion_tokens,
            "answer": outcome.text,
            "lines": _LINES.dump_json(outcome.lines).decode(),
        }
    )
