"""The pages of a batch that wait to be read, and who holds which.

Readers take as they have room, so nobody decides beforehand who reads what: a fast reader takes more, a late one
joins, and what a lost one held goes to the others.
"""

import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from itertools import groupby

from jsl_pipeline.extraction import Asked, PreparedPage
from jsl_pipeline.schemas import FailureCause, PageFailure

_ALONE_AFTER = 2  # readers lost with a page: it is read alone from then on, so that its neighbours are safe from it
_LOSSES = 3  # readers a page may cost


class PageQueue:
    """Pages that are waiting, held or finished; each is finished once. Not thread-safe."""

    def __init__(self, pages: Iterable[PreparedPage]) -> None:
        """Pages of one part stand together and are given out together, since a part is read as a whole."""
        self._waiting: deque[list[PreparedPage]] = deque()
        self._alone: deque[PreparedPage] = deque()
        self._held: dict[int, dict[str, PreparedPage]] = {}
        self._losses: Counter[str] = Counter()
        for _, part in groupby(pages, key=lambda page: page.part):
            self._waiting.append(list(part))
        self._left = sum(map(len, self._waiting))
        self._untaken = self._left

    @property
    def unfinished(self) -> int:
        """Pages that wait or are held."""
        return self._left

    @property
    def readers(self) -> int:
        """Those who were given pages and did not leave."""
        return len(self._held)

    def take(self, holder: int) -> Sequence[PreparedPage]:
        """The next pages for a reader; none where it shall finish what it holds first, or nothing waits.

        At most a part; towards the end less, half of what waits over all readers, so that they end together
        (guided self-scheduling: Polychronopoulos and Kuck, IEEE Transactions on Computers C-36, 1987).
        """
        held = self._held.get(holder, {})
        taken: list[PreparedPage] = []
        if any(self._losses[sha] >= _ALONE_AFTER for sha in held):
            return taken
        if self._waiting:
            readers = len(self._held.keys() | {holder})
            most = math.ceil(self._untaken / (2 * readers))
            part = self._waiting.popleft()
            taken, rest = part[:most], part[most:]
            if rest:
                self._waiting.appendleft(rest)
            self._untaken -= len(taken)
        elif self._alone and not held:
            taken = [self._alone.popleft()]
        if taken:
            self._held[holder] = held | {page.page_sha: page for page in taken}
        return taken

    def finish(self, holder: int, page_sha: str) -> None:
        """A page that a reader holds is answered and journaled."""
        if self._held.get(holder, {}).pop(page_sha, None) is not None:
            self._left -= 1

    def leave(self, holder: int) -> None:
        """A reader ends in good order. What it still holds, its engine did not answer and will not."""
        self._left -= len(self._held.pop(holder, {}))

    def lose(self, holder: int) -> list[Asked]:
        """A reader is lost: others take what it held. Returns pages that too many were lost with, as failed."""
        failed: list[Asked] = []
        again: list[PreparedPage] = []
        for sha, page in self._held.pop(holder, {}).items():
            self._losses[sha] += 1
            if self._losses[sha] >= _LOSSES:
                failed.append(Asked(page_sha=sha, failure=_fatal(self._losses[sha])))
            elif self._losses[sha] >= _ALONE_AFTER:
                self._alone.append(page)
            else:
                again.append(page)
        for _, part in groupby(again, key=lambda page: page.part):
            self._waiting.appendleft(list(part))
        self._untaken += len(again)
        self._left -= len(failed)
        return failed


def _fatal(losses: int) -> PageFailure:
    message = f"{losses} readers were lost while they held this page, the last with this page alone."
    return PageFailure(cause=FailureCause.CRASHED, message=message, retryable=True)
