"""Worker processes: one a core, each item in time or named as the one that failed.

Documents come from strangers and the libraries that open them are native code: a file may hang or crash its
process. The pool (pebble) restarts a lost worker and tells which item it was working on; its neighbours go
on. Items are pulled as workers become free, so a long stream is never held in memory.
"""

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing.context import BaseContext, ForkServerContext, ForkServerProcess
from types import ModuleType, TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

import cv2
from pebble import ProcessExpired, ProcessPool

from jsl_pipeline.errors import PipelineError
from jsl_pipeline.schemas import FailureCause, PageFailure

if sys.platform != "win32":
    import resource

Item = TypeVar("Item")
Result = TypeVar("Result")

# Loaded once by the server that workers are forked from. Names, because this layer knows none of them.
_PRELOADED = ["jsl_pipeline.stages", "jsl_pipeline.engines", "onnxruntime", "rapidocr"]
_MAIN_LOCK = threading.Lock()


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Work(Generic[Item, Result]):
    """One function for many items, and what each may take. All of it can be pickled."""

    function: Callable[[Item], Result]
    timeout: float
    """Seconds an item."""
    weigh: Callable[[Item], int]
    """Bytes that an item brings to whoever works on it."""
    memory_bytes: int | None = None
    """Address space of the process that works on it."""


class Pool(Protocol):
    """Where items are worked on: the cores of this machine, or executors of a cluster."""

    def map(self, work: Work[Item, Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result | PageFailure]]:
        """Results with their items, as they are ready; see `Workers.map` for what becomes of errors.

        Items are taken as there is room for them.
        """
        ...


@dataclass(frozen=True)
class LocalPool:
    """The cores of this machine."""

    count: int | None = None
    """Processes; one a core where unset."""

    def map(self, work: Work[Item, Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result | PageFailure]]:
        """Work on items in processes that live until the last is done; none are started for none."""
        source = iter(items)
        for first in source:
            with Workers(work.function, self.count, work.timeout, memory_bytes=work.memory_bytes) as workers:
                yield from workers.map(chain([first], source))


class Workers(Generic[Item, Result]):
    """A pool of processes that apply one function to a stream of items.

    `function` and `initializer` are module-level; items and results can be pickled. `timeout` is in seconds
    an item. `memory_bytes` bounds the address space of a process, where the system can: a file that makes a
    library ask for more loses that process instead of the machine. Use as a context manager; leaving stops the
    processes at once.
    """

    def __init__(
        self,
        function: Callable[[Item], Result],
        count: int | None,
        timeout: float,
        initializer: Callable[..., None] | None = None,
        initargs: tuple[Any, ...] = (),
        memory_bytes: int | None = None,
    ) -> None:
        self._function = function
        self._timeout = timeout
        self.count = count or available_cores()
        self._pool = ProcessPool(
            max_workers=self.count,
            initializer=_start_worker,
            initargs=(os.getpid(), memory_bytes, initializer, initargs),
            context=_context(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.stop()
        self._pool.join()

    def map(self, items: Iterable[Item]) -> Iterator[tuple[Item, Result | PageFailure]]:
        """Results with their items, as they are ready. Two items a worker are in flight.

        A PipelineError that `function` raises is raised here; any other error, a time-out or a lost process
        is a PageFailure for its item alone.
        """
        source = iter(items)
        waiting: dict[Future[Result], Item] = {}
        while True:
            for item in islice(source, 2 * self.count - len(waiting)):
                waiting[self._pool.schedule(self._function, args=(item,), timeout=self._timeout)] = item
            if not waiting:
                return
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), self._outcome(future)

    def _outcome(self, future: "Future[Result]") -> Result | PageFailure:
        error = future.exception()
        if error is None:
            return future.result()
        if isinstance(error, PipelineError):
            raise error  # concerns the run as a whole, not this item
        if isinstance(error, TimeoutError):
            message = f"No result after {self._timeout:.0f} s."
            return PageFailure(cause=FailureCause.TIMEOUT, message=message, retryable=True)
        if isinstance(error, ProcessExpired):
            message = f"The worker process died (exit code {error.exitcode})."
            return PageFailure(cause=FailureCause.CRASHED, message=message, retryable=True)
        # The text of an unforeseen error may quote the document, so only its type is told.
        message = f"Unforeseen {type(error).__name__} in the worker."
        return PageFailure(cause=FailureCause.ENGINE, message=message, retryable=True)


def _context() -> BaseContext:
    """Processes forked from a clean server that has loaded the native libraries once, where there is fork."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = _BareMainContext()
    context.set_forkserver_preload(_PRELOADED)
    return context


class _BareMainProcess(ForkServerProcess):
    def start(self) -> None:
        with _bare_main():
            super().start()


class _BareMainContext(ForkServerContext):
    Process = _BareMainProcess


@contextmanager
def _bare_main() -> Generator[None]:
    """Keep a worker from importing the program that started us: Dagster's takes seconds to load."""
    with _MAIN_LOCK:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def _start_worker(
    owner: int, memory_bytes: int | None, initializer: Callable[..., None] | None, initargs: tuple[Any, ...]
) -> None:
    threading.Thread(target=_leave_with, args=(owner,), daemon=True).start()
    cv2.setNumThreads(1)  # one process a core: more threads would fight over the cores
    if memory_bytes is not None and sys.platform == "linux":
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = memory_bytes if most == resource.RLIM_INFINITY else min(memory_bytes, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    if initializer is not None:
        initializer(*initargs)


def _leave_with(owner: int) -> None:
    """End this worker soon after its owner is gone, killed ones included."""
    while True:
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            os._exit(1)
        time.sleep(1)
