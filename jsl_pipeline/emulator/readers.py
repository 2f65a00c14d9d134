"""Who reads the pages: a constant, the project's OCR engine, or a real model server."""

import binascii
from typing import Any, Protocol

import aiohttp
import pybase64

from jsl_pipeline.emulator.answers import PageText, limited
from jsl_pipeline.emulator.protocols import PageAsk
from jsl_pipeline.emulator.settings import CannedReader, OcrReader, ProxyReader, ReaderSettings
from jsl_pipeline.schemas import (
    Candidate,
    MedicationCandidate,
    PatientCandidate,
    PrescriberCandidate,
)


class ReadFailed(Exception):
    """The model cannot answer; `status` is what the client gets."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Reader(Protocol):
    """Reads one image at a time; many reads may run at once."""

    looks: bool
    """Whether it looks at the images; else they need not be kept for it."""

    async def start(self) -> None:
        """Load what the first read needs."""
        ...

    async def close(self) -> None:
        """Free what was loaded."""
        ...

    async def read(self, ask: PageAsk, sha: str | None) -> PageText:
        """The model's answer. `sha` is the sha256 of the image where it was computed. Raises ReadFailed."""
        ...


def create_reader(settings: ReaderSettings) -> Reader:
    """The reader that the settings ask for, not yet started."""
    match settings:
        case CannedReader():
            return _Canned(settings)
        case OcrReader():
            from jsl_pipeline.emulator.ocr_reader import Ocr  # its models take seconds and memory to load

            return Ocr(settings)
        case ProxyReader():
            return _Proxy(settings)


def decode_image(image: str) -> bytes:
    """The bytes of a base64 image. Raises ReadFailed."""
    try:
        return pybase64.b64decode(image, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ReadFailed(400, "The image is not valid base64.") from error


class _Canned:
    looks = False

    def __init__(self, settings: CannedReader) -> None:
        self._settings = settings
        self._text = settings.text if settings.text is not None else _candidate("MH-0000").model_dump_json()

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def read(self, ask: PageAsk, sha: str | None) -> PageText:
        marked = self._settings.mark and sha is not None
        return limited(_candidate(sha).model_dump_json() if marked else self._text, ask)


def _candidate(license_no: str | None) -> Candidate:
    return Candidate(
        patient=PatientCandidate(name="Asha Rao", age="46y", sex="F"),
        prescriber=PrescriberCandidate(name="Dr. N. Iyer", license_no=license_no),
        date="12/03/2024",
        medications=(
            MedicationCandidate(name="Amoxicillin", strength="500mg", frequency="three times daily", duration="5 days"),
        ),
    )


class _Proxy:
    looks = True

    def __init__(self, settings: ProxyReader) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        token = self._settings.token
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token is not None else {}
        self._session = aiohttp.ClientSession(
            headers=headers, timeout=aiohttp.ClientTimeout(total=None), connector=aiohttp.TCPConnector(limit=0)
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def read(self, ask: PageAsk, sha: str | None) -> PageText:
        if self._session is None:
            raise RuntimeError("The reader was not started.")
        url = self._settings.url.rstrip("/") + "/v1/chat/completions"
        try:
            async with self._session.post(url, json=self._body(ask)) as response:
                if response.status != 200:
                    raise ReadFailed(response.status, "The model server refused the page.")
                return _page_text(await response.json())
        except aiohttp.ClientError as error:
            raise ReadFailed(503, "The model server is out of reach.") from error

    def _body(self, ask: PageAsk) -> dict[str, Any]:
        content: list[dict[str, Any]] = [{"type": "text", "text": ask.prompt}] if ask.prompt else []
        if ask.image is not None:
            url = f"data:{_media_type(ask.image)};base64,{ask.image}"
            content.append({"type": "image_url", "image_url": {"url": url}})
        options = {
            "max_tokens": ask.max_tokens,
            "temperature": ask.temperature,
            "response_format": ask.response_format,
            "logprobs": ask.logprobs or None,
        }
        given = {name: value for name, value in options.items() if value is not None}
        return {"model": self._settings.model, "messages": [{"role": "user", "content": content}], **given}


def _media_type(image: str) -> str:
    return "image/png" if image.startswith("iVBOR") else "image/jpeg"


def _page_text(completion: dict[str, Any]) -> PageText:
    try:
        choice, usage = completion["choices"][0], completion.get("usage") or {}
        return PageText(
            text=choice["message"].get("content") or "",
            finish_reason="length" if choice.get("finish_reason") == "length" else "stop",
            prompt_tokens=usage.get("prompt_tokens", 0),
            completion_tokens=usage.get("completion_tokens", 0),
            logprobs=tuple((choice.get("logprobs") or {}).get("content") or ()) or None,
        )
    except (KeyError, IndexError, TypeError) as error:
        raise ReadFailed(502, "The model server's answer is no chat completion.") from error
