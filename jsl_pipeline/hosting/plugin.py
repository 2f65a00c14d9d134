"""A plugin of vLLM that lets its processes end with those that started them.

vLLM's engine outlives a parent that is killed (seen with 0.32), and the GPU stays taken. vLLM calls plugins in all its
processes (https://docs.vllm.ai/en/latest/design/plugin_system/); this one acts only below a process of ours.
"""

import os
import signal
import threading
import time

ROOT = "JSL_PIPELINE_VLLM_ROOT"
"""Environment variable: process id of the process of ours below which vLLM's processes end with their parents."""

_LOOK_SECONDS = 1.0


def end_with_parent() -> None:
    """Watch the parent from now on; its end is this process's end."""
    root = os.environ.get(ROOT)
    if root is None or int(root) == os.getpid():
        return
    parent = os.getppid()
    if parent == 1 and root != "1":
        os.kill(os.getpid(), signal.SIGKILL)  # it was gone before we looked
    threading.Thread(target=_watch, args=(parent,), name="end-with-parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)  # nobody is left who waits for a tidy end
