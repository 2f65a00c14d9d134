"""Rows of `make bench-gpu`: written one by one, and told as tables."""

from pathlib import Path
from typing import Any

import pytest

from bench.vllm.rows import CHAT, CLIENT, ENDPOINT, ENGINE, Row, append, load, share, tables


def row(way: str, seconds: float, at_once: int = 256, **more: Any) -> Row:
    return Row(
        model="a model",
        way=way,
        at_once=at_once,
        pages=10,
        seconds=seconds,
        prompt_tokens=1700,
        completion_tokens=400,
        load_seconds=60,
        prepare_seconds=0.07,
        **more,
    )


def test_a_way_is_compared_with_vllms_own_at_the_same_number_of_pages() -> None:
    rows = [row(CHAT, 2.0), row(ENGINE, 2.5), row(CHAT, 20, 1), row(ENGINE, 20, 1), row(CLIENT, 9), row(ENDPOINT, 3, 1)]
    assert share(rows[1], rows) == pytest.approx(0.8)
    assert share(rows[3], rows) == pytest.approx(1.0)
    assert share(rows[0], rows) is None
    assert share(rows[5], rows) is None, "measured at another number of pages alone"


def test_the_limit_is_what_takes_most_of_a_pages_time() -> None:
    assert row(ENGINE, 0.8, prefill=1, decode=5).limit == "image preparation"
    assert row(ENDPOINT, 0.8, prefill=1, decode=5).limit == "decode", "a server prepares images on several threads"
    assert row(ENGINE, 5, prefill=1, decode=5).limit == "decode"
    assert row(ENGINE, 5, prefill=5, decode=1).limit == "prefill"
    assert row(CHAT, 5).limit == ""


def test_rows_come_back_as_they_were_written_and_the_table_says_what_was_missed(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"gpu": "a card"}\n')
    written = [row(CHAT, 2.0), row(ENGINE, 2.5, gpu_busy=0.5, gpu_gb=80.2, queue=0.1, prefill=0.2, decode=3.0)]
    for each in written:
        append(file, each)
    under, rows = load(file)
    assert (under, rows) == ({"gpu": "a card"}, written)
    table = tables(under, rows)
    assert "| 256 | engine vllm | 0.25 | 14,400 | 6,800 | 1,600 | 80.0% | 50% | 80 GB | 0.10 / 0.20 / 3.00 s |" in table
    assert "0.25 s a page, published 6 s; 80.0% of LLM.chat, aim 97%, MISSED" in table
