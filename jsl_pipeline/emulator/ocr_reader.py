"""Reads pages with the project's OCR engine."""

import asyncio
import hashlib
import io

from PIL import Image, UnidentifiedImageError

from jsl_pipeline.emulator.answers import PageText, limited
from jsl_pipeline.emulator.protocols import PageAsk
from jsl_pipeline.emulator.readers import ReadFailed, decode_image
from jsl_pipeline.emulator.settings import OcrReader
from jsl_pipeline.engines import OcrEngine, OcrSettings
from jsl_pipeline.schemas import Candidate, Page, PageAnswer, PageFailure

_SMALLEST_SIDE = 32  # below that there is nothing to read: the image only wakes the endpoint


class Ocr:
    """See `Reader`."""

    looks = True

    def __init__(self, settings: OcrReader) -> None:
        self._engine = OcrEngine(OcrSettings(workers=settings.workers, text_layer=False))

    async def start(self) -> None:
        """Make the worker processes."""
        await asyncio.to_thread(self._engine.__enter__)

    async def close(self) -> None:
        """End them."""
        await asyncio.to_thread(self._engine.__exit__, None, None, None)

    async def read(self, ask: PageAsk, sha: str | None) -> PageText:
        """Read an image; without one, say back what was said. Raises ReadFailed."""
        if ask.image is None:
            return limited(ask.prompt, ask)
        image = decode_image(ask.image)
        width, height, media_type = _look_at(image)
        if min(width, height) < _SMALLEST_SIDE:
            return limited(Candidate().model_dump_json(), ask, pixels=width * height)
        sha = sha or hashlib.sha256(image).hexdigest()
        page = Page(
            document_id="emulated",
            page_no=1,
            page_sha=sha,
            image=image,
            media_type=media_type,
            width=width,
            height=height,
        )
        outcome = (await asyncio.to_thread(self._read, page)).outcome
        if isinstance(outcome, PageFailure):
            raise ReadFailed(500, outcome.message)
        return limited(outcome.text, ask, pixels=width * height)

    def _read(self, page: Page) -> PageAnswer:
        return next(self._engine.read([page]))


def _look_at(image: bytes) -> tuple[int, int, str]:
    try:
        with Image.open(io.BytesIO(image)) as opened:
            return opened.width, opened.height, Image.MIME.get(opened.format or "", "application/octet-stream")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise ReadFailed(400, "The image cannot be identified.") from error
