"""Libraries of a task: wheels are unpacked onto the cluster, packages must be installed beside the emulator."""

import asyncio
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.workspace.folders import Folders
from jsl_pipeline.emulator.workspace.machine import answered

_WHEEL = re.compile(r"[\w.]+-[\w.!+]+(-\d\w*)?-[\w.]+-[\w.]+-[\w.]+\.whl")
_PRESENT = "import importlib.metadata as m, sys; m.distribution(sys.argv[1])"


class LibraryFailed(Exception):
    """A library cannot be had."""


async def install(
    libraries: Sequence[Mapping[str, Any]], site: Path, folders: Folders, python: str, environment: Mapping[str, str]
) -> None:
    """Put libraries into `site`, a folder of the tasks' PYTHONPATH. Raises LibraryFailed."""
    site.mkdir(exist_ok=True)
    for library in libraries:
        if "whl" in library:
            await asyncio.to_thread(_unpack, str(library["whl"]), site, folders)
        elif "pypi" in library:
            await _require(str(library["pypi"].get("package", "")), python, environment)
        else:
            raise LibraryFailed(f"The emulator installs whl and pypi libraries, not {next(iter(library))}.")


def _unpack(path: str, site: Path, folders: Folders) -> None:
    """A pure wheel is a zip of what goes into site-packages (https://packaging.python.org/specifications/binary-distribution-format)."""
    if not _WHEEL.fullmatch(path.rpartition("/")[2]):
        raise LibraryFailed(f"{path} is not named as a wheel: name-version-python-abi-platform.whl.")
    try:
        with zipfile.ZipFile(folders.local(path)) as wheel:
            wheel.extractall(site)
    except Refused as refused:
        raise LibraryFailed(f"{path}: {refused.message}") from None
    except (OSError, zipfile.BadZipFile) as error:
        raise LibraryFailed(f"{path} cannot be installed: {type(error).__name__}.") from None


async def _require(package: str, python: str, environment: Mapping[str, str]) -> None:
    """There is no index to install from: the interpreter must have it. Versions and extras are not compared."""
    name = re.split(r"[\s\[<>=!~;]", package, maxsplit=1)[0]
    status, _, _ = await answered((python, "-c", _PRESENT, name), environment)
    if status != 0:
        raise LibraryFailed(f"The emulator has no package index, and its interpreter has no {name}.")
