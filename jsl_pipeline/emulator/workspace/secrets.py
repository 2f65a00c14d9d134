"""Secrets: written through the API or the settings, read only by clusters that refer to them.

`{{secrets/scope/key}}` as a whole value is resolved when a cluster starts; the API never tells a value.
https://docs.databricks.com/api/workspace/secrets
"""

import re
from collections.abc import Mapping, Sequence

from aiohttp import web

from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.workspace.bodies import json_body, text_field
from jsl_pipeline.emulator.workspace.submission import ClusterSpec

_REFERENCE = re.compile(r"\{\{secrets/([^/{}]+)/([^/{}]+)\}\}")


class SecretMissing(Exception):
    """A reference names a secret that the workspace has not."""


class Secrets:
    """The secrets of the workspace, and `/api/2.0/secrets/...`."""

    def __init__(self, scopes: Mapping[str, Mapping[str, str]]) -> None:
        self._scopes = {scope: dict(secrets) for scope, secrets in scopes.items()}

    def resolved(self, values: Mapping[str, str]) -> dict[str, str]:
        """Values with their references replaced. Raises SecretMissing."""
        return {name: self._value(value) for name, value in values.items()}

    def check_image(self, spec: ClusterSpec) -> None:
        """Raise SecretMissing unless the registry's password, where one is given, can be had."""
        if spec.docker_image is not None and spec.docker_image.basic_auth is not None:
            self._value(spec.docker_image.basic_auth.username)
            self._value(spec.docker_image.basic_auth.password)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """What it answers."""
        return (
            web.post("/api/2.0/secrets/scopes/create", self._create_scope),
            web.get("/api/2.0/secrets/scopes/list", self._list_scopes),
            web.post("/api/2.0/secrets/put", self._put),
            web.post("/api/2.0/secrets/delete", self._delete),
            web.get("/api/2.0/secrets/list", self._list),
        )

    async def _create_scope(self, request: web.Request) -> web.Response:
        scope = text_field(await json_body(request), "scope")
        if scope in self._scopes:
            raise Refused(400, f"Scope {scope} already exists!", code="RESOURCE_ALREADY_EXISTS")
        self._scopes[scope] = {}
        return web.json_response({})

    async def _list_scopes(self, request: web.Request) -> web.Response:
        return web.json_response({"scopes": [{"name": name, "backend_type": "DATABRICKS"} for name in self._scopes]})

    async def _put(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        self._scope(text_field(body, "scope"))[text_field(body, "key")] = text_field(body, "string_value")
        return web.json_response({})

    async def _delete(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        if self._scope(text_field(body, "scope")).pop(text_field(body, "key"), None) is None:
            raise Refused(404, "Secret does not exist.")
        return web.json_response({})

    async def _list(self, request: web.Request) -> web.Response:
        scope = self._scope(request.query.get("scope", ""))
        return web.json_response({"secrets": [{"key": key} for key in scope]})

    def _scope(self, name: str) -> dict[str, str]:
        if name not in self._scopes:
            raise Refused(404, f"Scope {name} does not exist!")
        return self._scopes[name]

    def _value(self, value: str) -> str:
        found = _REFERENCE.fullmatch(value.strip())
        if found is None:
            return value
        scope, key = found.groups()
        secret = self._scopes.get(scope, {}).get(key)
        if secret is None:
            raise SecretMissing(f"Secret does not exist with scope: {scope} and key: {key}.")
        return secret
