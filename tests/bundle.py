"""The bundle as `databricks bundle` sees it for a target: files merged, variables replaced.

https://docs.databricks.com/dev-tools/bundles/settings
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
_VARIABLE = re.compile(r"\$\{var\.(\w+)\}")


class Bundle:
    """One target of the bundle in `root`. Variables without a default are given by name, as with `--var`."""

    def __init__(self, target: str, root: Path = ROOT, **given: str) -> None:
        main = _read(root / "databricks.yml")
        for file in main.get("include", []):
            main = _merged(main, _read(root / file))
        own = main["targets"][target]
        self.used: set[str] = set()
        self.mode: str | None = own.get("mode")
        self.workspace: dict[str, Any] = own.get("workspace", {})
        self._variables = {name: each.get("default") for name, each in main["variables"].items()}
        unknown = {*own.get("variables", {}), *given} - set(self._variables)
        assert not unknown, f"{target} sets {unknown}, which nothing declares"
        self._variables |= own.get("variables", {}) | given
        self.resources: dict[str, dict[str, Any]] = self._resolved(
            _merged(main.get("resources", {}), own.get("resources", {}))
        )

    @property
    def unused(self) -> set[str]:
        """Variables that nothing refers to."""
        return set(self._variables) - self.used

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._resolved(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._resolved(each) for each in value]
        if not isinstance(value, str):
            return value
        if whole := _VARIABLE.fullmatch(value):
            return self._value(whole[1])
        return _VARIABLE.sub(lambda found: str(self._value(found[1])), value)

    def _value(self, name: str) -> Any:
        self.used.add(name)
        assert self._variables.get(name) is not None, f"the variable {name} has no value"
        return self._resolved(self._variables[name])


def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def _merged(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(left)
    for name, value in right.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        merged[name] = _merged(merged[name], value) if both else value
    return merged
