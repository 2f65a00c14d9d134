"""The four stages as values: what assets, the command line and clusters run, wherever the work is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from jsl_pipeline.engines import EngineSettings, OcrSettings
from jsl_pipeline.extraction import LocalReader, Reader, reading_engine
from jsl_pipeline.schemas import Value
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.settings import Settings
from jsl_pipeline.stages.extract import ExtractReport, extract
from jsl_pipeline.stages.ingest import IngestReport, ingest
from jsl_pipeline.stages.preprocess import PreprocessReport, preprocess
from jsl_pipeline.stages.progress import Progress
from jsl_pipeline.stages.validate import ValidateReport, validate
from jsl_pipeline.stages.watched import WatchedReader
from jsl_pipeline.store import Store
from jsl_pipeline.workers import LocalPool, Pool

Report = TypeVar("Report", bound=Value)

Tell = Callable[[str], None]
"""Takes a sentence for people about what is waited for."""


class Compute(Protocol):
    """Where the work of a stage is done. The rows that come of it are the same."""

    @property
    def pool(self) -> Pool:
        """Cores, for files, pages and documents."""
        ...

    def reader(self, engine: EngineSettings, tell: Tell) -> Reader:
        """Engines, for prepared pages."""
        ...


@dataclass(frozen=True)
class Inline:
    """This process and its workers."""

    workers: int | None = None
    """CPU worker processes; one a core where unset."""

    @property
    def pool(self) -> Pool:
        """The cores of this machine."""
        return LocalPool(self.workers)

    def reader(self, engine: EngineSettings, tell: Tell) -> Reader:
        """One engine in this process."""
        return LocalReader(reading_engine(engine, tell))


@dataclass(frozen=True)
class Stage(Generic[Report]):
    """One stage of a batch."""

    name: Literal["ingest", "preprocess", "extract", "validate"]
    needs: Literal["cpu", "gpu"]
    report: type[Report]
    run: Callable[[Store, str, Settings, Compute, Progress, Tell], Report]
    """Store, batch, settings, where the work is done, how far it is, and what it waits for."""


def _extract(
    store: Store, batch_key: str, settings: Settings, compute: Compute, progress: Progress, tell: Tell
) -> ExtractReport:
    reader = compute.reader(settings.engine, tell)
    if isinstance(settings.engine, EndpointSettings):
        reader = WatchedReader(reader, settings.engine, batch_key)
    return extract(store, batch_key, reader, progress)


def evidence_reader(settings: Settings, compute: Compute, tell: Tell) -> Reader | None:
    """Who reads scans that a model alone has read, so that values can be looked for there; None where nobody is to."""
    return compute.reader(OcrSettings(workers=settings.workers), tell) if settings.validation.ocr else None


def _validate(
    store: Store, batch_key: str, settings: Settings, compute: Compute, progress: Progress, tell: Tell
) -> ValidateReport:
    ocr = evidence_reader(settings, compute, tell)
    return validate(store, batch_key, settings.validation, progress, compute.pool, ocr, tell)


INGEST = Stage("ingest", "cpu", IngestReport, lambda s, b, settings, c, p, _: ingest(s, b, settings, p, c.pool))
PREPROCESS = Stage(
    "preprocess", "cpu", PreprocessReport, lambda s, b, settings, c, p, _: preprocess(s, b, settings, p, c.pool)
)
EXTRACT = Stage("extract", "gpu", ExtractReport, _extract)
VALIDATE = Stage("validate", "cpu", ValidateReport, _validate)

STAGES: tuple[Stage[Any], ...] = (INGEST, PREPROCESS, EXTRACT, VALIDATE)
"""In the order in which a batch goes through them."""
