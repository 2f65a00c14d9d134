"""Java for the tests that start Spark."""

import os
import re
import subprocess
from functools import cache

import pytest

_LEAST = 17


def need_java() -> None:
    """Skip the test, or those of the fixture, that calls this on a machine where Spark cannot start."""
    found = _version()
    if found is None:
        pytest.skip(f"Spark needs Java {_LEAST}: none is in JAVA_HOME or PATH")
    if found < _LEAST:
        pytest.skip(f"Spark needs Java {_LEAST}: JAVA_HOME or PATH has {found}")


@cache
def _version() -> int | None:
    """Of the `java` that Spark would take, which is that of JAVA_HOME where this is set."""
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else "java"
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    except OSError:
        return None
    found = re.search(r'version "(\d+)', told)  # macOS has a `java` that only says where to get one
    return int(found[1]) if found else None
