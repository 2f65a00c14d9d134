"""Values put aside come back in order, any number of times."""

import subprocess
import sys

import pytest

from jsl_pipeline.store import Spool


def test_values_come_back_by_place_and_then_as_they_came() -> None:
    with Spool[str]() as spool:
        for place, value in ((3, "d"), (1, "b"), (0, "a"), (1, "c")):
            spool.add(place, value)
        assert list(spool) == ["a", "b", "c", "d"]
        assert list(spool.items()) == [(0, "a"), (1, "b"), (1, "c"), (3, "d")]


def test_an_empty_spool_has_nothing() -> None:
    with Spool[int]() as spool:
        assert list(spool) == []


def test_more_than_stays_in_memory_is_kept() -> None:
    with Spool[bytes]() as spool:
        for place in reversed(range(64)):
            spool.add(place, bytes([place]) * 2**18)
        assert [value[0] for value in spool] == list(range(64))
        assert {len(value) for value in spool} == {2**18}


_FULL = """
import resource, signal
from jsl_pipeline.errors import StoreError
from jsl_pipeline.store import Spool
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
try:
    with Spool() as spool:
        for place in range(64):
            spool.add(place, b"moss" * 2**16)
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not limit the size of files")
def test_a_full_disk_is_told_with_what_to_do() -> None:
    done = subprocess.run([sys.executable, "-c", _FULL], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("Rows cannot wait in this machine's temporary folder (")
    assert "TMPDIR" in done.stdout
    assert "moss" not in done.stdout
