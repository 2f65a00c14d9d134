"""`jsl-pipeline run`, `status` and `summary`: batches, and what became of them."""

from typing import Annotated

import typer

from jsl_pipeline.cli.console import JsonOption, StoreOption, err, out, print_json


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
        print_json(result.model_dump_json())
    else:
        opened = settings.open_store()
        print_summary(out, result, opened, needs_look(opened, result.batches), names)
    _exit_unless_accounted(result.accounted)


def status(store: StoreOption = None, json: JsonOption = False) -> None:
    """Show every batch of the store: what it holds, what came out, whether all is accounted for."""
    from jsl_pipeline.cli.show import print_status
    from jsl_pipeline.settings import load_settings
    from jsl_pipeline.stages import summarise

    opened = load_settings(store=store).open_store()
    batches = [summarise(opened, [key]) for key in opened.manifests.batch_keys()]
    if json:
        rows = ",".join(each.model_dump_json() for each in batches)
        print_json(f'{{"batches":[{rows}]}}')
    else:
        print_status(out, batches)


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
        print_json(total.model_dump_json())
    else:
        print_summary(out, total, opened, needs_look(opened, total.batches), names)
    _exit_unless_accounted(total.accounted)


def _exit_unless_accounted(accounted: bool) -> None:
    if not accounted:
        err.print("[red]Not everything is accounted for.[/] `jsl-pipeline status` shows which batch; run it again.")
        raise typer.Exit(1)
