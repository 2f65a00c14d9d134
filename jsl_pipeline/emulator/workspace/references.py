"""Secrets by reference: `{{secrets/scope/key}}` as a whole value, resolved when a cluster starts."""

import re
from collections.abc import Mapping

from jsl_pipeline.emulator.workspace.submission import ClusterSpec
from jsl_pipeline.emulator.workspace_settings import WorkspaceSettings

_REFERENCE = re.compile(r"\{\{secrets/([^/{}]+)/([^/{}]+)\}\}")


class SecretMissing(Exception):
    """A reference names a secret that the workspace has not."""


class Secrets:
    """The secrets of the workspace."""

    def __init__(self, settings: WorkspaceSettings) -> None:
        self._scopes = settings.secrets

    def resolved(self, values: Mapping[str, str]) -> dict[str, str]:
        """Values with their references replaced. Raises SecretMissing."""
        return {name: self._value(value) for name, value in values.items()}

    def check_image(self, spec: ClusterSpec) -> None:
        """Raise SecretMissing unless the registry's password, where one is given, can be had."""
        if spec.docker_image is not None and spec.docker_image.basic_auth is not None:
            self._value(spec.docker_image.basic_auth.username)
            self._value(spec.docker_image.basic_auth.password)

    def _value(self, value: str) -> str:
        found = _REFERENCE.fullmatch(value.strip())
        if found is None:
            return value
        scope, key = found.groups()
        secret = self._scopes.get(scope, {}).get(key)
        if secret is None:
            raise SecretMissing(f"Secret does not exist with scope: {scope} and key: {key}.")
        return secret.get_secret_value()
