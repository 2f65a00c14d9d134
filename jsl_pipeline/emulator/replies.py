"""Error answers in the forms that serving gateways use."""

import json

from aiohttp import web

from jsl_pipeline.emulator.settings import ErrorBody

_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "RESOURCE_CONFLICT",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class Refused(Exception):
    """The request is answered with an error status."""

    def __init__(
        self,
        status: int,
        message: str,
        body: ErrorBody = ErrorBody.DATABRICKS,
        retry_after: float | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.body = body
        self.retry_after = retry_after
        self.code = code or _code(status)

    def response(self) -> web.Response:
        """The answer, with Retry-After (whole seconds, as HTTP wants) where asked for."""
        headers = {"Retry-After": str(round(self.retry_after))} if self.retry_after is not None else {}
        content_type, text = _worded(self.body, self.status, self.code, self.message)
        return web.Response(status=self.status, text=text, content_type=content_type, headers=headers)


def _code(status: int) -> str:
    return _CODES.get(status, "INTERNAL_ERROR" if status >= 500 else "BAD_REQUEST")


def _worded(body: ErrorBody, status: int, code: str, message: str) -> tuple[str, str]:
    match body:
        case ErrorBody.DATABRICKS:
            return "application/json", json.dumps({"error_code": code, "message": message})
        case ErrorBody.ERROR:
            return "application/json", json.dumps({"error": message})
        case ErrorBody.TEXT:
            return "text/plain", message
        case ErrorBody.HTML:
            return "text/html", f"<html><body><h1>{status}</h1><p>{message}</p></body></html>"
        case ErrorBody.EMPTY:
            return "text/plain", ""
