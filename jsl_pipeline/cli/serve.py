"""`jsl-pipeline serve`: vLLM's own server, told what this pipeline needs of it."""

import signal
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from jsl_pipeline.cli.console import tell
from jsl_pipeline.errors import SettingsError

if TYPE_CHECKING:
    from jsl_pipeline.hosting import ServerSettings, VllmOptions
    from jsl_pipeline.schemas import Value

Checked = TypeVar("Checked", bound="Value")


def serve(
    model: Annotated[
        str | None, typer.Argument(help="Folder of the weights, or their name on the hub. (setting `engine.model`)")
    ] = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; others than loopback need --key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on.")] = 8000,
    key: Annotated[str | None, typer.Option("--key", help="Token that requests must bring, as env:NAME.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name that requests ask for, in place of MODEL.")] = None,
    tensor_parallel: Annotated[int | None, typer.Option("--tensor-parallel", help="Cards that share a model.")] = None,
    data_parallel: Annotated[int | None, typer.Option("--data-parallel", help="Models side by side.")] = None,
    memory_share: Annotated[
        float | None, typer.Option("--memory-share", help="Part of a card's memory to take.")
    ] = None,
    quantization: Annotated[str | None, typer.Option("--quantization", help="fp8, or how weights were shrunk.")] = None,
    max_model_len: Annotated[
        int | None, typer.Option("--max-model-len", help="Tokens of a page and its answer.")
    ] = None,
    max_sequences: Annotated[int | None, typer.Option("--max-sequences", help="Pages worked on at once.")] = None,
    api_servers: Annotated[
        int | None, typer.Option("--api-servers", help="Processes that prepare images; one for four cores where unset.")
    ] = None,
    eager: Annotated[bool, typer.Option("--eager", help="No compilation: starts sooner, answers more slowly.")] = False,
    option: Annotated[
        list[str] | None, typer.Option("--option", help="NAME=VALUE by vLLM's own names; may be repeated.")
    ] = None,
    start_seconds: Annotated[float, typer.Option("--start-seconds", help="Time that loading may take.")] = 2400,
) -> None:
    """Serve MODEL with vLLM's own server, set up for this pipeline, until Ctrl-C. It needs the extra `vllm` and a GPU.

    Once it is ready, the settings of the engine `endpoint` that calls it are printed on stdout.
    """
    from jsl_pipeline.hosting import ServerSettings

    if key is not None and not key.startswith("env:"):
        raise SettingsError("`--key` is env:NAME: a command line is shown to all users of the machine.")
    given = {
        "tensor_parallel": tensor_parallel,
        "data_parallel": data_parallel,
        "memory_share": memory_share,
        "quantization": quantization,
        "max_model_len": max_model_len,
        "max_sequences": max_sequences,
        "eager": eager or None,
    }
    listens = {"host": host, "port": port, "key": key, "name": name, "api_servers": api_servers}
    settings = checked(ServerSettings, listens)
    _serve(_vllm_options(model, given, option or ()), settings, start_seconds, key)


def checked(kind: type[Checked], given: Mapping[str, object]) -> Checked:
    """Options of a kind. Raises SettingsError naming what is wrong."""
    from pydantic import ValidationError

    try:
        return kind.model_validate(given)
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"Wrong options. {reasons}") from None


def _vllm_options(model: str | None, given: Mapping[str, object], options: Sequence[str]) -> "VllmOptions":
    """What the engine `vllm` of the settings says, where that is the engine, and over it what is given here.

    `options` are NAME=VALUE by vLLM's own names.
    """
    from jsl_pipeline.engines import VllmSettings
    from jsl_pipeline.hosting import VllmOptions
    from jsl_pipeline.settings import load_settings

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


def _serve(options: "VllmOptions", settings: "ServerSettings", seconds: float, key: str | None) -> None:
    """Serve until Ctrl-C or SIGTERM; once it is ready, stdout has what a client needs."""
    from jsl_pipeline.hosting import ModelServer

    signal.signal(signal.SIGTERM, signal.default_int_handler)
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


def _client(options: "VllmOptions", settings: "ServerSettings", key: str | None) -> str:
    """The engine section of jsl_pipeline.toml; JSON strings are TOML strings."""
    from json import dumps

    facts = {"kind": "endpoint", "url": settings.url, "model": settings.name or options.model}
    facts |= {"auth": "none"} if key is None else {"token": key}
    return "[engine]\n" + "".join(f"{name} = {dumps(value)}\n" for name, value in facts.items())


def _option(text: str) -> tuple[str, object]:
    from json import loads

    name, equals, value = text.partition("=")
    if not name or not equals:
        raise SettingsError(f"`--option {text}` is not of the form NAME=VALUE.")
    try:
        return name.replace("-", "_"), loads(value)
    except ValueError:
        return name.replace("-", "_"), value
