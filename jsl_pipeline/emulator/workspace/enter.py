"""Run a command that sees the workspace's folders at `/Volumes`, `/dbfs` and `/Workspace`, as on a cluster.

    python enter.py ROOT VIEW COMMAND...

Run by path, so that it starts without the package. The command gets a root directory of its own in a mount
namespace of its own (Linux): everything of this machine is in it, and the three folders of ROOT. VIEW is an empty
directory to build it on. Nothing outside the command sees any of it, and the command is killed with its parent.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

_FOLDERS = ("Volumes", "dbfs", "Workspace")
_NEW_MOUNTS, _NEW_USER = 0x00020000, 0x10000000  # CLONE_NEWNS, CLONE_NEWUSER of <linux/sched.h>
# MS_BIND, MS_REC, MS_UNBINDABLE, MS_PRIVATE of <linux/mount.h>
_BIND, _RECURSIVE, _UNBINDABLE, _PRIVATE = 4096, 16384, 1 << 17, 1 << 18
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>

_libc = ctypes.CDLL(None, use_errno=True)


def enter(root: Path, view: Path) -> None:
    """Give this process a root directory with the workspace's folders. Raises OSError where the system refuses."""
    working = Path.cwd()
    user, group = os.getuid(), os.getgid()
    _checked(_libc.unshare(_NEW_MOUNTS if user == 0 else _NEW_MOUNTS | _NEW_USER))
    if user != 0:  # the same user inside, who may mount there
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount("none", Path("/"), _RECURSIVE | _PRIVATE)
    _mount("tmpfs", view, 0, "tmpfs")
    _mount("none", view, _UNBINDABLE)  # else it would be shown within itself
    for entry in sorted(Path("/").iterdir()):
        if entry.name not in _FOLDERS:
            _show(entry, view / entry.name)
    for name in _FOLDERS:
        _show(root / name, view / name)
    os.chroot(view)
    os.chdir(working)


def _show(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    if source.is_dir():
        target.mkdir()
    else:
        target.touch()
    _mount(str(source), target, _BIND | _RECURSIVE)


def _mount(source: str, target: Path, flags: int, kind: str = "none") -> None:
    _checked(_libc.mount(source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), None))


def _checked(result: int) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


if __name__ == "__main__":
    enter(Path(sys.argv[1]), Path(sys.argv[2]))
    _checked(_libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL))
    os.execvp(sys.argv[3], sys.argv[3:])
