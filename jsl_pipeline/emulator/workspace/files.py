"""The Files API: files and directories of Unity Catalog volumes.

https://docs.databricks.com/api/workspace/files
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from email.utils import formatdate
from pathlib import Path
from typing import Any

from aiohttp import web

from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.workspace.folders import Folders

_CHUNK_BYTES = 1 << 20
_LIMIT_BYTES = 5 << 30  # of one upload, says the API's reference
_SETTLED_SECONDS = 0.05  # a volume shows a file once it is closed; a folder shows what tasks are still writing
_MOST_ENTRIES = 1000  # of one page of a listing, says the API's reference


class Files:
    """`/api/2.0/fs/files` and `/api/2.0/fs/directories`."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """What it answers."""
        file, directory = "/api/2.0/fs/files{path:/.*}", "/api/2.0/fs/directories{path:/.*}"
        return (
            web.put(file, self._upload),
            web.get(file, self._download, allow_head=False),
            web.head(file, self._file_metadata),
            web.delete(file, self._delete_file),
            web.put(directory, self._create_directory),
            web.get(directory, self._list, allow_head=False),
            web.head(directory, self._directory_metadata),
            web.delete(directory, self._delete_directory),
        )

    async def _upload(self, request: web.Request) -> web.Response:
        target = self._path(request)
        overwrite = request.query.get("overwrite", "false").lower() == "true"
        handle, partial = tempfile.mkstemp(dir=self._folders.uploads)
        try:
            with os.fdopen(handle, "wb") as file:
                size = 0
                async for chunk in request.content.iter_chunked(_CHUNK_BYTES):
                    size += len(chunk)
                    if size > _LIMIT_BYTES:
                        raise Refused(413, "The file is larger than 5 GiB.")
                    file.write(chunk)
            _place(Path(partial), target, overwrite)
        finally:
            Path(partial).unlink(missing_ok=True)
        return web.Response(status=204)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        file = self._file(request)
        while (age := time.time() - file.stat().st_mtime) < _SETTLED_SECONDS:
            await asyncio.sleep(max(_SETTLED_SECONDS - age, 0.01))
        return web.FileResponse(file, headers={"Content-Type": "application/octet-stream"})

    async def _file_metadata(self, request: web.Request) -> web.Response:
        state = self._file(request).stat()
        modified = formatdate(state.st_mtime, usegmt=True)
        headers = {"Content-Length": str(state.st_size), "Last-Modified": modified}
        return web.Response(headers=headers, content_type="application/octet-stream")

    async def _delete_file(self, request: web.Request) -> web.Response:
        self._file(request).unlink()
        return web.Response(status=204)

    async def _create_directory(self, request: web.Request) -> web.Response:
        try:
            self._path(request).mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise Refused(409, "A file has this name.", code="ALREADY_EXISTS") from None
        return web.Response(status=204)

    async def _list(self, request: web.Request) -> web.Response:
        directory = self._directory(request)
        token = request.query.get("page_token", "0")
        size = request.query.get("page_size", str(_MOST_ENTRIES))
        if not token.isdecimal() or not size.isdecimal():
            raise Refused(400, "Invalid page_token or page_size.", code="INVALID_PARAMETER_VALUE")
        start, count = int(token), min(int(size) or _MOST_ENTRIES, _MOST_ENTRIES)
        path = request.match_info["path"].rstrip("/")
        names = sorted(await asyncio.to_thread(os.listdir, directory))
        chosen = ((directory / name, f"{path}/{name}") for name in names[start : start + count])
        body: dict[str, Any] = {"contents": [_entry(entry, name) for entry, name in chosen if entry.exists()]}
        if start + count < len(names):
            body["next_page_token"] = str(start + count)
        return web.json_response(body)

    async def _directory_metadata(self, request: web.Request) -> web.Response:
        self._directory(request)
        return web.Response()

    async def _delete_directory(self, request: web.Request) -> web.Response:
        directory = self._directory(request)
        if len(Path(request.match_info["path"]).parts) == 5:
            raise Refused(400, "A volume cannot be deleted as a directory.")
        try:
            directory.rmdir()
        except OSError:
            raise Refused(400, "The directory is not empty.", code="DIRECTORY_NOT_EMPTY") from None
        return web.Response(status=204)

    def _path(self, request: web.Request) -> Path:
        return self._folders.in_volume(request.match_info["path"])

    def _file(self, request: web.Request) -> Path:
        path = self._path(request)
        if not path.is_file():
            raise Refused(404, "The file being accessed is not found.", code="NOT_FOUND")
        return path

    def _directory(self, request: web.Request) -> Path:
        path = self._path(request)
        if not path.is_dir():
            raise Refused(404, "The directory being accessed is not found.", code="NOT_FOUND")
        return path


def _place(partial: Path, target: Path, overwrite: bool) -> None:
    """Give an upload its name, in one step. Missing parents are made, as object stores do."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.chmod(0o644)
        if overwrite:
            partial.replace(target)
        else:
            os.link(partial, target)
    except FileExistsError:
        raise Refused(409, "The file being created already exists.", code="ALREADY_EXISTS") from None
    except (IsADirectoryError, NotADirectoryError):
        raise Refused(400, "The path is a directory, or leads through a file.") from None


def _entry(entry: Path, path: str) -> dict[str, Any]:
    state = entry.stat()
    told = {"path": path, "name": entry.name, "is_directory": entry.is_dir()}
    if not entry.is_dir():
        told |= {"file_size": state.st_size, "last_modified": int(state.st_mtime * 1000)}
    return told
