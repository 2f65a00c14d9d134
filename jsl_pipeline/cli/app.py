"""The `jsl-pipeline` command: its commands put together, and its exit codes.

Exit codes: 0 done; 1 done, but something is not accounted for; 2 the call or a setting is wrong, or an error
that a person must clear; 3 something was out of reach and the same call may succeed later.
Results go to stdout, progress and errors to stderr. Modules of commands import what they need when they are called, so
that none waits for the packages of another.
"""

import sys

import typer
from rich.markup import escape

from jsl_pipeline.cli.advise import advise
from jsl_pipeline.cli.ask import ask
from jsl_pipeline.cli.batches import run, status, summary
from jsl_pipeline.cli.calibrate import calibrate
from jsl_pipeline.cli.console import err
from jsl_pipeline.cli.endpoint import endpoint_app
from jsl_pipeline.cli.evaluate import evaluate
from jsl_pipeline.cli.models import models, package
from jsl_pipeline.cli.plan import plan
from jsl_pipeline.cli.probe import probe
from jsl_pipeline.cli.records import export, schema
from jsl_pipeline.cli.serve import serve
from jsl_pipeline.cli.stand_ins import emulator, sample
from jsl_pipeline.errors import PipelineError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Turn scanned prescriptions and patient documents into validated records.",
)
for command in (run, status, summary, export, ask, evaluate, schema, sample, serve, emulator, models, package):
    app.command()(command)
for command in (calibrate, probe, advise, plan):
    app.command()(command)
app.add_typer(endpoint_app, name="endpoint")


def main() -> None:
    """Run the command; errors made for people become one sentence and an exit code."""
    try:
        app()
    except PipelineError as error:
        err.print(f"[red]{type(error).__name__}[/]: {escape(str(error))}", highlight=False)
        sys.exit(3 if error.retryable else 2)
    except BrokenPipeError:
        sys.exit(0)  # the reader of our output left, as `head` does
