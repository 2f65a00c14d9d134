"""Secrets as references: `env:NAME` stands for an environment variable, so that no secret is written down.

What a reference stood for is written as that reference again (JSON), so settings can be sent on without their secrets.
"""

import os
import re
from typing import Annotated

from pydantic import AfterValidator, PlainSerializer, SecretStr, ValidatorFunctionWrapHandler, WrapValidator

_NAME = re.compile(r"(?i)(key|secret|token|password|credential|sas|connection_string)s?(?![a-z])")


def names_secret(name: str) -> bool:
    """Whether a name sounds like that of a secret, e.g. AWS_SECRET_ACCESS_KEY."""
    return _NAME.search(name) is not None


def resolve(value: object) -> object:
    """The value of the variable that `env:NAME` names; anything else as it is. Raises ValueError if it is not set."""
    if not isinstance(value, str) or not value.startswith("env:"):
        return value
    name = value.removeprefix("env:")
    try:
        return os.environ[name]
    except KeyError:
        raise ValueError(f"the environment variable {name} is not set") from None


class _ReferredText(str):
    """What a reference stood for."""

    reference: str


class _ReferredSecret(SecretStr):
    """A secret that a reference stood for."""

    reference: str


def _option(value: str) -> str:
    resolved = str(resolve(value))
    if resolved == value:
        return value
    text = _ReferredText(resolved)
    text.reference = value
    return text


def _secret(value: object, handler: ValidatorFunctionWrapHandler) -> SecretStr:
    secret: SecretStr = handler(resolve(value))
    if not isinstance(value, str) or not value.startswith("env:"):
        return secret
    referred = _ReferredSecret(secret.get_secret_value())
    referred.reference = value
    return referred


def _written(value: str | SecretStr) -> str:
    return value.reference if isinstance(value, _ReferredText | _ReferredSecret) else str(value)


Option = Annotated[str, AfterValidator(_option), PlainSerializer(_written, return_type=str, when_used="json")]
"""A storage option: text, or `env:NAME`."""

Secret = Annotated[SecretStr, WrapValidator(_secret), PlainSerializer(_written, return_type=str, when_used="json")]
"""A secret that is never printed: text, or `env:NAME`. Written as JSON, one that is text is asterisks."""
