"""The pages of a TIFF file, found by walking its directories.

Pillow takes a directory that runs past the end of the file for the last one, and so loses pages in silence;
this walk does not. Layout from TIFF 6.0, section 2, and the BigTIFF extension of libtiff.
"""

import struct
from dataclasses import dataclass

from jsl_pipeline.ingest.complete import corrupt, truncated
from jsl_pipeline.ingest.document import require_page_count, require_page_size
from jsl_pipeline.ingest.limits import Limits

_SUBFILE_TYPE, _WIDTH, _HEIGHT = 254, 256, 257
_DATA_TAGS = {273: 279, 324: 325}  # offsets tag -> byte counts tag, for strips and for tiles
_NOT_A_PAGE = 0b101  # reduced-resolution copy, transparency mask
_INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}
_ENTRIES_MAX = 4096


@dataclass(frozen=True, slots=True)
class _Layout:
    order: str
    count: str  # of entries, and of values by `value`
    value: str

    @property
    def entry_bytes(self) -> int:
        return 4 + 2 * struct.calcsize(self.value)


def tiff_pages(data: bytes, limits: Limits) -> tuple[int, ...]:
    """Frame numbers, from 0, of the directories that are pages. Raises Unusable."""
    layout, at = _header(data)
    seen: set[int] = set()
    pages: list[int] = []
    while at:
        if at in seen:
            raise corrupt()
        seen.add(at)
        require_page_count(len(seen), limits)
        tags, following = _directory(data, at, layout)
        if not _first(tags, _SUBFILE_TYPE) & _NOT_A_PAGE:
            require_page_size(_first(tags, _WIDTH), _first(tags, _HEIGHT), limits)
            _require_pixels(data, tags)
            pages.append(len(seen) - 1)
        at = following
    require_page_count(len(pages), limits)
    return tuple(pages)


def _header(data: bytes) -> tuple[_Layout, int]:
    order = "<" if data.startswith(b"II") else ">"
    if len(data) < 16:
        raise truncated()
    if struct.unpack_from(order + "H", data, 2)[0] == 43:
        return _Layout(order, "Q", "Q"), struct.unpack_from(order + "Q", data, 8)[0]
    return _Layout(order, "H", "I"), struct.unpack_from(order + "I", data, 4)[0]


def _directory(data: bytes, at: int, layout: _Layout) -> tuple[dict[int, tuple[int, ...]], int]:
    count = _unpack(data, at, layout.order + layout.count)[0]
    if count > _ENTRIES_MAX:
        raise corrupt()
    at += struct.calcsize(layout.count)
    tags: dict[int, tuple[int, ...]] = {}
    for index in range(count):
        entry = at + index * layout.entry_bytes
        tag, kind = _unpack(data, entry, layout.order + "HH")
        if tag in (_SUBFILE_TYPE, _WIDTH, _HEIGHT) or tag in _DATA_TAGS or tag in _DATA_TAGS.values():
            tags[tag] = _values(data, entry + 4, kind, layout)
    return tags, _unpack(data, at + count * layout.entry_bytes, layout.order + layout.value)[0]


def _values(data: bytes, at: int, kind: int, layout: _Layout) -> tuple[int, ...]:
    if kind not in _INTEGERS:
        raise corrupt()
    count = _unpack(data, at, layout.order + layout.value)[0]
    at += struct.calcsize(layout.value)
    if count * struct.calcsize(_INTEGERS[kind]) > struct.calcsize(layout.value):
        at = _unpack(data, at, layout.order + layout.value)[0]
    if count > len(data):
        raise truncated()
    return _unpack(data, at, f"{layout.order}{count}{_INTEGERS[kind]}")


def _require_pixels(data: bytes, tags: dict[int, tuple[int, ...]]) -> None:
    """Every strip or tile must lie inside the file."""
    for offsets_tag, counts_tag in _DATA_TAGS.items():
        offsets, counts = tags.get(offsets_tag, ()), tags.get(counts_tag, ())
        if any(offset + count > len(data) for offset, count in zip(offsets, counts, strict=False)):
            raise truncated()


def _first(tags: dict[int, tuple[int, ...]], tag: int) -> int:
    return next(iter(tags.get(tag, ())), 0)


def _unpack(data: bytes, at: int, layout: str) -> tuple[int, ...]:
    if at + struct.calcsize(layout) > len(data):
        raise truncated()
    return struct.unpack_from(layout, data, at)
