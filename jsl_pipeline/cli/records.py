"""`jsl-pipeline export` and `schema`: records written out, and described."""

from pathlib import Path
from typing import Annotated

import typer

from jsl_pipeline.cli.console import StoreOption, out, print_json
from jsl_pipeline.errors import SettingsError


def export(
    table: Annotated[
        str | None, typer.Option("--table", help="Table of the store, e.g. medications; none for fhir.")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="jsonl, csv, parquet; or fhir.")] = "jsonl",
    store: StoreOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, for fhir a folder; stdout where unset.")
    ] = None,
    batch: Annotated[str | None, typer.Option("--batch", help="One batch only.")] = None,
) -> None:
    """Write a table of the store as JSON lines, CSV or Parquet, or trusted records as FHIR R4 Bundles."""
    from jsl_pipeline.cli.export import export_fhir, export_table
    from jsl_pipeline.settings import load_settings

    if (table is None) != (format == "fhir"):
        raise SettingsError("Give --table NAME, or --format fhir, which is for whole documents.")
    opened = load_settings(store=store).open_store()
    if table is not None:
        export_table(opened, table, format, output, batch)
    elif not export_fhir(opened, output, batch):
        raise typer.Exit(1)


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
        print_json(json.dumps(json_schema(name), indent=2))
