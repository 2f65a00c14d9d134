"""Where the time of a page goes, from requests alone that differ in one thing, and from the endpoint's metrics."""

import time
from collections.abc import Callable, Sequence
from statistics import fmean, median

from jsl_pipeline.planning.probing.load_test import Answered, LoadTest
from jsl_pipeline.planning.profile import PageTime
from jsl_pipeline.serving import Sample, Timing, dummy_request
from jsl_pipeline.serving.http import Reply
from jsl_pipeline.serving.protocols import Ask

_TIMES = 4
_STATUS_SECONDS = 5.0
_SHORTER = 4  # an answer cut to one token is at least so many times shorter


async def page_time(
    test: LoadTest, ask: Ask, alone: Sequence[Answered], before: Sample, after: Sample
) -> tuple[PageTime, Sequence[str]]:
    """The time of a page that is asked for alone, and what to know about it; `before` and `after` are around `alone`.

    Wire is the hand-over of the request and the round trip of a look at its state. Where the endpoint's metrics tell
    prefill and decode, preparation is what remains. Else decode is what an answer takes beyond its first token,
    overhead what a white pixel with one token takes, and intake what remains.
    """
    whole = fmean(each.seconds for each in alone)
    wire = fmean(each.upload_seconds for each in alone) + await _round_trip(test)
    told = PageTime(
        wire=wire,
        queue=mean_timing(before, after, lambda sample: sample.queue),
        prefill=mean_timing(before, after, lambda sample: sample.prefill),
        decode=mean_timing(before, after, lambda sample: sample.decode),
    )
    if told.prefill is not None and told.decode is not None:
        rest = whole - wire - (told.queue or 0.0) - told.prefill - told.decode
        return told.model_copy(update={"preparation": max(0.0, rest)}), ()
    shortest = await test.run(ask.model_copy(update={"max_tokens": 1}), 1, 1, _TIMES - 1)
    if not shortest.answered or not _cut(shortest.answered, alone):
        remark = "It writes more than one token where one is asked for: what an answer takes cannot be told."
        return PageTime(wire=wire), (remark,)
    short = min(whole, fmean(each.seconds for each in shortest.answered))
    pixel = await _white_pixel(test)
    overhead = None if pixel is None else max(0.0, min(short, pixel) - wire)
    intake = max(0.0, short - wire - (overhead or 0.0))
    remark = "Its metrics tell neither prefill nor decode: they are estimated from answers of one token."
    return PageTime(wire=wire, overhead=overhead, intake=intake, decode=whole - short), (remark,)


def mean_timing(before: Sample, after: Sample, of: Callable[[Sample], Timing | None]) -> float | None:
    """Mean seconds of what ended between two samples; None where they do not tell."""
    first, last = of(before), of(after)
    if first is None or last is None or last.count <= first.count:
        return None
    return max(0.0, (last.seconds - first.seconds) / (last.count - first.count))


def _cut(short: Sequence[Answered], whole: Sequence[Answered]) -> bool:
    """Whether answers of one token were one."""
    tokens = [each.completion_tokens for each in short]
    if all(count is not None for count in tokens):
        return max(count or 0 for count in tokens) <= 1
    return _SHORTER * fmean(each.characters for each in short) <= fmean(each.characters for each in whole)


async def _round_trip(test: LoadTest) -> float:
    """Seconds of a request that does nothing; 0 where none is answered."""
    settings = test.settings
    url = settings.status_url or f"{settings.server_url}/health"
    times: list[float] = []
    for _ in range(_TIMES):
        began = time.monotonic()
        if isinstance(await test.http.get(url, _STATUS_SECONDS), Reply):
            times.append(time.monotonic() - began)
    return median(times) if times else 0.0


async def _white_pixel(test: LoadTest) -> float | None:
    """Seconds of a request for one white pixel and one token; None where the endpoint does not answer it."""
    times: list[float] = []
    for _ in range(_TIMES):
        chunks, size = dummy_request(test.settings)
        began = time.monotonic()
        seconds = test.settings.max_request_seconds
        reply = await test.http.post(test.settings.request_url, chunks, size, seconds, test.request_id())
        if not isinstance(reply, Reply) or reply.status >= 300:
            return None
        times.append(time.monotonic() - began)
    return fmean(times[1:])
