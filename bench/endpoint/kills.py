"""kill -9 at random moments of a batch: what is asked again, by the endpoint's own log."""

import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path
from random import Random

from figures import Figure, Scale
from scripted import AWAKE, scripted

from jsl_pipeline import stages
from jsl_pipeline.batches import Batching, close_waiting
from jsl_pipeline.emulator import EmulatorSettings, Latency
from jsl_pipeline.engines import EndpointSettings, create_engine
from jsl_pipeline.settings import Settings
from jsl_pipeline.store import Store
from jsl_pipeline.synthetic import write_volume

_SLOTS = 8
_LATENCY = 0.6


def kills(scale: Scale) -> Iterator[Figure]:
    """One batch, killed and resumed until it is done."""
    times = scale.count(20, 4)
    random = Random(11)
    context = multiprocessing.get_context("spawn")
    settings = EmulatorSettings(
        slots=_SLOTS, queue=0, latency=Latency(request_seconds=_LATENCY, jitter=0.3), scale_to_zero=AWAKE
    )
    with tempfile.TemporaryDirectory() as folder, scripted(settings) as endpoint:
        store, batch = _prepared(Path(folder), 16 * times)
        killed = 0
        while killed < times:
            begins = context.Event()
            child = context.Process(target=_extract, args=(store, batch, endpoint.client(), begins))
            child.start()
            begins.wait()
            time.sleep(random.uniform(0.1, 2.0))
            if not child.is_alive():
                break  # the batch ended before its time: too few pages
            child.kill()
            child.join()
            killed += 1
        last = context.Process(target=_extract, args=(store, batch, endpoint.client(), context.Event()))
        last.start()
        last.join()
        log = endpoint.log()
        done = Store(store).tables.read("extractions", batch, ["page_sha", "state"]).to_pylist()
    pages = {row["page_sha"] for row in done}
    extracted = sum(row["state"] == "extracted" for row in done)
    answered = Counter(sha for entry in log for sha in entry.pages if entry.outcome == "answered" and sha in pages)
    asked = Counter(sha for entry in log for sha in entry.pages if sha in pages)
    twice = sum(count > 1 for count in answered.values())
    again = sum(count > 1 for count in asked.values())
    detail = f"{len(pages)} pages, {extracted} of {len(done)} rows extracted, {asked.total()} asked, S={_SLOTS}"
    yield Figure("kills", "kill -9, then resumed", killed, "times", str(times), killed == times, detail)
    yield Figure("kills", "pages answered twice", twice, "pages", "0", twice == 0)
    yield Figure(
        "kills", "pages without an answer", len(pages - answered.keys()), "pages", "0", pages <= answered.keys()
    )
    yield Figure("kills", "pages in flight that were asked again", again, "pages", f"<= {_SLOTS * times}")


def _extract(store: str, batch: str, settings: EndpointSettings, begins: Event) -> None:
    engine = create_engine(settings)
    begins.set()
    stages.extract(Store(store), batch, engine)


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
