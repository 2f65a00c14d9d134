"""Who we are to the endpoint: nobody, a bearer token, or whatever the Databricks SDK finds."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from jsl_pipeline.errors import EngineError, MissingExtra
from jsl_pipeline.serving.settings import EndpointSettings

_KEPT_SECONDS = 60  # the SDK renews a token some minutes before it ends; asking it once a minute is enough


class Auth(Protocol):
    """Gives the headers that authorise a request."""

    async def headers(self) -> dict[str, str]:
        """Headers to send now. Raises EngineError where no credentials can be had."""
        ...


class Bearer:
    """A token that was given, or none."""

    def __init__(self, token: str | None) -> None:
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def headers(self) -> dict[str, str]:
        """The same at every call."""
        return self._headers


class Databricks:
    """The SDK's unified authentication: OAuth for machines and people, profiles, and its own compute."""

    def __init__(self, settings: EndpointSettings) -> None:
        try:
            sdk: Any = import_module("databricks.sdk.core")
        except ModuleNotFoundError:
            raise MissingExtra("databricks", "Databricks authentication") from None
        token = settings.token.get_secret_value() if settings.token else None
        self._config: Callable[[], Any] = lambda: sdk.Config(host=settings.url, token=token)
        self._authenticate: Callable[[], dict[str, str]] | None = None
        self._headers: dict[str, str] = {}
        self._renew_at = 0.0
        self._lock = asyncio.Lock()

    async def headers(self) -> dict[str, str]:
        """A token that is valid for minutes at least; renewed off the event loop."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if now >= self._renew_at:
                self._headers = await asyncio.to_thread(self._renewed)
                self._renew_at = now + _KEPT_SECONDS
        return self._headers

    def _renewed(self) -> dict[str, str]:
        try:
            authenticate = self._authenticate or self._config().authenticate
            self._authenticate = authenticate
            return authenticate()
        except (ValueError, OSError) as error:  # the SDK's own text may hold parts of credentials
            raise EngineError(
                f"Databricks gave no credentials ({type(error).__name__}): check the profile or DATABRICKS_* variables."
            ) from None


def create_auth(settings: EndpointSettings) -> Auth:
    """The credentials that the settings name. Raises MissingExtra."""
    if settings.auth == "databricks":
        return Databricks(settings)
    return Bearer(settings.token.get_secret_value() if settings.token and settings.auth == "token" else None)
