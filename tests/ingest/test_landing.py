import os
import uuid

import fsspec
import pytest

from jsl_pipeline.errors import LandingError
from jsl_pipeline.ingest import Landing
from jsl_pipeline.workers import LocalPool

ODD_NAMES = ["a b.png", "100%#1 ?.pdf", "Ärztin/é ü.jpg", "x::y.tif", "[1]*.png", "UPPER.PDF", "no-extension"]


@pytest.fixture
def memory_url():
    url = f"memory://{uuid.uuid4().hex}"
    yield url
    memory = fsspec.filesystem("memory")
    if memory.exists(url):
        memory.rm(url, recursive=True)


def fill(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def paths(landing):
    return [file.path for file in landing.files()]


def test_files_are_listed_by_path_below_the_folder_and_read_back(tmp_path):
    fill(tmp_path, ODD_NAMES)
    for url in (str(tmp_path), f"file://{tmp_path}", f"{tmp_path}/"):
        landing = Landing(url)
        assert paths(landing) == sorted(ODD_NAMES)
        for file in landing.files():
            assert landing.read(file.path, 1000) == file.path.encode()
            assert file.size == len(file.path.encode())
            assert file.modified is not None
            assert file.modified.utcoffset().total_seconds() == 0


def test_a_folder_name_that_looks_like_a_url_is_a_folder_name(tmp_path):
    odd = tmp_path / "scans #1 100%::new"
    fill(odd, ["a.png"])
    assert paths(Landing(str(odd))) == ["a.png"]


def test_an_object_store_gives_the_same_as_a_folder(memory_url):
    fsspec.filesystem("memory").pipe({f"{memory_url}/b/2.pdf": b"two", f"{memory_url}/1 #.png": b"one"})
    landing = Landing(memory_url)
    assert paths(landing) == ["1 #.png", "b/2.pdf"]
    assert landing.read("b/2.pdf", 10) == b"two"


@pytest.mark.parametrize("folders", [3, 40])
def test_workers_list_the_same(tmp_path, folders):
    fill(tmp_path, ["top.png", *(f"ward {n}/{name}" for n in range(folders) for name in ("a.png", "deep/b.pdf"))])
    (tmp_path / "again").symlink_to(tmp_path / "ward 0", target_is_directory=True)
    landing = Landing(str(tmp_path))
    listed = list(landing.files(LocalPool(1)))
    assert len(listed) == 2 * folders + 1
    assert listed == list(landing.files())


def test_an_object_store_is_listed_level_by_level(memory_url):
    names = ["b/2.pdf", "b/c/d/3.pdf", "1 #.png"]
    fsspec.filesystem("memory").pipe({f"{memory_url}/{name}": b"scan" for name in names})
    assert [file.path for file in Landing(memory_url).files(LocalPool(1))] == sorted(names)


def test_what_is_no_scan_yet_is_passed_over(tmp_path):
    passed_over = [
        ".hidden.png",
        ".cache/a.png",
        "a.pdf.part",
        "b.tmp",
        "c.png~",
        "~$d.pdf",
        "_SUCCESS",
        "e.crdownload",
    ]
    passed_over += ["_temporary/0/a.pdf", "_committed_123", "Thumbs.db"]
    fill(tmp_path, [*passed_over, "_0001.png", "part.pdf", "kept/tmp.png"])
    assert paths(Landing(str(tmp_path))) == ["_0001.png", "kept/tmp.png", "part.pdf"]


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    landing, outside = tmp_path / "landing", tmp_path / "outside"
    fill(landing, ["real.png"])
    fill(outside, ["secret.png"])
    (landing / "alias.png").symlink_to(landing / "real.png")
    (landing / "leak.png").symlink_to(outside / "secret.png")
    (landing / "folder").symlink_to(outside)
    (landing / "dangling.png").symlink_to(landing / "missing.png")
    os.mkfifo(landing / "pipe.png")
    assert paths(Landing(str(landing))) == ["alias.png", "real.png"]
    with pytest.raises(LandingError, match="out of it"):
        Landing(str(landing)).read("leak.png", 100)


def test_the_folder_itself_may_be_a_link(tmp_path):
    fill(tmp_path / "real", ["a.png"])
    (tmp_path / "link").symlink_to(tmp_path / "real")
    landing = Landing(str(tmp_path / "link"))
    assert paths(landing) == ["a.png"]
    assert landing.read("a.png", 100) == b"a.png"


@pytest.mark.parametrize("path", ["../outside.png", "a/../../outside.png", "/etc/hostname", "", "."])
def test_paths_that_leave_the_folder_are_refused(tmp_path, memory_url, path):
    fill(tmp_path / "landing", ["a.png"])
    fill(tmp_path, ["outside.png"])
    for url in (str(tmp_path / "landing"), memory_url):
        with pytest.raises(LandingError, match="below the landing folder"):
            Landing(url).read(path, 100)


def test_reading_stops_one_byte_beyond_the_limit(tmp_path):
    (tmp_path / "large.bin").write_bytes(bytes(1000))
    assert len(Landing(str(tmp_path)).read("large.bin", 10)) == 11
    assert len(Landing(str(tmp_path)).read("large.bin", 1000)) == 1000


def test_a_missing_folder_says_what_to_do(tmp_path):
    for url in (str(tmp_path / "none"), "memory://none-such"):
        with pytest.raises(LandingError, match="Create it"):
            list(Landing(url).files())


def test_a_missing_file_and_an_unknown_url_are_landing_errors(tmp_path):
    with pytest.raises(LandingError, match="gone") as caught:
        Landing(str(tmp_path)).read("Jane Doe.pdf", 10)
    assert "Jane" not in str(caught.value)
    with pytest.raises(LandingError, match="No file system"):
        Landing("nosuch://bucket/scans")


def test_nothing_is_contacted_before_the_first_call():
    Landing("memory://not-there-yet")
