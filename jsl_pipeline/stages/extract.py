"""Extract: every prepared page of a batch is answered, once."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from pydantic import Field, TypeAdapter

from jsl_pipeline.errors import StageOrderError
from jsl_pipeline.extraction import PreparedPage, Reader
from jsl_pipeline.schemas import EngineCalls, FailureCause, Fingerprint, PageFailure, Reading, TextLine, Value
from jsl_pipeline.stages.progress import Bottleneck, Pace, Progress, find_bottleneck, silent
from jsl_pipeline.store import Answers, ExtractionRow, Store, digest

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
    by_second_look: dict[str, int] = Field(
        default={}, description="Extracted pages whose first answer had problems, by what a second question came to."
    )
    engine_seconds: float = Field(description="Time the engine worked on the pages asked, summed over workers.")
    calls: EngineCalls | None = Field(default=None, description="What was asked of a model in this run.")
    seconds: float

    @property
    def pace(self) -> Pace:
        """How this run went."""
        calls = self.calls or EngineCalls()
        return Pace(
            done=self.pages,
            total=self.pages,
            seconds=self.seconds,
            per_second=self.asked / self.seconds if self.seconds > 0 else 0.0,
            dollars=calls.dollars,
            dollars_per_page=calls.dollars / self.asked if calls.dollars is not None and self.asked else None,
            gpu_idle=calls.gpu_idle,
            bottleneck=find_bottleneck(calls) if self.calls else Bottleneck.CPU,
        )


def extract(store: Store, batch_key: str, reader: Reader, progress: Progress = silent) -> ExtractReport:
    """Have `reader` answer the batch's prepared pages and replace its rows in `extractions`.

    Pages with an answer under the reader's fingerprint are not asked again. Raises EngineError, StoreError.
    """
    started = time.perf_counter()
    pages = _prepared(store, batch_key)
    answers = store.answers(reader.fingerprint)
    todo = unanswered(pages, answers)
    failures: dict[str, PageFailure] = {}
    engine_seconds = 0.0

    def look() -> EngineCalls | None:
        return reader.calls

    progress(len(pages) - len(todo), len(pages), look)
    for done, asked in enumerate(reader.read(store, todo) if todo else (), start=1):
        engine_seconds += asked.seconds
        if asked.failure:
            failures[asked.page_sha] = asked.failure
        progress(len(pages) - len(todo) + done, len(pages), look)
    states: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    flaws: Counter[str] = Counter()
    second_looks: Counter[str] = Counter()

    def results() -> Iterator[ExtractionRow]:
        states.clear()
        sources.clear()
        flaws.clear()
        second_looks.clear()
        for page in pages:
            outcome = answers.get(page.page_sha) or failures.get(page.page_sha, _UNANSWERED)
            result = _extraction_row(batch_key, page, outcome, reader.fingerprint)
            states[result.state] += 1
            if result.source:
                sources[result.source] += 1
            if result.flaws:
                flaws.update(result.flaws.split(","))
            if isinstance(outcome, Reading) and outcome.asked_again:
                second_looks[outcome.asked_again.outcome] += 1
            yield result

    store.tables.replace("extractions", batch_key, results)
    return ExtractReport(
        fingerprint=reader.fingerprint,
        pages=len(pages),
        asked=len(todo),
        reused=len(pages) - len(todo),
        extracted=states["extracted"],
        failed=states["failed"],
        by_source=dict(sorted(sources.items())),
        by_flaw=dict(sorted(flaws.items())),
        by_second_look=dict(sorted(second_looks.items())),
        engine_seconds=engine_seconds,
        calls=reader.calls,
        seconds=time.perf_counter() - started,
    )


def _prepared(store: Store, batch_key: str) -> list[PreparedPage]:
    pages: list[PreparedPage] = []
    for row in store.tables.rows("pages", batch_key, ["state", *PreparedPage._fields]):
        if row["state"] == "prepared":
            part, document_id = sys.intern(row["part"]), sys.intern(row["document_id"])  # one text for many pages
            pages.append(PreparedPage(part, document_id, row["page_no"], row["page_sha"]))
    if not pages and not store.tables.count("pages", batch_key):
        _check_ingested(store, batch_key)
    return sorted(pages)


def _check_ingested(store: Store, batch_key: str) -> None:
    """A batch without pages is in order only where each of its documents is a duplicate."""
    documents = store.tables.read("documents", batch_key, ["duplicate_of"]).to_pylist()
    ingested = documents or store.tables.count("rejected", batch_key)
    if not ingested or any(row["duplicate_of"] is None for row in documents):
        raise StageOrderError(f"Batch '{batch_key}' has no pages yet: materialise `pages` first.")


def unanswered(pages: Sequence[PreparedPage], answers: Answers) -> list[PreparedPage]:
    """The pages to ask for: the first of each that are equal, unless the journal knows them."""
    distinct: dict[str, PreparedPage] = {}
    for page in pages:
        distinct.setdefault(page.page_sha, page)
    return [page for page in distinct.values() if answers.get(page.page_sha) is None]


def _extraction_row(
    batch_key: str, page: PreparedPage, outcome: Reading | PageFailure, fingerprint: Fingerprint
) -> ExtractionRow:
    result = ExtractionRow(
        batch=batch_key,
        document_id=page.document_id,
        page_no=page.page_no,
        page_sha=page.page_sha,
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
            "probabilities": json.dumps(dict(outcome.probabilities)) if outcome.probabilities else None,
            "asked_again": outcome.asked_again.model_dump_json() if outcome.asked_again else None,
        }
    )
