"""Who reads what: taken, finished, given back, and what becomes of a page that takes its readers with it."""

from jsl_pipeline.schemas import FailureCause
from jsl_pipeline.spark.queue import PageQueue
from tests.spark.written_pages import prepared_pages


def shas(pages) -> set[str]:
    return {page.page_sha for page in pages}


def test_every_page_is_given_out_once_and_parts_stay_whole_while_there_is_much() -> None:
    pages = prepared_pages(160)
    queue = PageQueue(pages)
    taken = []
    while portion := queue.take(len(taken) % 3):
        assert len({page.part for page in portion}) == 1
        taken.append(portion)
    assert [page for portion in taken for page in portion] == pages
    assert [len(portion) for portion in taken[:3]] == [16, 16, 16]
    assert [len(portion) for portion in taken[-3:]] == [1, 1, 1]  # nobody ends with a part while others have none


def test_a_page_counts_as_finished_only_for_the_reader_that_holds_it() -> None:
    queue = PageQueue(prepared_pages(2))
    (first,) = queue.take(1)
    queue.finish(2, first.page_sha)
    assert queue.unfinished == 2
    queue.finish(1, first.page_sha)
    queue.finish(1, first.page_sha)
    assert queue.unfinished == 1


def test_what_a_lost_reader_did_not_report_goes_to_others() -> None:
    queue = PageQueue(prepared_pages(64))
    held = queue.take(1)
    for page in held[:10]:
        queue.finish(1, page.page_sha)
    assert queue.lose(1) == []
    again = []
    while portion := queue.take(2):
        again += portion
    assert shas(again) == shas(prepared_pages(64)) - shas(held[:10])
    assert queue.readers == 1


def test_a_page_that_takes_readers_with_it_is_read_alone_and_then_failed_alone() -> None:
    pages = prepared_pages(20)
    poison = pages[3].page_sha or ""
    queue = PageQueue(pages)
    failed, finished, reader, lost = [], 0, 0, 0
    while queue.unfinished:
        reader += 1
        while portion := queue.take(reader):
            if poison in shas(portion):
                failed += queue.lose(reader)
                lost += 1
                break
            for page in portion:
                queue.finish(reader, page.page_sha)
                finished += 1
    assert finished == 19
    assert lost == 3
    (asked,) = failed
    assert asked.page_sha == poison
    assert asked.failure is not None
    assert asked.failure.cause is FailureCause.CRASHED
    assert asked.failure.retryable


def test_a_suspect_is_given_to_nobody_who_holds_other_pages() -> None:
    queue = PageQueue(prepared_pages(9, 1))
    for reader in (1, 2):
        (suspect,) = queue.take(reader)
        queue.lose(reader)
    held = queue.take(3)
    while portion := queue.take(3):
        held = [*held, *portion]
    assert suspect not in held
    for page in held:
        queue.finish(3, page.page_sha)
    assert queue.take(3) == [suspect]
    assert queue.take(3) == []


def test_pages_that_an_engine_forgot_are_not_waited_for() -> None:
    queue = PageQueue(prepared_pages(1))
    queue.take(1)
    queue.leave(1)
    assert queue.unfinished == 0
    assert queue.readers == 0
