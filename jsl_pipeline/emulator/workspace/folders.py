"""Where the workspace's paths lie on this machine: `/Volumes`, `dbfs:` and `/Workspace` below one root folder."""

from pathlib import Path, PurePosixPath

from jsl_pipeline.emulator.replies import Refused

MOUNTS = ("Volumes", "dbfs", "Workspace")


class Folders:
    """Maps the workspace's paths, and keeps them below the root."""

    def __init__(self, root: Path, volumes: tuple[str, ...]) -> None:
        self.root = root.resolve()
        self.clusters = self.root / "clusters"
        self.uploads = self.root / "uploads"  # on the same disk: a finished upload is moved into place at once
        for name in (*MOUNTS, "clusters", "uploads"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        for volume in volumes:
            self.root.joinpath("Volumes", *volume.split(".")).mkdir(parents=True, exist_ok=True)

    def local(self, path: str) -> Path:
        """The path on this machine of one of the workspace. Raises Refused(400) where it is none."""
        return self.root / self.seen(path).lstrip("/")

    def seen(self, path: str) -> str:
        """The path as a process on a cluster sees it: `dbfs:/x` is `/dbfs/x`. Raises Refused(400)."""
        plain = path.removeprefix("dbfs:")
        parts = PurePosixPath(plain).parts
        if path.startswith("dbfs:") and parts[1:2] != ("Volumes",):
            parts = ("/", "dbfs", *parts[1:])
        if parts[:1] != ("/",) or not set(parts[1:2]) & set(MOUNTS) or ".." in parts or "\0" in path:
            raise Refused(400, "Not a path of this workspace: those begin with /Volumes/, /Workspace/ or dbfs:/.")
        return str(PurePosixPath(*parts))

    def in_volume(self, path: str) -> Path:
        """As `local`, for a path in a volume that exists. Raises Refused(400) or Refused(404)."""
        parts = PurePosixPath(path).parts
        if parts[:2] != ("/", "Volumes") or len(parts) < 5:
            raise Refused(400, "The path is not in a volume: /Volumes/<catalog>/<schema>/<volume>/...")
        local = self.local(path)
        if not self.root.joinpath(*parts[1:5]).is_dir():
            raise Refused(404, f"Volume '{'.'.join(parts[2:5])}' does not exist.")
        return local
