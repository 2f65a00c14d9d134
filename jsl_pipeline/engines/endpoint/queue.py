"""What waits, and what goes into the next request."""

import heapq
import math
from collections import deque
from itertools import count

from jsl_pipeline.engines.endpoint.packing import fill
from jsl_pipeline.engines.endpoint.work import Bundle, Work
from jsl_pipeline.schemas import Page
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.serving.protocols import Ask, Frame, WireProtocol

_GATHER_SECONDS = 0.05  # a request of several pages waits so long for the next page
_SAFE_TIME = 0.6  # of a request's time limit is planned for: pages differ
_LEARNS = 0.2  # weight of the last request in the mean of seconds a page
_REQUESTS_AHEAD = 3  # pages at hand to choose from, where a request holds several


class Queue:
    """Pages that wait for their first request, and bundles that are sent again as they are."""

    def __init__(self, settings: EndpointSettings, protocol: WireProtocol, ask: Ask) -> None:
        """Raises SettingsError for an ask that the protocol cannot carry."""
        self._protocol = protocol
        self._ask = ask
        self._frames: dict[tuple[int, float], Frame] = {}
        self._most_bytes = settings.max_request_bytes
        self._most_seconds = settings.max_request_seconds * _SAFE_TIME
        self._most_pages = settings.max_request_pages if protocol.many else 1
        self._page_seconds = settings.page_seconds
        self._fresh: deque[Work] = deque()
        self._again: list[tuple[float, int, Bundle]] = []
        self._order = count()
        self._all_known = False
        self._fresh_since = 0.0
        self.frame(ask)

    def frame(self, ask: Ask) -> Frame:
        """The literal parts of a request that asks this."""
        if ask.prompt != self._ask.prompt:  # a second question is of one page
            return self._protocol.frame(ask)
        key = (ask.max_tokens, ask.temperature)
        if key not in self._frames:
            self._frames[key] = self._protocol.frame(ask)
        return self._frames[key]

    def fits(self, page: Page) -> bool:
        """Whether a page, alone, is within the limit of a request."""
        return self.frame(self._ask).size([page]) <= self._most_bytes

    def add(self, work: Work, now: float) -> None:
        """A page that was not sent yet."""
        if not self._fresh:
            self._fresh_since = now
        self._fresh.append(work)

    def add_again(self, bundle: Bundle) -> None:
        """A bundle to be sent again, not before its time."""
        heapq.heappush(self._again, (bundle.not_before, next(self._order), bundle))

    def finish(self) -> None:
        """All pages are known: nothing needs to wait for more."""
        self._all_known = True

    @property
    def hungry(self) -> bool:
        """Whether nothing but pages is missing for another request."""
        return not self._fresh and not self._all_known

    def ahead(self, limit: int) -> int:
        """Pages to have at hand so that no free slot waits for one, at `limit` requests in flight."""
        pages = self._pages_a_request()
        return math.ceil(limit * pages * 1.25) + (8 if pages == 1 else _REQUESTS_AHEAD * pages)

    def next(self, now: float, free: int) -> Bundle | None:
        """What to send into one of `free` slots; None where nothing is due."""
        if self._again and self._again[0][0] <= now:
            return heapq.heappop(self._again)[2]
        if not self._fresh:
            return None
        most = self._pages_a_request()
        if most == 1:
            return Bundle([self._fresh.popleft()], self._ask)
        frame = self.frame(self._ask)
        sizes = [frame.page_bytes(work.page) for work in self._fresh]
        room = frame.room(self._most_bytes)
        scarce = len(sizes) < most * free and sum(sizes) < room * free
        if scarce and not self._all_known and now < self._fresh_since + _GATHER_SECONDS:
            return None
        if scarce:  # few pages over many slots: short requests, side by side
            most = max(1, min(most, math.ceil(len(sizes) / free)))
        chosen = set(fill(sizes, room, most))
        works = [work for number, work in enumerate(self._fresh) if number in chosen]
        self._fresh = deque(work for number, work in enumerate(self._fresh) if number not in chosen)
        self._fresh_since = now
        return Bundle(works, self._ask)

    def due_at(self) -> float | None:
        """When something may be due that is not now."""
        times = [self._again[0][0]] if self._again else []
        if self._fresh and not self._all_known:
            times.append(self._fresh_since + _GATHER_SECONDS)
        return min(times, default=None)

    def took(self, pages: int, seconds: float) -> None:
        """A request of so many pages took so long."""
        self._page_seconds += _LEARNS * (seconds / pages - self._page_seconds)

    def was_too_large(self, size: int) -> None:
        """A request within the set limit was refused for its size: the endpoint's limit is lower."""
        self._most_bytes = max(size // 2, min(self._most_bytes, size - 1))

    def _pages_a_request(self) -> int:
        in_time = self._most_seconds / max(self._page_seconds, 1e-3)
        return max(1, min(self._most_pages, int(in_time)))
