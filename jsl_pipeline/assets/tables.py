"""Assets that are tables of the store: what the UI knows of them before and after a batch is materialised."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from jsl_pipeline.assets.partitions import batches
from jsl_pipeline.store import TABLES, Store, arrow_schema


def table_spec(name: str, group: str, deps: Sequence[str], kinds: set[str], description: str) -> dg.AssetSpec:
    """An asset that is a table of the store, with its columns."""
    return dg.AssetSpec(
        name,
        deps=deps,
        description=description,
        group_name=group,
        kinds={*kinds, "deltalake"},
        partitions_def=batches,
        metadata={"dagster/column_schema": _column_schema(name), "dagster/table_name": name},
    )


def table_result(
    store: Store, table: str, batch: str, metadata: Mapping[str, dg.MetadataValue]
) -> dg.MaterializeResult[Any]:
    """What a batch brought to a table: its rows there, where it lies, and `metadata`."""
    return dg.MaterializeResult(
        asset_key=table,
        metadata={
            "dagster/row_count": store.tables.count(table, batch),
            "dagster/uri": store.tables.url(table),
            **metadata,
        },
    )


def _column_schema(table: str) -> dg.TableSchema:
    schema = arrow_schema(TABLES[table])
    return dg.TableSchema(
        columns=[
            dg.TableColumn(field.name, str(field.type), (field.metadata or {}).get(b"comment", b"").decode())
            for field in schema
        ]
    )
