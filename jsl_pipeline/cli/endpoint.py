"""`jsl-pipeline endpoint`: see, wake and stop the endpoint that the settings name."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from jsl_pipeline.cli.console import JsonOption, print_json, tell

if TYPE_CHECKING:
    from jsl_pipeline.serving import EndpointSettings, EndpointStatus
    from jsl_pipeline.settings import Settings

endpoint_app = typer.Typer(no_args_is_help=True, help="See, wake and stop the endpoint of the setting `engine`.")

WaitOption = Annotated[bool, typer.Option("--wait", help="Wait until it is ready. (setting `engine.wake`)")]


@endpoint_app.command()
def status(json: JsonOption = False) -> None:
    """Show what the endpoint is doing, its size and its price. This does not wake it.

    Exit code 3 where its state is not known.
    """
    from jsl_pipeline.serving import EndpointState, dollars_per_hour, open_control

    settings = _settings()
    control = open_control(settings)
    found = control.status()
    if found.state is EndpointState.UNKNOWN:
        found = control.status()  # a first sign-in may take longer than a look may
    _show(found, dollars_per_hour(settings.price, found), json)
    if found.state is EndpointState.UNKNOWN:
        raise typer.Exit(3)


@endpoint_app.command()
def wake(wait: WaitOption = False, json: JsonOption = False) -> None:
    """Wake the endpoint, or start it where it was stopped. From then on it costs its price."""
    from jsl_pipeline.serving import dollars_per_hour, open_control, wait_until_ready

    settings = _settings()
    control = open_control(settings)
    if wait:
        found = wait_until_ready(control, settings.wake, settings.price, lambda progress: tell(progress.sentence))
    else:
        control.wake()
        tell("The endpoint was asked to wake.")
        found = control.status()
    _show(found, dollars_per_hour(settings.price, found), json)


@endpoint_app.command()
def stop() -> None:
    """Stop the endpoint: it costs nothing and answers nothing until it is woken. Needs the right to manage it."""
    from jsl_pipeline.serving import open_control

    open_control(_settings()).stop()
    tell("The endpoint was asked to stop.")


def endpoint_settings(settings: "Settings") -> "EndpointSettings":
    """The endpoint that settings name. Raises SettingsError where their engine is another."""
    from jsl_pipeline.errors import SettingsError
    from jsl_pipeline.serving import EndpointSettings

    if not isinstance(settings.engine, EndpointSettings):
        raise SettingsError(
            "The engine is not an endpoint: set JSL_ENGINE__KIND=endpoint, JSL_ENGINE__URL, JSL_ENGINE__NAME for a "
            "workspace's, and JSL_ENGINE__TOKEN=env:NAME, or the same in jsl_pipeline.toml."
        )
    return settings.engine


def _settings() -> "EndpointSettings":
    from jsl_pipeline.settings import load_settings

    return endpoint_settings(load_settings())


def _show(found: "EndpointStatus", dollars_per_hour: float | None, json: bool) -> None:
    if json:
        from json import dumps

        print_json(dumps(found.model_dump(mode="json") | {"dollars_per_hour": dollars_per_hour}))
        return
    facts = {
        "state": found.state.value,
        "message": found.message,
        "workload": found.workload_type,
        "requests at once": found.concurrency,
        "sleeps when idle": {True: "yes", False: "no", None: None}[found.scales_to_zero],
        "price": None if dollars_per_hour is None else f"${dollars_per_hour:.2f} an hour awake",
    }
    for name, fact in facts.items():
        if fact:
            sys.stdout.write(f"{name:<17} {fact}\n")
