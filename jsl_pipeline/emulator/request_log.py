"""The emulator's own record of what it did for whom: one line an invocation or task, no content."""

from collections import Counter, deque
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from jsl_pipeline.schemas import Value

_KEPT = 200_000


class LogEntry(Value):
    """One invocation and how it ended."""

    time: datetime
    at_seconds: float = Field(description="Simulated time of its end.")
    request_id: str | None = Field(description="Header X-Request-Id.")
    outcome: Literal["answered", "status", "closed", "client_gone"] = Field(
        description="`answered`: written out to a client that was still connected. `closed`: we ended the connection."
    )
    status: int | None
    protocol: str | None
    pages: tuple[str, ...] = Field(description="sha256 of each image, where hashing is on.")
    page_count: int
    spoiled: dict[int, str] = Field(description="Effects on the text of single pages, by position from 0.")
    fault: str | None = Field(description="Effect that struck the whole request.")
    bytes_in: int
    bytes_out: int
    queue_seconds: float
    service_seconds: float


class RunEntry(Value):
    """One task of a submitted run and how it ended."""

    time: datetime
    run_id: int
    run_name: str
    task_key: str
    what: str = Field(description="The file, or package:entry_point, that it ran.")
    cluster_id: str
    node_type: str | None
    workers: tuple[int, int] = Field(description="Asked for: at the start, and at most.")
    result: str = Field(description="`result_state` of the task.")
    code: str = Field(description="Of the termination details.")
    exit_code: int | None = Field(description="Of the process; negative for a signal, none where it never ran.")
    start_seconds: float | None = Field(description="Real seconds until it ran.")
    run_seconds: float | None = Field(description="Real seconds that it ran.")


class RequestLog:
    """Keeps the last entries in memory and writes each to a file at once, where there is one."""

    def __init__(self, path: Path | None) -> None:
        self.entries: deque[LogEntry] = deque(maxlen=_KEPT)
        self.runs: deque[RunEntry] = deque(maxlen=_KEPT)
        self.outcomes: Counter[str] = Counter()
        self._file = path.open("a", encoding="utf-8", buffering=1) if path is not None else None

    def add(self, entry: LogEntry) -> None:
        """Record an invocation; the line is handed to the system before this returns."""
        self.entries.append(entry)
        self.outcomes[entry.outcome] += 1
        self._write(entry)

    def add_run(self, entry: RunEntry) -> None:
        """Record a task of a run that ended."""
        self.runs.append(entry)
        self._write(entry)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _write(self, entry: Value) -> None:
        if self._file is not None:
            self._file.write(entry.model_dump_json() + "\n")
