"""Ingest: every file of a batch is a document, a duplicate or rejected, in any order of runs."""

import itertools
import struct
import zlib

import pytest

from jsl_pipeline.errors import BatchNotFound
from jsl_pipeline.stages import ingest

from .conftest import Pipeline, draw


def _bomb() -> bytes:
    """A PNG of a few hundred bytes that claims 50,000 x 50,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")


def test_each_file_is_in_one_place_and_a_bad_one_stops_nobody(pipeline: Pipeline) -> None:
    good = draw("Patient: Ann Moss")
    files = {
        "good.png": good,
        "copy.png": good,
        "renamed.pdf": draw("Patient: Ben Frost"),
        "empty.png": b"",
        "noise.pdf": bytes(range(256)) * 40,
        "cut.png": good[: len(good) // 2],
        "bomb.png": _bomb(),
        "locked.pdf": b"%PDF-1.7\n%%EOF\n",
    }
    for name, data in files.items():
        pipeline.drop(name, data)
    (key,) = pipeline.close()
    report = ingest(pipeline.store, key, pipeline.settings)
    assert (report.files, report.documents, report.duplicates, report.rejected) == (8, 2, 1, 5)
    rejected = {row["path"]: row["code"] for row in pipeline.rows("rejected")}
    assert rejected["empty.png"] == "empty"
    assert rejected["noise.pdf"] == "unknown_type"
    assert rejected["cut.png"] == "truncated"
    assert rejected["bomb.png"] == "page_too_large"
    assert set(rejected) | {row["path"] for row in pipeline.rows("documents")} == set(files)


def test_a_duplicate_points_at_the_first(pipeline: Pipeline) -> None:
    data = draw("Patient: Ann Moss")
    for name in ("b.png", "a.png", "c.png"):
        pipeline.drop(name, data)
    (key,) = pipeline.close()
    ingest(pipeline.store, key, pipeline.settings)
    first = {row["path"]: row["duplicate_of"] for row in pipeline.rows("documents")}
    assert first == {"a.png": None, "b.png": "a.png", "c.png": "a.png"}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_duplicates_over_batches_do_not_depend_on_the_order_of_runs(pipeline: Pipeline, order: tuple[int, ...]) -> None:
    data, other = draw("Patient: Ann Moss"), draw("Patient: Ben Frost")
    keys: list[str] = []
    for number, files in enumerate([{"x.png": data}, {"y.png": data, "o.png": other}, {"z.png": data, "p.png": other}]):
        for name, content in files.items():
            pipeline.drop(f"{number}/{name}", content)
        keys += pipeline.close()
    for number in order:
        ingest(pipeline.store, keys[number], pipeline.settings)
    first = {row["path"]: (row["duplicate_of"], row["first_batch"]) for row in pipeline.rows("documents")}
    assert first == {
        "0/x.png": (None, None),
        "1/y.png": ("0/x.png", keys[0]),
        "1/o.png": (None, None),
        "2/z.png": ("0/x.png", keys[0]),
        "2/p.png": ("1/o.png", keys[1]),
    }


def test_the_same_broken_bytes_twice_are_rejected_twice(pipeline: Pipeline) -> None:
    pipeline.drop("a.png", b"")
    pipeline.drop("b.png", b"")
    (key,) = pipeline.close()
    assert ingest(pipeline.store, key, pipeline.settings).rejected_by_code == {"empty": 2}


def test_running_again_gives_the_same_rows(pipeline: Pipeline) -> None:
    pipeline.drop("a.png", draw("Patient: Ann Moss"))
    pipeline.drop("bad.pdf", b"nothing")
    (key,) = pipeline.close()
    ingest(pipeline.store, key, pipeline.settings)
    before = pipeline.rows("documents") + pipeline.rows("rejected")
    ingest(pipeline.store, key, pipeline.settings)
    assert pipeline.rows("documents") + pipeline.rows("rejected") == before


def test_a_file_that_is_gone_is_rejected_as_unreadable(pipeline: Pipeline) -> None:
    pipeline.drop("a.png", draw("Patient: Ann Moss"))
    (key,) = pipeline.close()
    (pipeline.landing / "a.png").unlink()
    assert ingest(pipeline.store, key, pipeline.settings).rejected_by_code == {"unreadable": 1}


def test_reasons_name_no_file(pipeline: Pipeline) -> None:
    pipeline.drop("ann_moss_secret.png", b"")
    pipeline.drop("ann_moss_secret.pdf", b"%PDF-1.4 broken")
    (key,) = pipeline.close()
    ingest(pipeline.store, key, pipeline.settings)
    assert all("secret" not in str(row["reason"]) for row in pipeline.rows("rejected"))


def test_an_unknown_batch_is_named(pipeline: Pipeline) -> None:
    with pytest.raises(BatchNotFound, match="2020-01-01"):
        ingest(pipeline.store, "2020-01-01", pipeline.settings)
