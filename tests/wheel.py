"""The package as the wheel that clusters get."""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_BUILD = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this working tree into a folder; returns its path."""
    subprocess.run([sys.executable, "-c", _BUILD, str(folder)], cwd=_ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    return wheel
