"""`jsl-pipeline serve`: vLLM's own server, told what this pipeline needs of it."""

import json
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from jsl_pipeline.engines import VllmSettings
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.hosting import ModelServer, ServerSettings, VllmOptions
from jsl_pipeline.settings import load_settings

Checked = TypeVar("Checked", VllmOptions, ServerSettings)


def vllm_options(model: str | None, given: Mapping[str, object], options: Sequence[str] = ()) -> VllmOptions:
    """What the engine `vllm` of the settings says, where that is the engine, and over it what is given here.

    `options` are NAME=VALUE by vLLM's own names. Raises SettingsError.
    """
    engine = load_settings().engine
    base = engine.model_dump(include=set(VllmOptions.model_fields)) if isinstance(engine, VllmSettings) else {}
    named = {name: value for name, value in given.items() if value is not None}
    chosen = base | named | {"options": base.get("options", {}) | dict(map(_option, options))}
    if model is not None:
        chosen["model"] = model
    if "model" not in chosen:
        raise SettingsError(
            "Which model? Name its folder or hub id, or set JSL_ENGINE__KIND=vllm and JSL_ENGINE__MODEL."
        )
    return checked(VllmOptions, chosen)


def checked(kind: type[Checked], given: Mapping[str, object]) -> Checked:
    """Settings of a kind. Raises SettingsError naming what is wrong."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"Wrong options. {reasons}") from None


def serve_model(options: VllmOptions, settings: ServerSettings, seconds: float, key: str | None, err: Console) -> None:
    """Serve until Ctrl-C or SIGTERM; once it is ready, stdout has what a client needs. Raises EngineError."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def tell(sentence: str) -> None:
        err.print(sentence, markup=False, highlight=False)

    tell(f"Model {options.model} is being loaded; vLLM's log follows.")
    try:
        with ModelServer(options, settings) as server:
            server.wait_until_ready(seconds, tell)
            tell(f"Ready at {settings.url}. Ctrl-C stops it.")
            sys.stdout.write(_client(options, settings, key))
            sys.stdout.flush()
            code = server.wait()
    except KeyboardInterrupt:
        tell("Server stopped; the model is released.")
        return
    tell(f"vLLM's server ended by itself with exit code {code}; its log says why.")
    raise typer.Exit(3)


def _client(options: VllmOptions, settings: ServerSettings, key: str | None) -> str:
    """The engine section of jsl_pipeline.toml; JSON strings are TOML strings."""
    facts = {"kind": "endpoint", "url": settings.url, "model": settings.name or options.model}
    facts |= {"auth": "none"} if key is None else {"token": key}
    return "[engine]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in facts.items())


def _option(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise SettingsError(f"`--option {text}` is not of the form NAME=VALUE.")
    try:
        return name.replace("-", "_"), json.loads(value)
    except ValueError:
        return name.replace("-", "_"), value
