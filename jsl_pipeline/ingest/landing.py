"""A folder where files land: local, or any object store that fsspec speaks to."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from jsl_pipeline.errors import LandingError, LandingUnavailable, PipelineError
from jsl_pipeline.schemas import LandingFile, PageFailure
from jsl_pipeline.workers import Pool, Work

_UNFINISHED_SUFFIXES = (".part", ".partial", ".filepart", ".crdownload", ".tmp", ".upload", "~")
_MARKERS = frozenset({"_success", "_temporary", "thumbs.db", "desktop.ini"})
_MARKER_PREFIXES = ("_committed_", "_started_", "~$")
_FOLDERS = 32  # a landing folder with fewer is listed faster than workers are started
_FOLDER_SECONDS = 300
_MODIFIED_KEYS = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")


class Landing:
    """A landing folder.

    `url` is a plain path or a URL such as s3://bucket/scans, abfss://..., gs://...; `storage_options` are handed
    to that file system. Nothing is contacted before the first call.

    Passed over, because no scan is called so: names that start with a dot, in any part of the path; uploads that
    are not finished (.part, .partial, .filepart, .crdownload, .tmp, .upload, a trailing ~, a leading ~$); markers
    of other systems (_SUCCESS, _temporary, _started_*, _committed_*, Thumbs.db, desktop.ini); and symbolic links
    to folders or out of the landing folder.
    """

    def __init__(self, url: str, storage_options: Mapping[str, object] | None = None) -> None:
        """Raises LandingError if no file system is known for the URL."""
        try:
            if "://" in url:
                found = fsspec.core.url_to_fs(url, **(storage_options or {}))
                self._fs, root = cast("tuple[fsspec.AbstractFileSystem, str]", found)
            else:  # never parsed as a URL, so that '#', '%' and '::' in it stay what they are
                self._fs, root = LocalFileSystem(), os.path.abspath(url)
        except ImportError as error:
            raise LandingError(f"The landing URL needs a package that is not installed: {error}") from error
        except ValueError as error:
            raise LandingError("No file system is known for the landing URL. Check its start.") from error
        self._local = isinstance(self._fs, LocalFileSystem)
        self._root = os.path.realpath(root) if self._local else root.rstrip("/")
        self.url = self._root if self._local else url.rstrip("/")

    def files(self, pool: Pool | None = None) -> Iterator[LandingFile]:
        """Files below the folder, sorted by path. Raises LandingError, LandingUnavailable.

        With a `pool`, a landing folder of many folders is listed by its workers, each a folder at a time.
        """
        try:
            if not self._fs.isdir(self._root):
                raise LandingError("The landing folder does not exist. Create it, or correct the landing URL.")
            found = self._below(self._root) if pool is None else self._listed_in(pool)
        except PipelineError:
            raise
        except Exception as error:  # each file system raises its own types
            raise _explained(error, "The landing folder") from error
        yield from sorted(found, key=lambda file: file.path)

    def read(self, path: str, limit_bytes: int) -> bytes:
        """Bytes of a file that `files` gave, at most one more than `limit_bytes`, which shows that it is larger.

        Raises LandingError for a path outside the folder or a file that is gone, LandingUnavailable otherwise.
        """
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts:
            raise LandingError("A landing path must lie below the landing folder.")
        name = f"{self._root}/{path}"
        if self._local and not self._is_inside(name):
            raise LandingError("A landing path must lie below the landing folder; this one leads out of it.")
        try:
            with self._fs.open(name, "rb") as file:
                return cast("bytes", file.read(limit_bytes + 1))
        except Exception as error:  # each file system raises its own types
            raise _explained(error, "A landing file") from error

    def _listed_in(self, pool: Pool) -> list[LandingFile]:
        files, folders = self._spread()
        work = Work(self._below, _FOLDER_SECONDS, weigh=len)  # how much a folder holds is what is asked for
        for _, found in pool.map(work, folders):
            if isinstance(found, PageFailure):
                raise LandingUnavailable(f"A folder of the landing folder could not be listed. {found.message}")
            files.extend(found)
        return files

    def _spread(self) -> tuple[list[LandingFile], list[str]]:
        """Files of the upper levels, and the folders below them: enough to share out, or none where all was seen."""
        files: list[LandingFile] = []
        folders = [self._root]
        while folders and len(folders) < _FOLDERS:
            seen = [entry for folder in folders for entry in self._entries(folder)]
            files += self._files({entry["name"]: entry for entry in seen if entry["type"] == "file"})
            folders = [entry["name"] for entry in seen if entry["type"] == "directory"]
        return files, folders

    def _entries(self, folder: str) -> Iterator[dict[str, Any]]:
        for entry in cast("list[dict[str, Any]]", self._fs.ls(folder, detail=True)):
            if entry["name"].rstrip("/") != folder.rstrip("/"):  # object stores may list the folder's own marker
                yield entry

    def _below(self, folder: str) -> list[LandingFile]:
        try:
            return self._files(cast("dict[str, dict[str, Any]]", self._fs.find(folder, detail=True)))
        except Exception as error:  # each file system raises its own types
            raise _explained(error, "The landing folder") from error

    def _files(self, found: dict[str, dict[str, Any]]) -> list[LandingFile]:
        files: list[LandingFile] = []
        for name, info in found.items():
            path = name[len(self._root) :].lstrip("/")
            if not _is_passed_over(path) and self._is_inside_file(name, info):
                files.append(LandingFile(path=path, size=info.get("size") or 0, modified=_modified(info)))
        return files

    def _is_inside_file(self, name: str, info: dict[str, Any]) -> bool:
        if not self._local:
            return info.get("type") == "file"
        return os.path.isfile(name) and self._is_inside(name)

    def _is_inside(self, name: str) -> bool:
        return os.path.realpath(name).startswith(self._root.rstrip(os.sep) + os.sep)


def _is_passed_over(path: str) -> bool:
    parts = path.lower().split("/")
    return any(part.startswith((".", *_MARKER_PREFIXES)) or part in _MARKERS for part in parts) or parts[-1].endswith(
        _UNFINISHED_SUFFIXES
    )


def _modified(info: dict[str, Any]) -> datetime | None:
    value = next((info[key] for key in _MODIFIED_KEYS if info.get(key)), None)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None


def _explained(error: Exception, what: str) -> LandingError:
    """The error without the path, which may name a patient."""
    if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
        return LandingError(f"{what} is gone or is not what it was. List the landing folder again.")
    if isinstance(error, PermissionError):
        return LandingError(f"{what} may not be read. Grant this user read access to it.")
    return LandingUnavailable(f"{what} cannot be reached for now ({type(error).__name__}).")
