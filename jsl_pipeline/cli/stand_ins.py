"""`jsl-pipeline sample` and `emulator`: what stands in for scans, and for a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from jsl_pipeline.cli.console import err


def sample(
    landing: Annotated[Path, typer.Argument(help="Folder to write the documents to; labels go to FOLDER-labels.")],
    seed: Annotated[int, typer.Option(help="The same seed draws the same documents.")] = 7,
    pages: Annotated[
        int | None, typer.Option("--pages", min=1, help="Draw so many documents, most of one page, for measuring.")
    ] = None,
    hard: Annotated[
        bool,
        typer.Option(
            "--hard",
            help="Draw hard ones: composed layouts, stamps, strike-outs, handwriting, folds, shadows, faxes; 100 "
            "unless --pages says how many. Where each value stands goes to FOLDER-places.",
        ),
    ] = False,
) -> None:
    """Draw invented documents with exact labels beside them: a small landing folder, or as many as you ask for."""
    from rich.progress import Progress

    from jsl_pipeline.synthetic import write_hard, write_landing, write_volume

    if hard:
        count = pages or 100
        with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
            task = bar.add_task("drawing", total=count)
            truth = write_hard(landing, count, seed, lambda done: bar.update(task, completed=done))
    else:
        truth = write_volume(landing, pages, seed) if pages else write_landing(landing, seed)
    err.print(f"{len(truth.files)} files in {landing}, labels in {truth.labels}")


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
    slips: Annotated[
        float, typer.Option("--slips", min=0, max=1, help="Part of the first answers that looks right and is wrong.")
    ] = 0,
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
    from jsl_pipeline.cli.emulator import emulator_settings, first_slips, run_emulator

    sleep = {"start_asleep": asleep or None, "wake_seconds": wake_seconds, "waking": waking}
    given = {
        "port": port,
        "reader": {"kind": reader},
        "scale_to_zero": sleep,
        "slots": slots,
        "latency": {"page_seconds": page_seconds},
        "speed": speed,
        "faults": first_slips(slips) if slips else None,
        "log": log,
        "workspace": {"root": workspace, "start_seconds": cluster_seconds, "spark": spark},
    }
    run_emulator(emulator_settings(config, given), err)
