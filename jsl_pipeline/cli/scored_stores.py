"""The stores that an evaluation scores: one that is there, or one that is filled first."""

from collections.abc import Generator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from jsl_pipeline.cli.run import run_landing
from jsl_pipeline.engines import EngineSettings
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.settings import Settings, load_settings
from jsl_pipeline.store import Store

_ENGINE: TypeAdapter[EngineSettings] = TypeAdapter(EngineSettings)


@contextmanager
def store_to_score(store: str | None, documents: str | None, engine: str | None, console: Console) -> Generator[Store]:
    """The store, for the length of a `with` block.

    `documents` are read into it first, by `engine` where one is named, with progress on `console`; without `store` it
    is a temporary one. Pages that this engine has answered before are not asked again. Raises PipelineError.
    """
    if documents is None:
        if engine is not None:
            raise SettingsError("--engine says who reads --documents: give both, or neither.")
        yield load_settings(store=store).open_store()
        return
    with TemporaryDirectory(prefix="jsl-evaluate-") as temporary:
        settings = _with_engine(load_settings(landing=documents, store=store or temporary), engine)
        # Finished batches, too: their records may be another engine's.
        run_landing(settings, again=True, console=console)
        yield settings.open_store()


def _with_engine(settings: Settings, kind: str | None) -> Settings:
    """The engine that is set, where it is of that kind; else one of that kind with its defaults."""
    if kind is None or settings.engine.kind == kind:
        return settings
    try:
        return settings.model_copy(update={"engine": _ENGINE.validate_python({"kind": kind})})
    except ValidationError as error:
        reasons = "; ".join(": ".join([*map(str, each["loc"][1:]), each["msg"]]) for each in error.errors())
        raise SettingsError(
            f"--engine {kind} cannot read with its defaults: set JSL_ENGINE__KIND and what it needs. {reasons}"
        ) from None
