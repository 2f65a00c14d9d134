"""What a task wrote, as `runs/get-output` gives it."""

import re
from pathlib import Path
from typing import Any

from jsl_pipeline.emulator.workspace.runs import TaskRun

_LOG_BYTES = 5 * 2**20  # the last 5 MB are kept, says the API's reference
_TRACEBACK = "Traceback (most recent call last):\n"


def describe_output(task: TaskRun) -> dict[str, Any]:
    """`logs` (standard output, then standard error), and after a failure `error` and `error_trace`."""
    outputs = [_tail(task.cluster.home / name) for name in ("stdout", "stderr")]
    logs = "".join(text for text, _ in outputs)
    told: dict[str, Any] = {"logs": logs, "logs_truncated": any(cut for _, cut in outputs)}
    if task.outcome is None or task.outcome.result == "SUCCESS":
        return told
    _, found, trace = outputs[1][0].rpartition(_TRACEBACK)
    if task.exit_code is None or task.exit_code <= 0:
        return told | {"error": task.outcome.message}
    if not found:
        said = outputs[1][0].rstrip().rpartition("\n")[2]
        return told | {"error": said or f"SystemExit: {task.exit_code}"}
    return told | {"error": _last_line(trace), "error_trace": found + trace}


def _last_line(trace: str) -> str:
    """The error's own line: the first that is not indented, after the frames."""
    frames_end = re.search(r"^(?=\S)", trace, re.MULTILINE)
    return trace[frames_end.start() :].partition("\n")[0] if frames_end else ""


def _tail(file: Path) -> tuple[str, bool]:
    """The end of a log, and whether something stood before it."""
    try:
        with file.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(size - _LOG_BYTES, 0))
            return log.read().decode(errors="replace"), size > _LOG_BYTES
    except FileNotFoundError:  # it never ran
        return "", False
