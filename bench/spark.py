"""What a Spark cluster costs beside one machine: `make bench-spark`.

1. speed    Pages a second of each stage on this machine's workers, and on a standalone cluster with a worker a core,
            whose driver, master and workers take their time from the same cores. Start-up is apart.
2. memory   Peak of the driver, its Python and its Java process, over all stages, at some pages and at 20 times as many.
3. traffic  Bytes that went through shuffles, and to the driver as results of tasks, by Spark's own event log.

Nothing else should run meanwhile. In full, an hour or so.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import psutil
from PIL import Image

from bench.endpoint.driving import in_child
from bench.endpoint.scripted import AWAKE, scripted
from bench.figures import Figure, Scale, conditions, plain, show, verdict
from jsl_pipeline.batches import Batching, close_waiting
from jsl_pipeline.clusters import ComputeSettings
from jsl_pipeline.compute import StageRunner, open_compute
from jsl_pipeline.emulator import EmulatorSettings, Latency
from jsl_pipeline.engines import EngineSettings, OcrSettings
from jsl_pipeline.settings import Settings
from jsl_pipeline.stages import STAGES, silent
from jsl_pipeline.store import Store
from jsl_pipeline.synthetic import write_volume
from jsl_pipeline.workers import Work, available_cores
from tests.spark.acting import act, one
from tests.spark.cluster import Cluster

_PAGES_A_FILE = 10
_ALL = ("ingest", "preprocess", "extract", "validate")


@dataclass(frozen=True)
class Drive:
    """Stages that were run over one batch, in a process of its own."""

    seconds: dict[str, float]
    python_mb: float
    java_mb: float


def drive(settings: Settings) -> Drive:
    """Run all stages over a landing folder; call it in a fresh process, whose memory is its alone."""
    seconds: dict[str, float] = {}
    store = settings.open_store()
    everything = Batching(max_files=10**6, settle_seconds=0)
    (batch,) = close_waiting(store, settings.open_landing(), everything, datetime.now(UTC))
    with ExitStack() as opened:
        started = opened.enter_context(open_compute(settings, "cpu", _quiet))
        warm = Work(act, timeout=60, weigh=one)
        deque(started.pool.map(warm, range(2 * available_cores())), maxlen=0)  # start-up is not the stages'
        runner = opened.enter_context(StageRunner(settings, _quiet))
        for stage in STAGES:
            began = time.perf_counter()
            runner.run(stage, store, batch.key, silent)
            seconds[stage.name] = time.perf_counter() - began
        java = [child for child in psutil.Process().children(recursive=True) if child.name() == "java"]
        java_mb = max((_peak_mb(child.pid) for child in java), default=0.0)
        python_mb = _peak_mb(psutil.Process().pid)
    return Drive(seconds, python_mb, java_mb)


def _quiet(sentence: str) -> None:
    """Progress is not measured."""


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


@dataclass(frozen=True)
class Bench:
    """A cluster, a folder to work in, and how much to measure."""

    folder: Path
    cluster: Cluster
    scale: Scale

    @property
    def compute(self) -> ComputeSettings:
        """This cluster for CPU and GPU stages, logging its events."""
        events = self.folder / "events"
        events.mkdir(exist_ok=True)
        log = {"enabled": "true", "dir": events.as_uri(), "compress": "false", "rolling.enabled": "false"}
        choice = self.cluster.compute()
        conf = {
            **choice.conf,
            **{f"spark.eventLog.{name}": value for name, value in log.items()},
            "spark.driver.extraJavaOptions": "-XX:+UseSerialGC",  # an optimised Java, as in production
            "spark.executor.extraJavaOptions": "-XX:+UseSerialGC",
        }
        on_cluster = choice.model_copy(update={"conf": conf})
        return ComputeSettings(cpu=on_cluster, gpu=on_cluster)

    def settings(self, landing: Path, store: str, engine: EngineSettings, spark: bool) -> Settings:
        """A store of its own over a landing folder."""
        compute = self.compute if spark else ComputeSettings()
        return Settings(landing=str(landing), store=str(self.folder / store), engine=engine, compute=compute)

    def speed(self) -> Iterator[Figure]:
        """Every stage on both over the same pages, read by a scripted endpoint; and fewer pages read by OCR."""
        with scripted(_answering()) as endpoint:
            yield from self._compared(self.scale.count(2000, 60), "endpoint", endpoint.client(), _ALL)
        yield from self._compared(self.scale.count(100, 10), "ocr", OcrSettings(text_layer=False), ("extract",))

    def _compared(self, pages: int, name: str, engine: EngineSettings, shown: Sequence[str]) -> Iterator[Figure]:
        landing = self.folder / f"landing{pages}"
        in_child(write_volume, landing, pages)
        inline = in_child(drive, self.settings(landing, f"store-{name}-inline", engine, spark=False))
        spread = in_child(drive, self.settings(landing, f"store-{name}-spark", engine, spark=True))
        for stages in (*((stage,) for stage in shown), *((shown,) if len(shown) > 1 else ())):
            here, there = (pages / sum(each.seconds[stage] for stage in stages) for each in (inline, spread))
            cores = available_cores()
            detail = f"{pages} pages; pages/s a core: inline {here / cores:.2f}, cluster {there / cores:.2f}"
            what = "+".join(stages) + (f" ({name})" if "extract" in stages else "")
            yield Figure("speed", what, there / here, "%", ">= 85%", there / here >= 0.85, detail)

    def memory(self) -> Iterator[Figure]:
        """The driver's peaks over all four stages, read by a scripted endpoint."""
        few = self.scale.count(1000, 40)
        drives: list[Drive] = []
        for count in (few, 20 * few):
            landing = self.folder / f"small{count}"
            _write_small(landing, count)
            with scripted(_answering()) as endpoint:
                done = in_child(drive, self.settings(landing, f"store{count}", endpoint.client(), spark=True))
            drives.append(done)
            spent = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in done.seconds.items())
            yield Figure("memory", f"driver's Python, {count} pages", done.python_mb, "MB", detail=spent)
            yield Figure("memory", f"driver's Java, {count} pages", done.java_mb, "MB")
        for name in ("python", "java"):
            small, large = (getattr(each, f"{name}_mb") for each in drives)
            ratio = large / small
            yield Figure("memory", f"driver's {name}, 20 x the pages", ratio, "x", "<= 1.1", ratio <= 1.1)

    def traffic(self) -> Iterator[Figure]:
        """From the events of all that ran before, beside the pixels that were prepared and read."""
        shuffled = results = spilled = tasks = 0
        for log in (self.folder / "events").iterdir():
            for line in log.open():
                event = json.loads(line)
                metrics = event.get("Task Metrics")
                if event["Event"] == "SparkListenerTaskEnd" and metrics:
                    read = metrics["Shuffle Read Metrics"]
                    shuffled += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                    shuffled += read["Remote Bytes Read"] + read["Local Bytes Read"]
                    spilled += metrics["Memory Bytes Spilled"] + metrics["Disk Bytes Spilled"]
                    results += metrics["Result Size"]
                    tasks += 1
        stores = [Store(str(path)) for path in self.folder.glob("store*")]
        sizes = [store.tables.read("pages", columns=["encoded_bytes"])["encoded_bytes"].to_pylist() for store in stores]
        pixels = sum(size or 0 for each in sizes for size in each)
        yield Figure("traffic", "shuffled", shuffled / 1e6, "MB", "0", shuffled == 0, f"{tasks} tasks")
        yield Figure("traffic", "spilled", spilled / 1e6, "MB", "0", spilled == 0)
        detail = f"rows of {pixels / 1e6:.0f} MB of pixels"
        yield Figure(
            "traffic", "results sent to drivers", results / 1e6, "MB", "no pixels", results < pixels / 10, detail
        )


