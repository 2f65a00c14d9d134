"""Files below the store's URL, local or in an object store, written whole or not at all."""

import os
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from jsl_pipeline.errors import StoreError

_READERS = 16  # at once: an object store takes its time for each


class Files:
    """Small and middle-sized files below a URL. Paths are relative to it, with forward slashes."""

    def __init__(self, url: str, options: dict[str, Any] | None = None) -> None:
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url, **(options or {}))
        except (ValueError, ImportError) as error:
            raise StoreError(f"The store URL cannot be used: {error}") from error

    def write(self, path: str, data: bytes) -> None:
        """Write a file so that readers see all of it or none of it; an older one is replaced."""
        target = self._full(path)
        try:
            if not isinstance(self._fs, LocalFileSystem):
                self._fs.pipe_file(target, data)  # object stores publish an object when its upload ends
                return
            temporary = f"{target}.{uuid.uuid4().hex}.tmp"
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(data)
            os.replace(temporary, target)
        except OSError as error:
            raise StoreError(f"The store cannot be written: {error.strerror or type(error).__name__}.") from error

    def read(self, path: str) -> bytes | None:
        """Content of a file, or None where there is none."""
        try:
            return self._fs.cat_file(self._full(path))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"The store cannot be read: {error.strerror or type(error).__name__}.") from error

    def read_all(self, paths: Sequence[str]) -> Iterator[bytes]:
        """Contents of many small files, in their order; those that are gone are left out."""
        with ThreadPoolExecutor(_READERS) as readers:
            yield from (data for data in readers.map(self.read, paths) if data is not None)

    def exists(self, path: str) -> bool:
        """Whether a file is there."""
        return bool(self._fs.exists(self._full(path)))

    def names(self, folder: str) -> Iterator[str]:
        """Names of the files directly in a folder, sorted; nothing where there is no such folder."""
        try:
            entries = self._fs.ls(self._full(folder), detail=True, refresh=True)
        except FileNotFoundError:
            return
        for name in sorted(entry["name"].rsplit("/", 1)[-1] for entry in entries if entry["type"] == "file"):
            if not name.endswith(".tmp"):
                yield name

    def remove(self, path: str) -> None:
        """Remove a file; one that is gone already is fine."""
        try:
            self._fs.rm_file(self._full(path))
        except FileNotFoundError:
            return

    def open(self, path: str) -> IO[bytes]:
        """A seekable binary stream for reading."""
        return self._fs.open(self._full(path), "rb")

    def _full(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}"
