"""The `jsl-pipeline` command: its options, its output and its exit codes.

Exit codes: 0 done; 1 done, but something is not accounted for; 2 the call or a setting is wrong, or an error
that a person must clear; 3 something was out of reach and the same call may succeed later.
Results go to stdout, progress and errors to stderr.
"""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from jsl_pipeline.cli.endpoint import endpoint_app
from jsl_pipeline.cli.models import models, package
from jsl_pipeline.errors import PipelineError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Turn scanned prescriptions and patient documents into validated records.",
)
app.add_typer(endpoint_app, name="endpoint")
# Where nobody watches, nothing is cut to a screen's width.
out = Console(width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True)

StoreOption = Annotated[str | None, typer.Option("--store", help="URL or folder of the store. (setting `store`)")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]


@app.command()
def run(
    landing: Annotated[str | None, typer.Argument(help="Folder or URL where scans arrive. (setting `landing`)")] = None,
    store: StoreOption = None,
    json: JsonOption = False,
    again: Annotated[bool, typer.Option("--again", help="Run finished batches of this landing folder, too.")] = False,
    names: Annotated[bool, typer.Option("--names", help="Show landing file names in the table.")] = False,
) -> None:
    """Take what waits in LANDING through all stages, here, and print what became of it.

    Run it again after a crash: finished pages are not repeated. Batches of this folder that are finished are
    left alone, and count in the summary.
    """
    from jsl_pipeline.cli.run import run_landing
    from jsl_pipeline.cli.show import print_summary
    from jsl_pipeline.settings import load_settings
    from jsl_pipeline.stages import needs_look

    settings = load_settings(landing=landing, store=store)
    result = run_landing(settings, again, err)
    if json:
        _print_json(result.model_dump_json())
    else:
        opened = settings.open_store()
        print_summary(out, result, opened, needs_look(opened, result.batches), names)
    _exit_unless_accounted(result.accounted)


@app.command()
def status(store: StoreOption = None, json: JsonOption = False) -> None:
    """Show every batch of the store: what it holds, what came out, whether all is accounted for."""
    from jsl_pipeline.cli.show import print_status
    from jsl_pipeline.settings import load_settings
    from jsl_pipeline.stages import summarise

    opened = load_settings(store=store).open_store()
    batches = [summarise(opened, [key]) for key in opened.manifests.batch_keys()]
    if json:
        rows = ",".join(each.model_dump_json() for each in batches)
        _print_json(f'{{"batches":[{rows}]}}')
    else:
        print_status(out, batches)


@app.command()
def summary(
    store: StoreOption = None,
    json: JsonOption = False,
    names: Annotated[bool, typer.Option("--names", help="Show landing file names in the table.")] = False,
) -> None:
    """Show totals over all batches of the store, and what needs a look."""
    from jsl_pipeline.cli.show import print_summary
    from jsl_pipeline.settings import load_settings
    from jsl_pipeline.stages import needs_look, summarise

    opened = load_settings(store=store).open_store()
    total = summarise(opened, opened.manifests.batch_keys())
    if json:
        _print_json(total.model_dump_json())
    else:
        print_summary(out, total, opened, needs_look(opened, total.batches), names)
    _exit_unless_accounted(total.accounted)


@app.command()
def export(
    table: Annotated[str, typer.Option("--table", help="Table of the store, e.g. medications.")],
    format: Annotated[str, typer.Option("--format", help="jsonl, csv or parquet.")] = "jsonl",
    store: StoreOption = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; stdout where unset.")] = None,
    batch: Annotated[str | None, typer.Option("--batch", help="One batch only.")] = None,
) -> None:
    """Write a table of the store as JSON lines, CSV or Parquet."""
    from jsl_pipeline.cli.export import export_table
    from jsl_pipeline.settings import load_settings

    export_table(load_settings(store=store).open_store(), table, format, output, batch)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What to ask.", show_default=False)],
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]...", help="Scans, PDF, or UTF-8 text: .txt, .md, .csv, or - for stdin."),
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", min=1, help="Tokens of an answer. (setting `engine.max_tokens`)")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Ask the model of the setting `engine` about each page of each FILE, or without one just ask.

    Answers are plain text. They are shown and stored nowhere: the same question is asked, and paid for, anew.
    Exit code 1 where a page has no answer; its cause is told.
    """
    from jsl_pipeline.cli.ask import Answers, answers, show
    from jsl_pipeline.settings import load_settings

    given = answers(load_settings(), question, files or [], max_tokens, partial(err.print, markup=False))
    if json:
        all_given = Answers(answers=tuple(given))
        _print_json(all_given.model_dump_json())
        complete = all_given.complete
    else:
        complete = show(given, err)
    if not complete:
        raise typer.Exit(1)


@app.command()
def evaluate(
    labels: Annotated[Path, typer.Argument(help="Folder of label files (JSON), one a document.")],
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Score the store's records against labels: precision, recall and F1 a field, overall and per family."""
    from jsl_pipeline.cli.evaluate import evaluate_store
    from jsl_pipeline.evaluation import render
    from jsl_pipeline.settings import load_settings

    report = evaluate_store(labels, load_settings(store=store).open_store())
    if json:
        _print_json(report.model_dump_json())
    else:
        out.print(render(report))


