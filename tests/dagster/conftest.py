"""A landing folder with one of each, a Dagster instance of its own, and the jobs run in this process."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from PIL import Image, ImageDraw, ImageFont

from jsl_pipeline.definitions import defs
from jsl_pipeline.resources import ComputeResource, SettingsResource
from jsl_pipeline.store import Store

SECRET = "Zebulon Quillfeather"
PRESCRIPTION = (
    "Dr. Ida Holm, Medical Practice",
    f"Patient Name: {SECRET}",
    "Date: 2026-02-01",
    "Rx",
    "1. Ibuprofen 400 mg tablet, one tablet twice daily for 5 days",
)


def draw_sheet(path: Path, *lines: str) -> None:
    """A printed sheet; without lines a blank one."""
    sheet = Image.new("L", (850, 1100), 252)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=24)
    for number, line in enumerate(lines):
        pen.text((70, 90 + 60 * number), line, fill=20, font=font)
    sheet.save(path)


def fill_landing(folder: Path) -> None:
    """A prescription, its copy, a blank sheet and an empty file, all settled long ago."""
    folder.mkdir(parents=True)
    draw_sheet(folder / f"{SECRET}.png", *PRESCRIPTION)
    shutil.copy(folder / f"{SECRET}.png", folder / f"{SECRET} again.png")
    draw_sheet(folder / "verso.png")
    (folder / "empty.pdf").touch()
    for path in folder.iterdir():
        os.utime(path, (time.time() - 60, time.time() - 60))


class Deployment:
    """The definitions over a landing folder and a store, with an instance that keeps everything in `home`."""

    def __init__(self, folder: Path, landing: Path | None = None) -> None:
        self.landing, self.home = landing or folder / "landing", folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.settings = SettingsResource(landing=str(self.landing), store=str(folder / "store"), workers=1)
        self.resources: dict[str, object] = {}
        self.instance = dg.DagsterInstance.local_temp(str(self.home), overrides={"telemetry": {"enabled": False}})

    @property
    def store(self) -> Store:
        return self.settings.load().open_store()

    def run(
        self, job: str, batch: str | None = None, selection: dg.AssetSelection | None = None
    ) -> dg.ExecuteInProcessResult:
        """Run a job of the definitions, or one over `selection`, to its end, whatever that is."""
        known = [dg.define_asset_job(job, selection)] if selection else []
        found = dg.Definitions.merge(defs, dg.Definitions(jobs=known)).resolve_job_def(job)
        return found.execute_in_process(
            instance=self.instance,
            partition_key=batch,
            resources={"settings": self.settings, "compute": ComputeResource(), **self.resources},
            raise_on_error=False,
        )

    def close(self) -> str:
        """Close what waits; returns the key of the newest batch."""
        assert self.run("close_batch").success
        return self.store.manifests.batch_keys()[-1]


@pytest.fixture
def endpoint_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is an endpoint, at an address where nobody is."""
    for name, value in {"KIND": "endpoint", "URL": "http://127.0.0.1:1", "NAME": "reader", "AUTH": "none"}.items():
        monkeypatch.setenv(f"JSL_ENGINE__{name}", value)


@pytest.fixture(scope="session")
def done_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one finished batch; copied, never changed."""
    folder = tmp_path_factory.mktemp("done")
    fill_landing(folder / "landing")
    deployment = Deployment(folder)
    result = deployment.run("run_batch", deployment.close())
    assert result.success
    deployment.instance.dispose()
    return folder


@pytest.fixture(scope="session")
def prepared_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one prepared batch; copied, never changed."""
    folder = tmp_path_factory.mktemp("prepared")
    fill_landing(folder / "landing")
    deployment = Deployment(folder)
    result = deployment.run("prepare_batch", deployment.close())
    assert result.success
    deployment.instance.dispose()
    return folder


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Deployment]:
    """Files wait in the landing folder; nothing was done yet."""
    fill_landing(tmp_path / "landing")
    deployment = Deployment(tmp_path)
    yield deployment
    deployment.instance.dispose()


@pytest.fixture
def prepared(prepared_once: Path, tmp_path: Path) -> Iterator[Deployment]:
    """One batch was prepared."""
    yield from _copy(prepared_once, tmp_path / "prepared")


@pytest.fixture
def done(done_once: Path, tmp_path: Path) -> Iterator[Deployment]:
    """One batch went through all stages."""
    yield from _copy(done_once, tmp_path / "done")


def _copy(source: Path, folder: Path) -> Iterator[Deployment]:
    shutil.copytree(source, folder, copy_function=shutil.copy2)
    deployment = Deployment(folder, landing=source / "landing")
    yield deployment
    deployment.instance.dispose()
