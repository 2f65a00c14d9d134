"""The volumes of Unity Catalog. Catalogs and schemas need no making here.

https://docs.databricks.com/api/workspace/volumes
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.workspace.bodies import json_body, text_field
from jsl_pipeline.emulator.workspace.folders import Folders

_ALL = "/api/2.1/unity-catalog/volumes"
_NAME = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")


class Volumes:
    """`/api/2.1/unity-catalog/volumes`."""

    def __init__(self, folders: Folders) -> None:
        self._root = folders.root / "Volumes"

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """What it answers."""
        return (
            web.post(_ALL, self._create),
            web.get(_ALL, self._list),
            web.get(f"{_ALL}/{{volume}}", self._read),
        )

    async def _create(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        if text_field(body, "volume_type") != "MANAGED":
            raise Refused(400, "The emulator has MANAGED volumes only.", code="INVALID_PARAMETER_VALUE")
        name = ".".join(text_field(body, field) for field in ("catalog_name", "schema_name", "name"))
        folder = self._folder(name)
        if folder.exists():
            raise Refused(409, f"Volume '{name}' already exists", code="RESOURCE_ALREADY_EXISTS")
        folder.mkdir(parents=True)
        return web.json_response(_told(folder))

    async def _list(self, request: web.Request) -> web.Response:
        schema = f"{request.query.get('catalog_name', '')}.{request.query.get('schema_name', '')}"
        found = sorted(self._folder(f"{schema}.any").parent.glob("*/"))
        return web.json_response({"volumes": [_told(folder) for folder in found]})

    async def _read(self, request: web.Request) -> web.Response:
        name = request.match_info["volume"]
        folder = self._folder(name)
        if not folder.is_dir():
            raise Refused(404, f"Volume '{name}' does not exist.")
        return web.json_response(_told(folder))

    def _folder(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise Refused(400, "A volume is named catalog.schema.volume.", code="INVALID_PARAMETER_VALUE")
        return self._root.joinpath(*name.split("."))


def _told(folder: Path) -> dict[str, Any]:
    catalog, schema, name = folder.parts[-3:]
    return {
        "catalog_name": catalog,
        "schema_name": schema,
        "name": name,
        "full_name": f"{catalog}.{schema}.{name}",
        "volume_type": "MANAGED",
        "owner": "emulator",
    }
