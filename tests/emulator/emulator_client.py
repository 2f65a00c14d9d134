"""A client without any cleverness, to see exactly what the emulator does."""

import asyncio
import base64
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import aiohttp

TOKEN = {"Authorization": "Bearer emulator-token"}


@dataclass(frozen=True)
class Got:
    """What came back; status 0 where the connection ended without an answer."""

    status: int
    text: str = ""
    retry_after: str | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def image(number: int) -> bytes:
    """Bytes that stand for a page; the canned reader does not look at them."""
    return b"page %d " % number * 64


def sha(number: int) -> str:
    return hashlib.sha256(image(number)).hexdigest()


def encoded(number: int) -> str:
    return base64.b64encode(image(number)).decode()


def data_url(number: int) -> str:
    return f"data:image/png;base64,{encoded(number)}"


def chat(number: int = 0, **options: Any) -> dict[str, Any]:
    content = [
        {"type": "text", "text": "Read the page."},
        {"type": "image_url", "image_url": {"url": data_url(number)}},
    ]
    return {"messages": [{"role": "user", "content": content}], **options}


def table(numbers: Iterable[int]) -> dict[str, Any]:
    return {"dataframe_records": [{"image": encoded(number), "prompt": "Read."} for number in numbers]}


def posts(url: str, bodies: Iterable[Any], **headers: str) -> list[Got]:
    """Post all bodies at once and collect what comes back, in their order."""
    return asyncio.run(send(url, list(bodies), headers))


def post(url: str, body: Any, **headers: str) -> Got:
    return posts(url, [body], **headers)[0]


def get(url: str) -> Got:
    return asyncio.run(_get(url))


def answer_text(got: Got) -> str:
    return got.json["choices"][0]["message"]["content"]


async def send(url: str, bodies: list[Any], headers: dict[str, str] | None = None) -> list[Got]:
    """As `posts`, for tests that run the emulator in their own loop."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)  # a fresh connection each: nothing is sent again
    async with aiohttp.ClientSession(connector=connector, headers=TOKEN | (headers or {})) as session:
        return await asyncio.gather(*(_post(session, url, body) for body in bodies))


async def _post(session: aiohttp.ClientSession, url: str, body: Any) -> Got:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        async with session.post(url, data=io.BytesIO(data)) as response:
            return Got(response.status, await response.text(), response.headers.get("Retry-After"))
    except aiohttp.ClientError:
        return Got(0)


async def _get(url: str) -> Got:
    async with aiohttp.ClientSession(headers=TOKEN) as session, session.get(url) as response:
        return Got(response.status, await response.text())
