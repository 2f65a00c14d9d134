"""Who we are to the endpoint: nobody, a bearer token, or whatever the Databricks SDK finds."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

from jsl_pipeline.errors import EngineError, EngineUnavailable, MissingExtra, PipelineError
from jsl_pipeline.serving.settings import EndpointSettings

_KEPT_SECONDS = 60  # the SDK renews a token some minutes before it ends; asking it once a minute is enough


class Auth(Protocol):
    """Gives the headers that authorise a request."""

    async def headers(self) -> dict[str, str]:
        """Headers to send now. Raises EngineError where no credentials can be had, EngineUnavailable for now."""
        ...


class Bearer:
    """A token that was given, or none."""

    def __init__(self, token: str | None) -> None:
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def headers(self) -> dict[str, str]:
        """The same at every call."""
        return self._headers


class Databricks:
    """The SDK's unified authentication: OAuth for machines and people, profiles, and its own compute.

    Bound to no event loop: a sign-in that takes longer than its caller's time is there for the next one.
    """

    def __init__(self, url: str, token: str | None, kept_seconds: float = _KEPT_SECONDS) -> None:
        try:
            sdk: Any = import_module("databricks.sdk.core")
        except ModuleNotFoundError:
            raise MissingExtra("databricks", "Databricks authentication") from None
        self._config: Callable[[], Any] = lambda: sdk.Config(host=url, token=token)
        self._authenticate: Callable[[], dict[str, str]] | None = None
        self._headers: dict[str, str] = {}
        self._kept_seconds = kept_seconds
        self._renew_at = 0.0
        self._signing_in: Future[dict[str, str]] | None = None
        self._lock = threading.Lock()

    async def headers(self) -> dict[str, str]:
        """A token that is valid for minutes at least; renewed off the event loop."""
        if time.monotonic() < self._renew_at:
            return self._headers
        return await asyncio.wrap_future(self._renewal())

    def _renewal(self) -> Future[dict[str, str]]:
        """The sign-in under way. In a daemon thread, since the SDK tries for minutes where nobody answers."""
        with self._lock:
            if self._signing_in is None or self._signing_in.done():
                self._signing_in = Future()
                self._signing_in.set_running_or_notify_cancel()  # who stops waiting for it does not end it
                threading.Thread(target=self._renew, args=(self._signing_in,), daemon=True).start()
            return self._signing_in

    def _renew(self, done: Future[dict[str, str]]) -> None:
        try:
            self._headers = self._sign_in()
        except PipelineError as error:
            done.set_exception(error)
        else:
            self._renew_at = time.monotonic() + self._kept_seconds
            done.set_result(self._headers)

    def _sign_in(self) -> dict[str, str]:
        # The SDK's own text may hold parts of credentials: only the kind of error is told.
        try:
            authenticate = self._authenticate or self._config().authenticate
            self._authenticate = authenticate
            return authenticate()
        except OSError as error:
            raise EngineUnavailable(f"Databricks' sign-in cannot be reached ({type(error).__name__}).") from None
        except (ValueError, LookupError, TypeError, RuntimeError) as error:  # it meets odd answers with any of these
            self._authenticate = None
            if (
                self._headers
            ):  # they were good before; the SDK does not tell a sign-in that is down from one that refuses
                raise EngineUnavailable(f"Databricks renewed no credentials ({type(error).__name__}).") from None
            raise EngineError(
                f"Databricks gave no credentials ({type(error).__name__}): check the profile or DATABRICKS_* variables."
            ) from None


def create_auth(settings: EndpointSettings) -> Auth:
    """The credentials that the settings name. Raises MissingExtra."""
    token = settings.token.get_secret_value() if settings.token else None
    if settings.auth == "databricks":
        return _databricks(settings.url, token)
    return Bearer(token if settings.auth == "token" else None)


@lru_cache(maxsize=8)
def _databricks(url: str, token: str | None) -> Databricks:
    """One sign-in a process, for all that ask about a workspace every few seconds."""
    return Databricks(url, token)
