"""Schemas by name and version: what `jsl-pipeline schema`, engines and tables ask for.

A document type is added by adding one module to this package that declares its model with `record_schema`;
nothing else has to know of it.
"""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TypeVar

from pydantic import BaseModel

from jsl_pipeline.errors import SettingsError

_Model = TypeVar("_Model", bound=type[BaseModel])


@dataclass(frozen=True, slots=True)
class SchemaEntry:
    """A model under its name and version."""

    name: str
    version: int
    model: type[BaseModel]

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


_ENTRIES: dict[str, SchemaEntry] = {}


def record_schema(name: str, version: int) -> Callable[[_Model], _Model]:
    """Class decorator: register a model as `name@version`. Raises ValueError if another model has that name."""

    def register(model: _Model) -> _Model:
        entry = SchemaEntry(name, version, model)
        known = _ENTRIES.setdefault(str(entry), entry)
        if known.model is not model:
            raise ValueError(f"{entry} is declared by both {known.model.__module__} and {model.__module__}")
        return model

    return register


def schema_names() -> list[str]:
    """All schemas as name@version, sorted by name, then version."""
    return [str(entry) for entry in sorted(_entries().values(), key=lambda each: (each.name, each.version))]


def schema(name: str) -> SchemaEntry:
    """The schema `name@version`, or the latest version of `name`. Raises SettingsError if there is none."""
    entries = _entries()
    if name in entries:
        return entries[name]
    versions = [entry for entry in entries.values() if entry.name == name]
    if not versions:
        raise SettingsError(f"There is no schema of that name. Known are: {', '.join(schema_names())}.")
    return max(versions, key=lambda entry: entry.version)


def schema_of(model: type[BaseModel]) -> SchemaEntry:
    """The schema that a model was registered as. Raises SettingsError if it never was."""
    for entry in _entries().values():
        if entry.model is model:
            return entry
    raise SettingsError(f"{model.__name__} is no registered schema: declare it with @record_schema(name, version).")


def json_schema(name: str) -> dict[str, object]:
    """JSON Schema, draft 2020-12, of `schema(name)`."""
    entry = schema(name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:jsl-pipeline:{entry}",
        **entry.model.model_json_schema(),
    }


def _entries() -> dict[str, SchemaEntry]:
    """Every entry that a module of this package declares."""
    package = import_module(__package__ or "jsl_pipeline.schemas")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
    return _ENTRIES
