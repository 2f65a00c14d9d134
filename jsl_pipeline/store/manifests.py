"""Manifests: which landing files a batch holds. Written once, when the batch is closed."""

from collections.abc import Iterator

from jsl_pipeline.errors import BatchNotFound
from jsl_pipeline.schemas import Batch
from jsl_pipeline.store.files import Files


class Manifests:
    """The closed batches of a store, one JSON file each below `batches/`."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def batch_keys(self) -> list[str]:
        """Keys of all batches, oldest first."""
        return [name.removesuffix(".json") for name in self._files.names("batches")]

    def get(self, key: str) -> Batch:
        """A batch by key. Raises BatchNotFound."""
        data = self._files.read(f"batches/{key}.json")
        if data is None:
            raise BatchNotFound(f"This store has no batch '{key}'; `jsl-pipeline status` lists those it has.")
        return Batch.model_validate_json(data)

    def all(self) -> Iterator[Batch]:
        """All batches, oldest first."""
        return (self.get(key) for key in self.batch_keys())

    def put(self, batch: Batch) -> None:
        """Keep a closed batch."""
        self._files.write(f"batches/{batch.key}.json", batch.model_dump_json().encode())
