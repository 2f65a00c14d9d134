"""Pages to ask for: the user's own, each time a little different, so that no cache of the endpoint knows them."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from itertools import count

import cv2
import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import Page
from jsl_pipeline.store import Store

MOST = 32
"""Different pages that are used at most: their pixels are held in memory."""

_BLOCK = 8  # pixels: a block of JPEG
_SHADE = 4  # grey levels between two shades, which JPEG keeps apart at the qualities that pages have


class FreshPages:
    """The pages in turns, each with another mark of shades of paper in its corner.

    vLLM knows an image again by its pixels: it prepares none twice, and skips the prefill of a prompt that it has seen.
    """

    def __init__(self, pages: Sequence[Page], jpeg_quality: int = 90) -> None:
        """Of more than MOST pages, as many are taken evenly. Raises SettingsError for none."""
        if not pages:
            raise SettingsError("There is no page to ask for: give a file with something on it.")
        self._pages = [pages[number * len(pages) // MOST] for number in range(MOST)] if len(pages) > MOST else pages
        self._options = {
            "image/jpeg": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality]),
            "image/png": (".png", list[int]()),
        }
        self._numbers = count()
        self._pixels = lru_cache(MOST)(self._decoded)

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def sizes(self) -> list[int]:
        """Bytes of each."""
        return [_size(page) for page in self._pages]

    @property
    def largest(self) -> Page:
        """The one of most bytes."""
        return max(self._pages, key=_size)

    async def take(self, pages: int) -> list[Page]:
        """The next so many pages; made in threads, as that takes milliseconds."""
        numbers = [next(self._numbers) for _ in range(pages)]
        return await asyncio.to_thread(lambda: [self._fresh(number) for number in numbers])

    def _fresh(self, number: int) -> Page:
        turn, place = divmod(number, len(self._pages))
        page = self._pages[place]
        if turn == 0:
            return page
        if not page.image:
            return page.model_copy(update={"text": f"{turn}\n{page.text}"})
        pixels = self._pixels(place)
        if pixels is None:
            return page
        suffix, options = self._options[page.media_type]
        marked = pixels.copy()
        digits = np.array([turn >> shift & 7 for shift in (0, 3, 6, 9, 12)], np.uint8)
        mark = np.repeat(255 - _SHADE * digits, _BLOCK)[: marked.shape[1]]
        marked[:_BLOCK, : len(mark)] = mark if marked.ndim == 2 else mark[:, None]
        return page.model_copy(update={"image": cv2.imencode(suffix, marked, options)[1].tobytes()})

    def _decoded(self, place: int) -> NDArray[np.uint8] | None:
        """Pixels of a page; None for what is no JPEG or PNG, which goes out as it is."""
        page = self._pages[place]
        if page.media_type not in self._options:
            return None
        found = cv2.imdecode(np.frombuffer(page.image, np.uint8), cv2.IMREAD_UNCHANGED)
        return None if found is None else found.astype(np.uint8, copy=False)


def _size(page: Page) -> int:
    return len(page.image) or len(page.text)


def stored_pages(store: Store) -> list[Page]:
    """Prepared pages of the newest batch that has any, MOST at most. Raises SettingsError where there is none."""
    for batch in sorted(store.tables.batches("pages"), reverse=True):
        rows = store.tables.rows("pages", batch, ["state", "part"])
        parts = sorted({row["part"] for row in rows if row["state"] == "prepared"})
        pages: list[Page] = []
        for part in parts:
            pages += store.parts.pages(part)
            if len(pages) >= MOST:
                break
        if pages:
            return pages[:MOST]
    raise SettingsError("The store holds no prepared page: give files, or `jsl-pipeline run` a landing folder first.")