@app.command()
def schema(
    name: Annotated[str | None, typer.Argument(help="Schema, name or name@version; all names where unset.")] = None,
) -> None:
    """Print the JSON Schema of a record."""
    import json

    from jsl_pipeline.schemas.registry import json_schema, schema_names

    if name is None:
        for each in schema_names():
            out.print(each)
    else:
        _print_json(json.dumps(json_schema(name), indent=2))


@app.command()
def sample(
    landing: Annotated[Path, typer.Argument(help="Folder to write the documents to.")],
    seed: Annotated[int, typer.Option(help="The same seed draws the same documents.")] = 7,
) -> None:
    """Draw a small landing folder of invented documents, with their labels beside it."""
    from jsl_pipeline.synthetic import write_landing

    truth = write_landing(landing, seed)
    err.print(f"{len(truth.files)} files in {landing}, labels in {truth.labels}")


@app.command()
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
    from jsl_pipeline.cli.serve import checked, serve_model, vllm_options
    from jsl_pipeline.hosting import ServerSettings

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
    serve_model(vllm_options(model, given, option or ()), settings, start_seconds, key, err)


@app.command()
def emulator(
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file of emulator settings: faults, scripts, everything else.")
    ] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port on 127.0.0.1; 0 takes a free one.")] = None,
    reader: Annotated[
        str | None, typer.Option("--reader", help="Who reads: ocr (really reads each page) or canned (one answer).")
    ] = None,
    asleep: Annotated[bool, typer.Option("--asleep", help="Begin scaled to zero.")] = False,
    wake_seconds: Annotated[float | None, typer.Option("--wake-seconds", help="Length of a cold start.")] = None,
    waking: Annotated[
        str | None, typer.Option("--waking", help="What requests get meanwhile: held, 503, 504, 429 or closed.")
    ] = None,
    slots: Annotated[int | None, typer.Option("--slots", help="Requests worked on at once.")] = None,
    page_seconds: Annotated[float | None, typer.Option("--page-seconds", help="Time added to each page.")] = None,
    speed: Annotated[float | None, typer.Option("--speed", help="Emulated seconds in a real one.")] = None,
    log: Annotated[
        Path | None, typer.Option("--log", help="File for a JSON line an invocation or task of a run.")
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="Folder for volumes, DBFS and clusters; else a temporary one.")
    ] = None,
    cluster_seconds: Annotated[
        float | None, typer.Option("--cluster-seconds", help="From a cluster's request to its first task.")
    ] = None,
    spark: Annotated[
        str | None, typer.Option("--spark", help="Spark of a cluster: local, or standalone with real workers.")
    ] = None,
) -> None:
    """Run a stand-in for a Databricks workspace on this machine, until Ctrl-C: endpoint, files, clusters, jobs.

    It sleeps, wakes, refuses and fails as the real one does, reads pages with the CPU engine, and runs the tasks of
    submitted jobs as processes. What is not said is as in --config, or as in the emulator's defaults.
    """
    from jsl_pipeline.cli.emulator import emulator_settings, run_emulator

    sleep = {"start_asleep": asleep or None, "wake_seconds": wake_seconds, "waking": waking}
    given = {
        "port": port,
        "reader": {"kind": reader},
        "scale_to_zero": sleep,
        "slots": slots,
        "latency": {"page_seconds": page_seconds},
        "speed": speed,
        "log": log,
        "workspace": {"root": workspace, "start_seconds": cluster_seconds, "spark": spark},
    }
    run_emulator(emulator_settings(config, given), err)


app.command()(models)
app.command()(package)


def _exit_unless_accounted(accounted: bool) -> None:
    if not accounted:
        err.print("[red]Not everything is accounted for.[/] `jsl-pipeline status` shows which batch; run it again.")
        raise typer.Exit(1)


def _print_json(text: str) -> None:
    sys.stdout.write(text + "\n")


def main() -> None:
    """Run the command; errors made for people become one sentence and an exit code."""
    try:
        app()
    except PipelineError as error:
        err.print(f"[red]{type(error).__name__}[/]: {escape(str(error))}", highlight=False)
        sys.exit(3 if error.retryable else 2)
    except BrokenPipeError:
        sys.exit(0)  # the reader of our output left, as `head` does