def _answering() -> EmulatorSettings:
    return EmulatorSettings(
        slots=64, latency=Latency(request_seconds=0.1), scale_to_zero=AWAKE, hash_pages=False, queue=256
    )


def _write_small(folder: Path, count: int) -> None:
    """Different pages, ten a file, and small ones: a driver's memory knows rows, not pixels."""
    drawn = folder.with_name(f"{folder.name}-drawn")
    in_child(write_volume, drawn, 14)
    base = cv2.imread(str(next(drawn.glob("*.png"))), cv2.IMREAD_GRAYSCALE)
    assert base is not None
    base = cv2.resize(base, (480, 640), interpolation=cv2.INTER_AREA)
    folder.mkdir()
    for file in range(count // _PAGES_A_FILE):
        sheets: list[Image.Image] = []
        for number in range(_PAGES_A_FILE):
            sheet = base.copy()
            cv2.putText(sheet, f"{file}-{number}", (150, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0,), 2, cv2.LINE_AA)
            sheets.append(Image.fromarray(sheet))
        sheets[0].save(folder / f"{file}.tiff", save_all=True, append_images=sheets[1:], compression="tiff_deflate")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=("speed", "memory"), default=["speed", "memory"], metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="few pages: they show that it works, not what it does")
    parser.add_argument("--json", type=Path, help="file for the same figures")
    arguments = parser.parse_args()
    under = conditions("pyspark", "pyarrow", "deltalake")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        cluster = Cluster(Path(name))
        stack.callback(cluster.close)
        for _ in range(available_cores()):
            cluster.add_worker()
        bench = Bench(Path(name), cluster, Scale(arguments.quick))
        for section in (*arguments.only, "traffic"):
            for figure in getattr(bench, section)():
                figures.append(figure)
                print(verdict(figure), file=sys.stderr, flush=True)
    show("The stages on a Spark cluster beside one machine's workers, both on this machine", figures, under)
    if arguments.json:
        arguments.json.write_text(json.dumps(plain(figures, under), indent=1) + "\n")


if __name__ == "__main__":
    main()
