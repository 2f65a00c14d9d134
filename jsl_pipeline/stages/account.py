"""Account: is every file and every page of a batch in exactly one place?"""

from pydantic import Field

from jsl_pipeline.schemas import Value
from jsl_pipeline.store import Store

_LISTED = 20


class LostPage(Value):
    """A page that is in no place, or in more than one."""

    document_id: str
    page_no: int
    found: int = Field(description="Places it is in: 0 is lost, 2 or more counted twice.")


class Accounting(Value):
    """Where the files and pages of a batch are."""

    files: int
    documents: int
    duplicates: int
    rejected: int
    pages: int = Field(description="Pages of the documents, by their page counts.")
    extracted: int
    failed: int = Field(description="Pages without pixels or without answer.")
    blank: int
    records: int = Field(description="Documents with a trusted record.")
    review: int = Field(description="Documents in the review queue.")
    misplaced: tuple[LostPage, ...] = Field(default=(), description="The first pages that are not in one place.")

    @property
    def files_balance(self) -> bool:
        """Each file is a document, a duplicate or rejected."""
        return self.files == self.documents + self.duplicates + self.rejected

    @property
    def pages_balance(self) -> bool:
        """Each page is extracted, failed or blank, once."""
        return self.pages == self.extracted + self.failed + self.blank and not self.misplaced

    @property
    def documents_balance(self) -> bool:
        """Each document is a trusted record or in review."""
        return self.documents == self.records + self.review

    @property
    def finished(self) -> bool:
        """All is accounted for, through to the records."""
        return self.files_balance and self.pages_balance and self.documents_balance


def account(store: Store, batch_key: str) -> Accounting:
    """Count a batch's files, pages and records over all tables. Raises BatchNotFound."""
    tables = store.tables
    documents = tables.read("documents", batch_key, ["document_id", "pages", "duplicate_of"]).to_pylist()
    firsts = [row for row in documents if row["duplicate_of"] is None]
    places: dict[tuple[str, int], int] = {
        (row["document_id"], number): 0 for row in firsts for number in range(1, row["pages"] + 1)
    }
    counts = {"blank": 0, "extracted": 0, "failed": 0}
    for table in ("pages", "extractions"):
        for row in tables.read(table, batch_key, ["document_id", "page_no", "state"]).to_pylist():
            if row["state"] != "prepared":  # a prepared page's place is its extraction
                counts[row["state"]] += 1
                place = (row["document_id"], row["page_no"])
                places[place] = places.get(place, 0) + 1
    misplaced = [LostPage(document_id=d, page_no=n, found=found) for (d, n), found in places.items() if found != 1]
    patients = tables.read("patients", batch_key, ["schema_name"]).to_pylist()
    return Accounting(
        files=len(store.manifests.get(batch_key).files),
        documents=len(firsts),
        duplicates=len(documents) - len(firsts),
        rejected=tables.count("rejected", batch_key),
        pages=sum(row["pages"] for row in firsts),
        **counts,
        records=tables.count("prescriptions", batch_key)
        + sum(row["schema_name"].startswith("patient@") for row in patients),
        review=tables.count("review_queue", batch_key),
        misplaced=tuple(misplaced[:_LISTED]),
    )
