"""A small landing folder and an engine that needs no model."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import cv2
import numpy as np
import pytest

from jsl_pipeline.batches import close_batch, waiting_files
from jsl_pipeline.schemas import FailureCause, Fingerprint, Page, PageAnswer, PageFailure, Reading, ReadingSource
from jsl_pipeline.settings import Settings
from jsl_pipeline.store import Store


def draw(*lines: str) -> bytes:
    """A sheet with lines of print, as PNG."""
    sheet = np.full((1000, 800), 255, np.uint8)
    for number, line in enumerate(lines):
        cv2.putText(sheet, line, (60, 90 + 60 * number), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 0, 2, cv2.LINE_AA)
    return cv2.imencode(".png", sheet)[1].tobytes()


class ScriptedEngine:
    """Answers every page with the same candidate, or as `script` says; counts what it was asked."""

    def __init__(
        self, script: Callable[[Page], Reading | PageFailure | None] | None = None, model: str = "scripted"
    ) -> None:
        self.asked: list[str] = []
        self._script = script or (lambda page: reading())
        self._model = model

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(engine="scripted", model=self._model, prompt="none", schema_name="candidate@1")

    @property
    def calls(self) -> None:
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def read(self, pages: Iterable[Page]) -> Iterator[PageAnswer]:
        for page in pages:
            self.asked.append(page.page_sha)
            outcome = self._script(page)
            if outcome is not None:
                yield PageAnswer(
                    document_id=page.document_id, page_no=page.page_no, page_sha=page.page_sha, outcome=outcome
                )


def reading(name: str = "Ann Moss") -> Reading:
    """What a page says that names a patient, a doctor and one drug."""
    candidate = {
        "patient": {"name": name},
        "prescriber": {"name": "Dr. Ida Holm"},
        "date": "2026-02-01",
        "medications": [{"name": "Ibuprofen", "strength": "400 mg", "frequency": "twice daily"}],
    }
    return Reading(text=json.dumps(candidate), source=ReadingSource.MODEL, seconds=0.5)


def failure(retryable: bool) -> PageFailure:
    return PageFailure(cause=FailureCause.ENGINE, message="The engine refused.", retryable=retryable)


class Pipeline:
    """A landing folder with its store, and the batches made of it."""

    def __init__(self, folder: Path) -> None:
        self.landing = folder / "landing"
        self.landing.mkdir()
        self.settings = Settings(landing=str(self.landing), store=str(folder / "store"), workers=1)
        self.store: Store = self.settings.open_store()
        self._hour = 0

    def drop(self, name: str, data: bytes) -> None:
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def close(self, max_files: int = 1000) -> list[str]:
        """Close what waits; each call an hour later."""
        self._hour += 1
        now = datetime(2026, 3, 1, self._hour, tzinfo=UTC)
        files = waiting_files(self.store, landing := self.settings.open_landing())
        chunks = [files[start : start + max_files] for start in range(0, len(files), max_files)]
        return [close_batch(self.store, landing, chunk, now).key for chunk in chunks]

    def rows(self, table: str, batch: str | None = None) -> list[dict[str, object]]:
        rows = self.store.tables.read(table, batch).to_pylist()
        return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path)
