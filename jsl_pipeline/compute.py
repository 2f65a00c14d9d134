"""From settings to the compute that a stage is given."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Self

from jsl_pipeline.clusters import ComputeChoice, DatabricksCompute, InlineCompute, SparkCompute
from jsl_pipeline.errors import MissingExtra, SettingsError
from jsl_pipeline.schemas import PageFailure
from jsl_pipeline.settings import Settings
from jsl_pipeline.stages import Compute, Inline, Progress, Stage
from jsl_pipeline.stages.stage import Report, Tell
from jsl_pipeline.store import Store
from jsl_pipeline.workers import Item, LocalPool, Result, Work


@contextmanager
def open_compute(settings: Settings, needs: str, tell: Tell) -> Generator[Compute]:
    """The compute that is set for `cpu` or `gpu` work, for the length of a `with` block.

    Raises MissingExtra, ComputeError; SettingsError where only Dagster can start it.
    """
    match _choice(settings, needs):
        case InlineCompute():
            yield Inline(settings.workers)
        case SparkCompute() as choice:
            try:
                from jsl_pipeline.spark import open_spark
            except ModuleNotFoundError as error:
                if (error.name or "").split(".")[0] not in ("pyspark", "py4j"):
                    raise
                raise MissingExtra("spark", "Compute on Spark") from None
            with open_spark(choice, tell) as compute:
                yield compute
        case DatabricksCompute():
            raise SettingsError(
                f"`compute.{needs}` is a cluster that Dagster starts: materialise the batch there, or set `kind` to "
                "inline or spark here."
            )


class StageRunner:
    """Runs stages one after the other, as a context manager.

    Compute stays open while the next stage is set to the same: a session on a cluster takes seconds to start.
    """

    def __init__(self, settings: Settings, tell: Tell) -> None:
        self._settings = settings
        self._tell = tell
        self._opened = ExitStack()
        self._compute: tuple[ComputeChoice, Compute] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    def run(self, stage: Stage[Report], store: Store, batch_key: str, progress: Progress) -> Report:
        """Run one stage of a batch where the settings say. Raises PipelineError."""
        return stage.run(store, batch_key, self._settings, self._open(stage.needs), progress, self._tell)

    def _open(self, needs: str) -> Compute:
        choice = _choice(self._settings, needs)
        if self._compute is None or self._compute[0] != choice:
            self._opened.close()
            self._compute = None
            self._compute = choice, self._opened.enter_context(open_compute(self._settings, needs, self._tell))
        return self._compute[1]


def run_stage(
    stage: Stage[Report], store: Store, batch_key: str, settings: Settings, progress: Progress, tell: Tell
) -> Report:
    """Run one stage of a batch where the settings say. Raises PipelineError."""
    with StageRunner(settings, tell) as runner:
        return runner.run(stage, store, batch_key, progress)


def _choice(settings: Settings, needs: str) -> ComputeChoice:
    return settings.compute.cpu if needs == "cpu" else settings.compute.gpu


@dataclass(frozen=True)
class CpuPool:
    """The compute set for `cpu` work as a pool, which is opened only when there is work."""

    settings: Settings
    tell: Tell

    def map(self, work: Work[Item, Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result | PageFailure]]:
        """As `Pool.map`."""
        source = iter(items)
        if isinstance(self.settings.compute.cpu, DatabricksCompute):  # its clusters live for whole stages only
            yield from LocalPool(self.settings.workers).map(work, source)
            return
        for first in source:
            with open_compute(self.settings, "cpu", self.tell) as compute:
                yield from compute.pool.map(work, chain([first], source))
