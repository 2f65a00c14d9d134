"""Files given on the command line, as the pages that a model is asked about."""

import hashlib
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import IO, NamedTuple

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.ingest import Limits, RenderError, open_document
from jsl_pipeline.preprocess import BlankPage, prepare
from jsl_pipeline.schemas import FailureCause, Page, PageAnswer, PageFailure, Rejection
from jsl_pipeline.settings import Settings
from jsl_pipeline.workers import LocalPool, Work

_STDIN = "-"
_TEXTS = (".txt", ".md", ".csv")
_MOST_TEXT_BYTES = 2**20  # some 250,000 tokens, about the most that any open model takes at once


class Place(NamedTuple):
    """Which page of which file."""

    file: int
    """From 0, as the files were given; also where none was."""
    page: int
    """From 1."""


class _Scan(NamedTuple):
    """A page that has to be drawn from its file. Page 1 stands for a file that was not opened yet."""

    place: Place
    path: str
    size: int


class GivenFiles:
    """What was given: scans, texts, or nothing, which is one page that holds nothing.

    A name that ends in .txt, .md or .csv, and `-`, which is stdin, is UTF-8 text and one page; any other file is known
    by its content. Scans are opened and drawn in worker processes, as those of a landing folder are.
    """

    def __init__(self, files: Sequence[str], settings: Settings) -> None:
        """Read the texts and count the pages of the scans. Raises SettingsError, naming a file by its position."""
        self._settings = settings
        self._pool = LocalPool(settings.workers)
        found = [_look_at(number, file) for number, file in enumerate(files)] or [_text_page(0, "")]
        self._texts = [each for each in found if isinstance(each, Page)]
        self._scans = [each for each in found if isinstance(each, _Scan)]
        work = Work(
            partial(_count, settings.limits), settings.file_timeout_seconds, _size, settings.worker_memory_bytes
        )
        counts = {scan.place.file: count for scan, count in self._pool.map(work, self._scans)}
        self._unusable = {file: count for file, count in counts.items() if isinstance(count, PageFailure)}
        self.counts = [count if isinstance(count := counts.get(file), int) else 1 for file in range(len(found))]
        """Pages of each file; 1 for one that cannot be opened."""

    def places(self) -> Iterator[Place]:
        """Every page, in order."""
        return (Place(file, page) for file, count in enumerate(self.counts) for page in range(1, count + 1))

    def pages(self) -> Iterator[tuple[Place, Page | BlankPage | PageFailure]]:
        """What became of every page, in any order."""
        for text in self._texts:
            yield place_of(text), text
        for file, failure in self._unusable.items():
            yield Place(file, 1), failure
        settings = self._settings
        work = Work(partial(_draw, settings), settings.part_timeout_seconds, _size, settings.worker_memory_bytes)
        usable = (scan for scan in self._scans if scan.place.file not in self._unusable)
        wanted = (
            scan._replace(place=Place(scan.place.file, page))
            for scan in usable
            for page in range(1, self.counts[scan.place.file] + 1)
        )
        for scan, drawn in self._pool.map(work, wanted):
            yield scan.place, drawn


def place_of(page: Page | PageAnswer) -> Place:
    """Where a page of `GivenFiles`, or the answer to it, belongs."""
    return Place(int(page.document_id), page.page_no)


def _look_at(number: int, file: str) -> _Scan | Page:
    if file == _STDIN:
        return _text_page(number, _text(sys.stdin.buffer, number))
    try:
        found = os.stat(file)
        if stat.S_ISDIR(found.st_mode):
            raise _wrong(number, "is a folder: give the files in it, as in FOLDER/*")
        if not stat.S_ISREG(found.st_mode):
            raise _wrong(number, "is no file: text from elsewhere comes in as -, by stdin")
        with open(file, "rb") as opened:
            if file.lower().endswith(_TEXTS):
                return _text_page(number, _text(opened, number))
    except (OSError, ValueError) as error:  # a name may hold what no name can
        reason = "does not exist" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise _wrong(number, f"{reason} ({type(error).__name__})") from None
    return _Scan(Place(number, 1), file, found.st_size)


def _text(opened: IO[bytes], number: int) -> str:
    data = opened.read(_MOST_TEXT_BYTES + 1)
    if len(data) > _MOST_TEXT_BYTES:
        raise _wrong(number, f"is a text of more than {_MOST_TEXT_BYTES // 2**10:,} KiB: split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong(number, "is not UTF-8 text: convert it, for example with iconv") from None
    if not text.strip():
        raise _wrong(number, "is a text without a word")
    return text


def _wrong(number: int, what: str) -> SettingsError:
    """Without its name, which may be a patient's."""
    return SettingsError(f"File {number + 1} of those given {what}.")


def _text_page(number: int, text: str) -> Page:
    return Page(
        document_id=str(number),
        page_no=1,
        page_sha=hashlib.sha256(text.encode()).hexdigest(),
        image=b"",
        media_type="text/plain",
        width=0,
        height=0,
        text=text,
    )


def _size(scan: _Scan) -> int:
    return scan.size


def _count(limits: Limits, scan: _Scan) -> int | PageFailure:
    document = open_document(_bytes(scan, limits), limits)
    if isinstance(document, Rejection):
        return PageFailure(cause=FailureCause.RENDER, message=document.reason, retryable=False)
    with document:
        return document.page_count


def _draw(settings: Settings, scan: _Scan) -> Page | BlankPage | PageFailure:
    document = open_document(_bytes(scan, settings.limits), settings.limits)
    if isinstance(document, Rejection):
        return PageFailure(cause=FailureCause.RENDER, message=document.reason, retryable=False)
    with document:
        try:
            raster = document.render(scan.place.page, settings.preprocess.target_pixels)
        except RenderError as error:
            return PageFailure(cause=FailureCause.RENDER, message=str(error), retryable=False)
    made = prepare(raster, settings.preprocess)
    if isinstance(made, BlankPage):
        return made
    return Page(
        document_id=str(scan.place.file),
        page_no=scan.place.page,
        page_sha=hashlib.sha256(made.image).hexdigest(),
        image=made.image,
        media_type=made.media_type,
        width=made.width,
        height=made.height,
        text_layer=made.text_layer,
    )


def _bytes(scan: _Scan, limits: Limits) -> bytes:
    with open(scan.path, "rb") as file:
        return file.read(limits.max_file_bytes + 1)
