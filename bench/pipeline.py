"""What the pipeline costs: `make bench`.

1. Ingest and preprocess, pages a second on one core.
2. The whole run against bare RapidOCR over the same prepared pages with the same number of processes, and how
   busy the cores are. Text layers are not used, so that both read the same pixels.
3. Peak memory of the whole process tree at 100 and at 1,000 pages.

Documents are drawn by the project's own generator with a fixed seed, or taken from --documents FOLDER.
"""

import argparse
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import psutil

from jsl_pipeline import stages
from jsl_pipeline.batches import Batching, close_waiting
from jsl_pipeline.engines.recognise import Recogniser
from jsl_pipeline.settings import Settings
from jsl_pipeline.store import Store
from jsl_pipeline.synthetic import write_volume
from jsl_pipeline.workers import available_cores


@dataclass
class Meter:
    """Wall time, share of the machine's cores that was busy, and peak memory of this process tree."""

    wall: float = 0.0
    busy: float = 0.0
    peak_mb: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._stop.wait(0.5):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss  # shared pages are counted once
                except psutil.NoSuchProcess:
                    continue  # it ended since it was listed
            self.peak_mb = max(self.peak_mb, total / 2**20)


@contextmanager
def metered() -> Iterator[Meter]:
    meter = Meter()
    watch = threading.Thread(target=meter._watch)
    watch.start()
    started, before = time.perf_counter(), psutil.cpu_times()._asdict()
    try:
        yield meter
    finally:
        meter.wall = time.perf_counter() - started
        meter.busy = _busy_share(before, psutil.cpu_times()._asdict())
        meter._stop.set()
        watch.join()


def _busy_share(before: dict[str, float], after: dict[str, float]) -> float:
    """Of the whole machine: workers are grandchildren, whose time is not added to ours. Nothing else should run."""
    spent = {name: after[name] - before[name] for name in ("user", "system", "nice", "idle", "iowait")}
    return 1 - (spent["idle"] + spent["iowait"]) / sum(spent.values())


def closed(folder: Path, store: Path, **changes: object) -> tuple[Store, Settings, str]:
    settings = Settings(landing=str(folder), store=str(store), **changes)
    opened = settings.open_store()
    everything = Batching(max_files=100_000, settle_seconds=0)
    (batch,) = close_waiting(opened, settings.open_landing(), everything, datetime.now(UTC))
    return opened, settings, batch.key


def preprocess_speed(folder: Path, store: Path) -> dict[str, float]:
    """Pages a second of ingest and preprocess with one worker, start of the worker included."""
    opened, settings, key = closed(folder, store, workers=1)
    with metered() as meter:
        stages.ingest(opened, key, settings)
        report = stages.preprocess(opened, key, settings)
    return {"pages": report.pages, "seconds": meter.wall, "pages_a_second_a_core": report.pages / meter.wall}


def _bare_worker(images: "multiprocessing.Queue[bytes | None]") -> None:
    cv2.setNumThreads(1)
    recogniser = Recogniser()
    while (image := images.get()) is not None:
        recogniser.lines(cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR))


def bare_rapidocr(images: list[bytes], processes: int) -> Meter:
    """RapidOCR and nothing else over encoded pages: as many processes, one queue, models loaded by each."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    for image in [*images, *[None] * processes]:
        queue.put(image)
    with metered() as meter:
        workers = [context.Process(target=_bare_worker, args=(queue,)) for _ in range(processes)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    return meter


def whole_run(folder: Path, store: Path) -> tuple[Meter, dict[str, float]]:
    """`jsl-pipeline run` as a user starts it: a new process, all four stages, tables written."""
    command = [str(Path(sys.executable).with_name("jsl-pipeline")), "run", str(folder), "--store", str(store), "--json"]
    environment = os.environ | {"JSL_ENGINE__TEXT_LAYER": "false", "JSL_BATCHING__MAX_FILES": "100000"}
    with metered() as meter:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return meter, json.loads(done.stdout)


def prepared_images(store: Path) -> list[bytes]:
    opened = Store(str(store))
    parts = dict.fromkeys(opened.tables.read("pages")["part"].to_pylist())
    return [page.image for part in parts if part for page in opened.parts.pages(part)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, help="folder of documents for 1 and 2 instead of drawn ones")
    parser.add_argument("--memory", type=int, nargs="*", default=[100, 1000], help="page counts for 3; none skips it")
    arguments = parser.parse_args()
    cores = available_cores()
    print(f"{platform.processor() or platform.machine()}, {cores} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        documents = arguments.documents or _drawn(folder / "landing", 100)
        speed = preprocess_speed(documents, folder / "speed")
        print(f"ingest + preprocess  {speed['pages']:.0f} pages, {speed['pages_a_second_a_core']:.1f} pages/s a core")
        run, summary = whole_run(documents, folder / "store")
        bare = bare_rapidocr(prepared_images(folder / "store"), cores)
        pages = summary["extracted"]
        print(f"bare RapidOCR        {bare.wall:.1f} s, {pages / bare.wall:.2f} pages/s, {_busy(bare)}")
        print(f"whole run            {run.wall:.1f} s, {pages / run.wall:.2f} pages/s, {_busy(run)}")
        print(f"whole run / bare     {run.wall / bare.wall:.3f}  (limit 1.15)")
        for count in arguments.memory:
            meter, _ = whole_run(_drawn(folder / f"memory{count}", count), folder / f"store{count}")
            print(f"peak memory          {count} pages: {meter.peak_mb:.0f} MB, {meter.wall:.0f} s")


def _drawn(folder: Path, pages: int) -> Path:
    write_volume(folder, pages, seed=1)
    return folder


def _busy(meter: Meter) -> str:
    return f"cores {meter.busy:.0%} busy"


if __name__ == "__main__":
    main()
