"""JSON that control APIs are sent."""

from typing import Any

from aiohttp import web

from jsl_pipeline.emulator.replies import Refused


async def json_body(request: web.Request) -> dict[str, Any]:
    """The body, an object. Raises Refused(400)."""
    try:
        body = await request.json()
    except ValueError:
        raise Refused(400, "The body is not JSON.", code="MALFORMED_REQUEST") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body must be an object.", code="MALFORMED_REQUEST")
    return body


def text_field(body: dict[str, Any], name: str) -> str:
    """A field that must be there, as text. Raises Refused(400)."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(400, f"Missing required field: {name}.", code="INVALID_PARAMETER_VALUE")
    return value
