"""kill -9 at random moments of a batch: what is asked again, by the endpoint's own log."""

import hashlib
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from random import Random

from bench.endpoint.scripted import AWAKE, scripted
from bench.figures import Figure, Scale
from jsl_pipeline import stages
from jsl_pipeline.batches import Batching, close_waiting
from jsl_pipeline.emulator import EmulatorSettings, Latency, LogEntry
from jsl_pipeline.engines import EndpointSettings, create_engine
from jsl_pipeline.extraction import LocalReader
from jsl_pipeline.settings import Settings
from jsl_pipeline.store import Store
from jsl_pipeline.synthetic import write_volume

_SLOTS = 8
_LATENCY = 0.6
_START_SECONDS = 60


def kills(scale: Scale) -> Iterator[Figure]:
    """One batch, killed and resumed until it is done."""
    times = scale.count(20, 4)
    random = Random(11)
    settings = EmulatorSettings(
        slots=_SLOTS, queue=0, latency=Latency(request_seconds=_LATENCY, jitter=0.3), scale_to_zero=AWAKE
    )
    with tempfile.TemporaryDirectory() as folder, scripted(settings) as endpoint:
        store, batch = _prepared(Path(folder), 16 * times)
        killed: list[datetime] = []
        while len(killed) < times:
            with _extracting(store, batch, endpoint.client()) as child:
                time.sleep(random.uniform(0.1, 2.0))
                if not child.is_alive():
                    break  # the batch ended before its time: too few pages
                killed.append(datetime.now(UTC))
                child.kill()
        with _extracting(store, batch, endpoint.client()):
            pass
        log = endpoint.log()
        done = Store(store).tables.read("extractions", batch, ["state"])["state"].to_pylist()
        images = _images(store, batch)
    requests = [entry for entry in log if images.issuperset(entry.pages)]  # without dummies
    detail = f"{len(images)} distinct pages, {done.count('extracted')} of {len(done)} rows extracted, S={_SLOTS}"
    yield Figure("kills", "kill -9, then resumed", len(killed), "times", str(times), len(killed) == times, detail)
    yield from _figures(requests, images, killed)


def _figures(requests: Sequence[LogEntry], images: set[str], killed: Sequence[datetime]) -> Iterator[Figure]:
    asked = Counter(sha for entry in requests for sha in entry.pages if entry.status != 429)
    answered: dict[str, list[datetime]] = {}
    for entry in requests:
        if entry.outcome == "answered":
            for sha in entry.pages:
                answered.setdefault(sha, []).append(entry.time)
    firsts = [moments[0] for moments in answered.values() if len(moments) > 1]
    gaps = [min(((first - kill) / timedelta(milliseconds=1) for kill in killed), key=abs) for first in firsts]
    late = [gap for gap in gaps if gap > 0]  # the process was dead, and its connections not yet closed
    again = sum(count > 1 for count in asked.values())
    lost, most = len(images - answered.keys()), _SLOTS * len(killed)
    twice = len(gaps) - len(late)
    before = ", ".join(f"{-gap:.1f} ms before the kill" for gap in gaps if gap <= 0)
    after = ", ".join(f"{gap:.1f} ms" for gap in late)
    yield Figure("kills", "pages answered twice", twice, "pages", "0", twice == 0, before)
    yield Figure("kills", "first answered to a process already killed", len(late), "pages", detail=after)
    yield Figure("kills", "pages without an answer", lost, "pages", "0", bool(images) and lost == 0)
    yield Figure("kills", "pages in flight that were asked again", again, "pages", f"<= {most}", 0 < again <= most)


def _images(store: str, batch: str) -> set[str]:
    """sha256 of the images of a batch, which is what the endpoint's log names them by."""
    opened = Store(store)
    parts = {part for part in opened.tables.read("pages", batch)["part"].to_pylist() if part}
    return {hashlib.sha256(page.image).hexdigest() for part in parts for page in opened.parts.pages(part)}


@contextmanager
def _extracting(store: str, batch: str, client: EndpointSettings) -> Iterator[BaseProcess]:
    """A child that has begun to extract; waited for at the end."""
    context = multiprocessing.get_context("spawn")
    begins = context.Event()
    child = context.Process(target=_extract, args=(store, batch, client, begins))
    child.start()
    if not begins.wait(_START_SECONDS):
        raise RuntimeError("The child that extracts did not begin.")
    yield child
    child.join()


def _extract(store: str, batch: str, settings: EndpointSettings, begins: Event) -> None:
    engine = create_engine(settings)
    begins.set()
    stages.extract(Store(store), batch, LocalReader(engine))


def _prepared(folder: Path, pages: int) -> tuple[str, str]:
    """A store with one batch, ready to be extracted."""
    write_volume(folder / "landing", pages, seed=2)
    settings = Settings(landing=str(folder / "landing"), store=str(folder / "store"))
    store = settings.open_store()
    everything = Batching(max_files=100_000, settle_seconds=0)
    (batch,) = close_waiting(store, settings.open_landing(), everything, datetime.now(UTC))
    stages.ingest(store, batch.key, settings)
    stages.preprocess(store, batch.key, settings)
    return settings.store, batch.key
