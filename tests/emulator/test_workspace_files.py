"""Files and directories of volumes, and DBFS, as Databricks' own SDK sees them."""

import io

import pytest
from databricks.sdk.errors import (
    AlreadyExists,
    BadRequest,
    NotFound,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceConflict,
)
from databricks.sdk.service.catalog import VolumeType
from emulator_client import get
from workspace_client import VOLUME, client, volume_folder, workspace


@pytest.fixture(scope="module")
def opened():
    with workspace() as both:
        yield both


def put(sdk, path, content=b"content", **options):
    sdk.files.upload(path, io.BytesIO(content), **options)


def test_what_is_uploaded_comes_back(opened):
    emulator, sdk = opened
    sdk.files.create_directory(f"{VOLUME}/a/b")
    sdk.files.create_directory(f"{VOLUME}/a/b")  # again does no harm
    content = bytes(range(256)) * 20_000  # more than a chunk
    put(sdk, f"{VOLUME}/a/b/ä file.bin", content)
    with sdk.files.download(f"{VOLUME}/a/b/ä file.bin").contents as stream:
        assert stream.read() == content
    assert volume_folder(emulator).joinpath("a/b/ä file.bin").read_bytes() == content
    found = sdk.files.get_metadata(f"{VOLUME}/a/b/ä file.bin")
    assert (found.content_length, found.content_type) == (len(content), "application/octet-stream")
    assert found.last_modified
    [entry] = sdk.files.list_directory_contents(f"{VOLUME}/a")
    assert (entry.path, entry.name, entry.is_directory, entry.file_size) == (f"{VOLUME}/a/b", "b", True, None)
    [entry] = sdk.files.list_directory_contents(f"{VOLUME}/a/b")
    assert (entry.is_directory, entry.file_size) == (False, len(content))


def test_a_file_is_replaced_only_where_that_is_asked_for(opened):
    _, sdk = opened
    put(sdk, f"{VOLUME}/once", b"first")
    with pytest.raises((AlreadyExists, ResourceConflict)):
        put(sdk, f"{VOLUME}/once", b"second", overwrite=False)
    put(sdk, f"{VOLUME}/once", b"third", overwrite=True)
    assert sdk.files.download(f"{VOLUME}/once").contents.read() == b"third"


def test_what_is_absent_is_told(opened):
    _, sdk = opened
    absent = f"{VOLUME}/absent"
    for ask in (
        sdk.files.download,
        sdk.files.delete,
        sdk.files.delete_directory,
        sdk.files.get_metadata,
        sdk.files.get_directory_metadata,
        lambda path: list(sdk.files.list_directory_contents(path)),
    ):
        with pytest.raises(NotFound):
            ask(absent)
    with pytest.raises(NotFound, match=r"Volume 'main\.default\.other' does not exist"):
        put(sdk, "/Volumes/main/default/other/file")


def test_deleting(opened):
    emulator, sdk = opened
    put(sdk, f"{VOLUME}/gone/file")  # missing directories are made
    with pytest.raises(BadRequest, match="not empty"):
        sdk.files.delete_directory(f"{VOLUME}/gone")
    sdk.files.delete(f"{VOLUME}/gone/file")
    sdk.files.get_directory_metadata(f"{VOLUME}/gone")
    sdk.files.delete_directory(f"{VOLUME}/gone")
    assert not volume_folder(emulator).joinpath("gone").exists()
    with pytest.raises(BadRequest, match="volume"):
        sdk.files.delete_directory(VOLUME)


def test_long_listings_come_in_pages(opened):
    emulator, sdk = opened
    folder = volume_folder(emulator) / "many"
    folder.mkdir()
    for number in range(25):
        (folder / f"{number:02}").touch()
    listed = [entry.name for entry in sdk.files.list_directory_contents(f"{VOLUME}/many", page_size=10)]
    assert listed == [f"{number:02}" for number in range(25)]


@pytest.mark.parametrize(
    "path", ["/tmp/file", "/Volumes/main/default", f"{VOLUME}/../../../../../escaped", "/dbfs/file"]
)
def test_only_volumes_are_reached(opened, path):
    emulator, sdk = opened
    with pytest.raises((BadRequest, NotFound)):
        put(sdk, path)
    assert not list(emulator.root.parent.glob("escaped"))


def test_part_of_a_file(opened):
    _, sdk = opened
    put(sdk, f"{VOLUME}/part", b"0123456789")
    answer = sdk.api_client.do(
        "GET", f"/api/2.0/fs/files{VOLUME}/part", headers={"Range": "bytes=4-"}, raw=True, response_headers=[]
    )
    assert answer["contents"].read() == b"456789"


def test_strangers_are_refused(opened):
    emulator, _ = opened
    with pytest.raises(PermissionDenied, match="Invalid access token"):
        put(client(emulator, "wrong"), f"{VOLUME}/stranger")
    assert not volume_folder(emulator).joinpath("stranger").exists()
    assert get(emulator.url + "/api/2.0/fs/unknown").status == 404


def test_volumes():
    with workspace() as (emulator, sdk):
        made = sdk.volumes.create("hospital", "scans", "landing", VolumeType.MANAGED)
        assert made.full_name == "hospital.scans.landing"
        put(sdk, "/Volumes/hospital/scans/landing/page")
        assert (emulator.root / "Volumes/hospital/scans/landing/page").is_file()
        assert sdk.volumes.read("hospital.scans.landing").volume_type is VolumeType.MANAGED
        assert [volume.name for volume in sdk.volumes.list("hospital", "scans")] == ["landing"]
        with pytest.raises(ResourceAlreadyExists):
            sdk.volumes.create("hospital", "scans", "landing", VolumeType.MANAGED)
        with pytest.raises(NotFound):
            sdk.volumes.read("hospital.scans.other")
        with pytest.raises(BadRequest):
            sdk.volumes.create("..", "..", "x", VolumeType.MANAGED)


def test_dbfs(opened):
    emulator, sdk = opened
    sdk.dbfs.mkdirs("/tmp/folder")
    content = b"block" * 500_000  # more than the API takes at once
    with sdk.dbfs.open("/tmp/folder/large", write=True) as file:
        file.write(content)
    with sdk.dbfs.open("/tmp/folder/large", read=True) as file:
        assert file.read(2**20) == content[: 2**20]
        assert file.read(2**20) == content[2**20 : 2**21]
        with pytest.raises(BadRequest, match="1 MB"):
            file.read(2**20 + 1)
    assert (emulator.root / "dbfs/tmp/folder/large").read_bytes() == content
    [entry] = sdk.dbfs.list("dbfs:/tmp/folder")
    assert (entry.path, entry.file_size, entry.is_dir) == ("/tmp/folder/large", len(content), False)
    assert sdk.dbfs.get_status("/tmp/folder").is_dir
    with pytest.raises(OSError, match="recursive"):
        sdk.dbfs.delete("/tmp/folder")
    sdk.dbfs.delete("/tmp/folder", recursive=True)
    with pytest.raises(NotFound):
        sdk.dbfs.get_status("/tmp/folder")
    with pytest.raises(BadRequest):
        sdk.dbfs.get_status("/../outside")
