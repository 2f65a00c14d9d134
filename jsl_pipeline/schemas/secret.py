"""Secrets as references: `env:NAME` stands for an environment variable, so that no secret is written down."""

import os
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr


def resolve(value: object) -> object:
    """The value of the variable that `env:NAME` names; anything else as it is. Raises ValueError if it is not set."""
    if not isinstance(value, str) or not value.startswith("env:"):
        return value
    name = value.removeprefix("env:")
    try:
        return os.environ[name]
    except KeyError:
        raise ValueError(f"the environment variable {name} is not set") from None


Option = Annotated[str, AfterValidator(resolve)]
"""A storage option: text, or `env:NAME`."""

Secret = Annotated[SecretStr, BeforeValidator(resolve)]
"""A secret that is never printed: text, or `env:NAME`."""
