"""How full requests of several pages are, beside first-fit decreasing over all pages at once, and their bytes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from bench.endpoint.driving import drive, named
from bench.endpoint.scripted import AWAKE, scripted
from bench.figures import Figure, Scale
from jsl_pipeline.emulator import EmulatorSettings, Latency
from jsl_pipeline.engines import EndpointSettings
from jsl_pipeline.engines.endpoint.prompt import candidate_ask
from jsl_pipeline.engines.endpoint.queue import Queue
from jsl_pipeline.engines.endpoint.work import Work
from jsl_pipeline.ingest import Limits, OpenDocument, open_document
from jsl_pipeline.preprocess import PreparedPage, PreprocessSettings, prepare
from jsl_pipeline.schemas import Page
from jsl_pipeline.serving.protocols import Frame, create_protocol

_DOCUMENTS = Path(__file__).parents[3] / "shared" / "samples" / "documents"
_MIB = 2**20
_PROTOCOL = "dataframe_split"


def packing(scale: Scale) -> Iterator[Figure]:
    """Requests beside the bound, simulated over many pages; then real requests, counted by the endpoint."""
    measured = _sample_sizes()
    sizes = measured or _likely_sizes()
    origin = f"sizes of {len(measured)} prepared sample pages" if measured else "drawn sizes: there are no samples"
    drawn = Random(3).choices(sizes, k=scale.count(4000, 800))
    detail = f"{len(drawn)} pages, {min(sizes) / 1000:.0f} to {max(sizes) / 1000:.0f} KB, {origin}"
    for limit, most, slots in ((16, 8, 4), (16, 8, 64), (16, 256, 4), (4, 64, 4), (1, 64, 4), (1, 64, 64)):
        settings = _client("http://localhost", limit * _MIB, most)
        ours, bound = len(_packed(drawn, settings, slots)), _first_fit_decreasing(drawn, settings)
        name = f"bound / requests, {limit} MiB and {most} pages at most, S={slots}"
        counts = f"{bound} / {ours} requests; {detail}"
        yield Figure("packing", name, bound / ours, "%", ">= 95%", bound / ours >= 0.95, counts)
    yield from _real(scale.count(1500, 300), sizes)


def _real(count: int, sizes: Sequence[int]) -> Iterator[Figure]:
    """Sizes as they are and four times as large, through the endpoint, which measures and enforces its limit."""
    limit = 16 * _MIB
    for factor in (1, 4):
        drawn = [factor * size for size in Random(factor).choices(sizes, k=count // factor)]
        settings = EmulatorSettings(
            slots=4,
            queue=0,
            latency=Latency(request_seconds=0.2, page_seconds=0.01),
            payload_limit_bytes=limit,
            scale_to_zero=AWAKE,
            hash_pages=False,
        )
        with scripted(settings) as endpoint:
            client = endpoint.client(protocol=_PROTOCOL, max_request_pages=64)
            drive(client, _pages(drawn))
            log = [entry for entry in endpoint.log() if entry.page_count > 0]
        largest = max(entry.bytes_in for entry in log)
        over = sum(entry.bytes_in > limit or entry.status in (400, 413) for entry in log)
        answered = [entry for entry in log if entry.outcome == "answered"]
        bound = _first_fit_decreasing(drawn, client)
        name = f"real run, {len(drawn)} pages x {factor}"
        counts = f"{len(answered)} requests answered; bound of all pages at once {bound}"
        yield Figure("packing", f"{name}: over 16 MiB", over, "requests", "0", over == 0, counts)
        yield Figure("packing", f"{name}: largest body", largest / limit, "%", "<= 100%", largest <= limit)


def _client(url: str, limit: int, most: int) -> EndpointSettings:
    return EndpointSettings(
        url=url,
        name="scripted",
        auth="none",
        protocol=_PROTOCOL,
        max_request_bytes=limit,
        max_request_pages=most,
        page_seconds=0.01,
    )


def _packed(sizes: Sequence[int], settings: EndpointSettings, slots: int) -> list[list[int]]:
    """Sizes by request, as the engine's queue fills them while `slots` requests of equal length are in flight."""
    queue = Queue(settings, create_protocol(settings), candidate_ask(settings))
    source, flying, requests = _pages(sizes), [], []
    at_hand, now = 0, 0.0
    while True:
        for page in source:
            queue.add(Work(page), now)
            at_hand += 1
            if at_hand >= queue.ahead(slots):
                break
        else:
            queue.finish()
        while len(flying) < slots and (bundle := queue.next(now, slots - len(flying))) is not None:
            requests.append([len(work.page.image) for work in bundle.works])
            flying.append(len(bundle.works))
        if not flying:
            return requests
        at_hand -= flying.pop(0)
        now += 1.0


def _first_fit_decreasing(sizes: Sequence[int], settings: EndpointSettings) -> int:
    """Requests that first-fit decreasing needs with all pages at hand, under the same limits."""
    frame = _frame(settings)
    room = frame.room(settings.max_request_bytes)
    empty = bytes(max(sizes))
    bytes_of = {size: frame.page_bytes(named(0, empty[:size], "")) for size in set(sizes)}
    bins: list[list[int]] = []  # room left, pages
    for size in sorted((bytes_of[size] for size in sizes), reverse=True):
        for each in bins:
            if each[0] >= size and each[1] < settings.max_request_pages:
                each[0] -= size
                each[1] += 1
                break
        else:
            bins.append([room - size, 1])
    return len(bins)


def _frame(settings: EndpointSettings) -> Frame:
    return create_protocol(settings).frame(candidate_ask(settings))


def _pages(sizes: Sequence[int]) -> Iterator[Page]:
    body = Random(5).randbytes(max(sizes))
    return (named(number, body[:size], f"{number:064x}") for number, size in enumerate(sizes, start=1))


def _sample_sizes() -> list[int]:
    """Bytes of the pages of the sample documents, prepared as the pipeline prepares them."""
    settings, sizes = PreprocessSettings(), list[int]()
    for path in sorted(_DOCUMENTS.iterdir()) if _DOCUMENTS.exists() else ():
        document = open_document(path.read_bytes(), Limits())
        if not isinstance(document, OpenDocument):
            continue
        with document:
            for number in range(1, document.page_count + 1):
                page = prepare(document.render(number, settings.target_pixels), settings)
                if isinstance(page, PreparedPage):
                    sizes.append(len(page.image))
    return sizes


def _likely_sizes() -> list[int]:
    """Log-normal around the published 170 KB."""
    random = Random(4)
    return [int(170_000 * random.lognormvariate(0, 0.5)) for _ in range(200)]
