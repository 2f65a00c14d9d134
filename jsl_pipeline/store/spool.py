"""Values put aside until all are there, on disk: a batch of any size takes the same memory."""

import pickle
import sqlite3
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

from jsl_pipeline.errors import StoreError

Kept = TypeVar("Kept")


class Spool(Generic[Kept]):
    """Values in the order of their places. Use as a context manager; leaving forgets them.

    They lie in a temporary file of this machine that has no name and goes with its process (an SQLite database opened
    with an empty name: https://www.sqlite.org/inmemorydb.html#temp_db). Up to 2 MB of them stay in memory.
    """

    def __init__(self) -> None:
        # The writer of tables takes rows from a thread of its own; no two threads use a spool at the same time.
        self._database = sqlite3.connect("", check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")  # nothing is ever rolled back
        self._database.execute("CREATE TABLE spool (place INTEGER, value BLOB)")
        self._database.execute("CREATE INDEX places ON spool (place)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.close()

    def __iter__(self) -> Iterator[Kept]:
        return (value for _, value in self.items())

    def add(self, place: int, value: Kept) -> None:
        """Put a value aside. Of several at one place, the first stays the first. Raises StoreError on a full disk."""
        try:
            self._database.execute("INSERT INTO spool VALUES (?, ?)", (place, pickle.dumps(value)))
        except sqlite3.Error as error:
            raise StoreError(
                f"Rows cannot wait in this machine's temporary folder ({error}); make room there, or set TMPDIR."
            ) from error

    def items(self) -> Iterator[tuple[int, Kept]]:
        """Places and values, in order."""
        for place, data in self._database.execute("SELECT place, value FROM spool ORDER BY place, rowid"):
            yield place, pickle.loads(data)
