"""Tests over real vLLM on the CPU, with tiny models built here. Test files import vLLM and torch inside functions only.

Where vLLM is not installed, the tests are collected and skipped.
"""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.vllm.served import Server

_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB; else vLLM takes its share of all the memory there is
    "OMP_NUM_THREADS": "1",  # tiny layers gain nothing from more
}
_MARKS = (
    pytest.mark.vllm,
    pytest.mark.filterwarnings("default"),  # vLLM and torch warn a lot
    pytest.mark.skipif(
        importlib.util.find_spec("vllm") is None, reason="vLLM is not installed here; `make test-vllm` sets it up"
    ),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What holds for all tests of this folder, though for no others."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            for mark in _MARKS:
                item.add_marker(mark)


@pytest.fixture(scope="session", autouse=True)
def _vllm_environment() -> Iterator[None]:
    """Set before anything imports vLLM; servers that tests start inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny Qwen3-VL."""
    from tests.vllm.tiny_model import build_model

    return build_model("qwen3_vl", tmp_path_factory.mktemp("models") / "qwen3-vl-tiny")


@pytest.fixture(scope="session")
def idefics(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny Idefics 3."""
    from tests.vllm.tiny_model import build_model

    return build_model("idefics3", tmp_path_factory.mktemp("models") / "idefics3-tiny")


@pytest.fixture(scope="session")
def text_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny Qwen3, which reads text alone."""
    from tests.vllm.tiny_model import build_model

    return build_model("qwen3", tmp_path_factory.mktemp("models") / "qwen3-tiny")


@pytest.fixture(scope="session", params=["qwen", "idefics"])
def server(request: pytest.FixtureRequest) -> Iterator["Server"]:
    """Each of the models behind vLLM's own server."""
    from tests.vllm.served import Server

    started = Server(request.getfixturevalue(request.param))
    try:
        started.wait()
        yield started
    finally:
        started.stop()
