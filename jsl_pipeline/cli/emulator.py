"""`jsl-pipeline emulator`: what the pipeline needs of a workspace, on this machine, until Ctrl-C."""

import asyncio
import signal
import sys
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console

from jsl_pipeline.emulator import Effect, Emulator, EmulatorSettings, Fault
from jsl_pipeline.errors import SettingsError

_LOOK_SECONDS = 0.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def emulator_settings(config: Path | None, given: Mapping[str, Any]) -> EmulatorSettings:
    """Settings from a TOML file, overridden by those of `given` that are not None. Raises SettingsError."""
    try:
        written = tomllib.loads(config.read_text()) if config else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The emulator's settings file cannot be used: {type(error).__name__}.") from None
    try:
        return EmulatorSettings.model_validate(_overridden(written, given))
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise SettingsError(f"Wrong emulator settings. {reasons}") from None


def first_slips(share: float) -> tuple[Fault, ...]:
    """Faults of a model that slips in this share of its first answers, and puts that right where it is asked about."""
    effects = [effect for effect in Effect if effect.looks_right]
    return tuple(
        Fault(effect=effect, question="first", probability=share / (len(effects) - share * before))
        for before, effect in enumerate(effects)
    )


def run_emulator(settings: EmulatorSettings, console: Console) -> None:
    """Run the emulator until Ctrl-C or SIGTERM; says on `console` how to reach it and what it does.

    Raises SettingsError where the port is taken.
    """
    asyncio.run(_run(settings, console))


def _overridden(written: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(written)
    for name, value in given.items():
        if isinstance(value, Mapping):
            if inner := _overridden(merged.get(name, {}), value):
                merged[name] = inner
        elif value is not None:
            merged[name] = value
    return merged


async def _run(settings: EmulatorSettings, console: Console) -> None:
    leave = asyncio.Event()
    loop = asyncio.get_running_loop()
    if sys.platform != "win32":  # there, Ctrl-C cancels the task instead
        for each in _SIGNALS:
            loop.add_signal_handler(each, leave.set)
    async with Emulator(settings) as emulator:
        _introduce(emulator, console)
        await _watch(emulator, console, leave)
    console.print("Emulator stopped.")


def _introduce(emulator: Emulator, console: Console) -> None:
    settings = emulator.settings
    lines = {
        "JSL_ENGINE__KIND": "endpoint",
        "JSL_ENGINE__URL": emulator.url,
        "JSL_ENGINE__NAME": settings.endpoint,
        "JSL_ENGINE__TOKEN": settings.token.get_secret_value(),  # made up for this machine, not a secret of anybody
        "DATABRICKS_HOST": emulator.url,
        "DATABRICKS_TOKEN": settings.token.get_secret_value(),
    }
    console.print(
        f"Endpoint [bold]{settings.endpoint}[/] at {emulator.url}, reader {settings.reader.kind}. Use it with:"
    )
    for name, value in lines.items():
        console.print(f"  export {name}={value}", highlight=False)
    console.print(f"Volumes, DBFS and clusters are in {emulator.root}.", highlight=False, soft_wrap=True)
    console.print("Ctrl-C stops it.")


async def _watch(emulator: Emulator, console: Console, leave: asyncio.Event) -> None:
    """One line that changes where a person watches; else a line for each change of state."""
    shown = ""
    with console.status("") as status:
        while not leave.is_set():
            line = _status_line(emulator)
            state = line.partition(" ")[0]
            if console.is_terminal:
                status.update(line)
            elif state != shown:
                console.print(f"{datetime.now():%H:%M:%S} {line}", highlight=False)
            shown = state
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await leave.wait()
            except TimeoutError:
                continue


def _status_line(emulator: Emulator) -> str:
    slots = emulator.slots
    outcomes = sorted(emulator.outcomes.items())
    told = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in outcomes) or "no requests"
    return f"{emulator.state} · {slots.busy} of {slots.capacity} slots busy, {slots.waiting} waiting · {told}"
