"""The DBFS API, which `dagster-databricks`' stock Pipes client leaves its context and messages with.

https://docs.databricks.com/api/workspace/dbfs
"""

import base64
import binascii
import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.workspace.bodies import json_body, text_field
from jsl_pipeline.emulator.workspace.folders import Folders

_BLOCK_BYTES = 2**20  # the most of one read or write, says the API's reference


class Dbfs:
    """`/api/2.0/dbfs/...`."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._handles: dict[int, Path] = {}
        self._numbers = itertools.count(1)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """What it answers."""
        posts = {
            "mkdirs": self._make_directories,
            "put": self._put,
            "delete": self._delete,
            "create": self._create,
            "add-block": self._add_block,
            "close": self._close,
        }
        gets = {"get-status": self._status, "list": self._list, "read": self._read}
        return (
            *(web.post(f"/api/2.0/dbfs/{name}", handler) for name, handler in posts.items()),
            *(web.get(f"/api/2.0/dbfs/{name}", handler) for name, handler in gets.items()),
        )

    async def _make_directories(self, request: web.Request) -> web.Response:
        path = self._path(text_field(await json_body(request), "path"))
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise Refused(400, "A file has this name.", code="RESOURCE_ALREADY_EXISTS") from None
        return web.json_response({})

    async def _put(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        self._new(body).write_bytes(_decoded(body.get("contents", "")))
        return web.json_response({})

    async def _delete(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        path = self._path(text_field(body, "path"))
        if path.is_dir():
            if any(path.iterdir()) and not body.get("recursive"):
                raise Refused(400, "The directory is not empty.", code="IO_ERROR")
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        return web.json_response({})

    async def _create(self, request: web.Request) -> web.Response:
        handle = next(self._numbers)
        self._handles[handle] = path = self._new(await json_body(request))
        path.touch()
        return web.json_response({"handle": handle})

    async def _add_block(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        with self._handle(body).open("ab") as file:
            file.write(_decoded(text_field(body, "data")))
        return web.json_response({})

    async def _close(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        self._handle(body)
        del self._handles[body["handle"]]
        return web.json_response({})

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response(self._told(self._existing(request)))

    async def _list(self, request: web.Request) -> web.Response:
        path = self._existing(request)
        entries = sorted(path.iterdir()) if path.is_dir() else [path]
        return web.json_response({"files": [self._told(entry) for entry in entries]})

    async def _read(self, request: web.Request) -> web.Response:
        path = self._existing(request)
        offset, length = int(request.query.get("offset", 0)), int(request.query.get("length", _BLOCK_BYTES // 2))
        if path.is_dir() or length > _BLOCK_BYTES:
            raise Refused(400, "A directory, or more than 1 MB at once, cannot be read.", code="MAX_READ_SIZE_EXCEEDED")
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(length)
        return web.json_response({"bytes_read": len(data), "data": base64.b64encode(data).decode()})

    def _path(self, path: str) -> Path:
        return self._folders.local(f"dbfs:{path.removeprefix('dbfs:')}")

    def _existing(self, request: web.Request) -> Path:
        path = self._path(request.query.get("path", ""))
        if not path.exists():
            raise Refused(404, f"No file or directory exists on path {request.query.get('path')}.")
        return path

    def _new(self, body: dict[str, Any]) -> Path:
        path = self._path(text_field(body, "path"))
        if path.is_dir() or (path.exists() and not body.get("overwrite")):
            raise Refused(400, "A file or directory already exists at the input path.", code="RESOURCE_ALREADY_EXISTS")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        return path

    def _handle(self, body: dict[str, Any]) -> Path:
        path = self._handles.get(body.get("handle", 0))
        if path is None:
            raise Refused(404, f"No stream with handle {body.get('handle')} is open.")
        return path

    def _told(self, path: Path) -> dict[str, Any]:
        state = path.stat()
        return {
            "path": "/" + str(path.relative_to(self._folders.root / "dbfs")),
            "is_dir": path.is_dir(),
            "file_size": 0 if path.is_dir() else state.st_size,
            "modification_time": int(state.st_mtime * 1000),
        }


def _decoded(data: str) -> bytes:
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        raise Refused(400, "The contents are not base64.") from None
    if len(content) > _BLOCK_BYTES:
        raise Refused(400, "At most 1 MB at once.", code="MAX_BLOCK_SIZE_EXCEEDED")
    return content
