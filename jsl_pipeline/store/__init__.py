"""The store: everything that the pipeline keeps, below one URL.

    tables/<name>      Delta tables, partitioned by batch
    pages/<batch>/     Parquet parts with the pixels of prepared pages
    answers/           what engines said, one file an answer
    batches/           manifests of closed batches
    usage/<endpoint>/  how an endpoint was used, minute by minute

Nothing else of the pipeline holds document content.
"""

import os
from functools import cached_property

from jsl_pipeline.schemas import Fingerprint
from jsl_pipeline.store.answers import Answers, digest
from jsl_pipeline.store.files import Files
from jsl_pipeline.store.manifests import Manifests
from jsl_pipeline.store.parts import PageParts
from jsl_pipeline.store.rows import (
    TABLES,
    DocumentRow,
    ExtractionRow,
    MedicationRow,
    PageRow,
    PatientRow,
    PrescriptionRow,
    RejectedRow,
    ReviewRow,
    Row,
)
from jsl_pipeline.store.spool import Spool
from jsl_pipeline.store.tables import Tables, arrow_schema
from jsl_pipeline.store.usage import EndpointRun, Usage


class Store:
    """The store below a URL: a folder, or `s3://`, `abfss://`, `gs://`.

    `file_options` go to fsspec, `table_options` to deltalake's own object store client.
    """

    def __init__(
        self, url: str, file_options: dict[str, str] | None = None, table_options: dict[str, str] | None = None
    ) -> None:
        self.url = url.rstrip("/") if "://" in url else os.path.abspath(url)
        self._file_options = file_options
        self._table_options = table_options

    @cached_property
    def tables(self) -> Tables:
        """The Delta tables."""
        return Tables(f"{self.url}/tables", self._table_options)

    @cached_property
    def parts(self) -> PageParts:
        """The pixels of prepared pages."""
        return PageParts(self._files)

    @cached_property
    def manifests(self) -> Manifests:
        """The closed batches."""
        return Manifests(self._files)

    def answers(self, fingerprint: Fingerprint) -> Answers:
        """The answers given under a fingerprint."""
        return Answers(self._files, fingerprint)

    def usage(self, endpoint: str) -> Usage:
        """How an endpoint was used; `EndpointSettings.identity` is what it is known by."""
        return Usage(self._files, endpoint)

    @cached_property
    def _files(self) -> Files:
        return Files(self.url, self._file_options)


__all__ = [
    "TABLES",
    "Answers",
    "DocumentRow",
    "EndpointRun",
    "ExtractionRow",
    "Manifests",
    "MedicationRow",
    "PageParts",
    "PageRow",
    "PatientRow",
    "PrescriptionRow",
    "RejectedRow",
    "ReviewRow",
    "Row",
    "Spool",
    "Store",
    "Tables",
    "Usage",
    "arrow_schema",
    "digest",
]
