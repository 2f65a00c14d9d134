"""A load from the pipeline's own history: when files came, and how many pages they had."""

from collections import defaultdict
from zoneinfo import ZoneInfo

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.planning.load import Load
from jsl_pipeline.planning.loads.arrivals import Arrival, average_week
from jsl_pipeline.store import Store


def load_from_history(store: Store, zone: ZoneInfo) -> Load:
    """The average week of all batches that were ingested.

    A file came when it was last changed, or where the file system does not know that, when its batch was closed.
    Duplicates and rejected files have no pages. Raises SettingsError where that is less than a day.
    """
    pages: dict[tuple[str, str], int] = defaultdict(int)
    for row in store.tables.read("documents", columns=["batch", "path", "pages", "duplicate_of"]).to_pylist():
        if row["duplicate_of"] is None:
            pages[row["batch"], row["path"]] += row["pages"]
    if not pages:
        raise SettingsError("The store has no history: no batch was ingested yet. Give --load or --pages-per-hour.")
    arrivals = [
        Arrival(file.modified or batch.closed_at, pages[batch.key, file.path])
        for batch in store.manifests.all()
        for file in batch.files
        if (batch.key, file.path) in pages
    ]
    return average_week(arrivals, zone, "The store's history")
