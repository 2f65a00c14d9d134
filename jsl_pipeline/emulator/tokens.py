"""Who may call: the static token, and OAuth tokens for a client id and its secret (machine to machine)."""

import base64
import binascii
import hmac
import secrets
import time

from aiohttp import web

from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.settings import EmulatorSettings


class Tokens:
    """Issues and checks bearer tokens."""

    def __init__(self, settings: EmulatorSettings) -> None:
        self._settings = settings
        self._issued: dict[str, float] = {}  # token -> time.monotonic() of its end

    def check(self, request: web.Request) -> None:
        """Raise Refused(403) unless the request carries a valid token."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        static = self._settings.token.get_secret_value()
        good = hmac.compare_digest(token.encode(), static.encode()) or self._issued.get(token, 0) > time.monotonic()
        if scheme.lower() != "bearer" or not good:
            raise Refused(403, "Invalid access token")

    async def discover(self, request: web.Request) -> web.Response:
        """`GET /oidc/.well-known/oauth-authorization-server`."""
        base = f"{request.scheme}://{request.host}/oidc"
        return web.json_response(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/v1/authorize",
                "token_endpoint": f"{base}/v1/token",
                "grant_types_supported": ["client_credentials"],
            }
        )

    async def issue(self, request: web.Request) -> web.Response:
        """`POST /oidc/v1/token`: client credentials, in the header (Basic) or in the form."""
        form = await request.post()
        client_id, client_secret = _basic(request) or (str(form.get("client_id")), str(form.get("client_secret")))
        if form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        secret = self._settings.client_secret.get_secret_value()
        if client_id != self._settings.client_id or not hmac.compare_digest(client_secret.encode(), secret.encode()):
            return web.json_response({"error": "invalid_client"}, status=401)
        token = secrets.token_urlsafe(24)
        seconds = self._settings.oauth_token_seconds
        self._issued[token] = time.monotonic() + seconds
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": int(seconds)})


def _basic(request: web.Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, secret
