"""The emulator's own record of what it did for whom: one line an invocation, no content."""

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


class RequestLog:
    """Keeps the last entries in memory and writes each to a file at once, where there is one."""

    def __init__(self, path: Path | None) -> None:
        self.entries: deque[LogEntry] = deque(maxlen=_KEPT)
        self.outcomes: Counter[str] = Counter()
        self._file = path.open("a", encoding="utf-8", buffering=1) if path is not None else None

    def add(self, entry: LogEntry) -> None:
        """Record an invocation; the line is handed to the system before this returns."""
        self.entries.append(entry)
        self.outcomes[entry.outcome] += 1
        if self._file is not None:
            self._file.write(entry.model_dump_json() + "\n")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
