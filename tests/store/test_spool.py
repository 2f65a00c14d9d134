"""Values put aside come back in order, any number of times."""

from jsl_pipeline.store import Spool


def test_values_come_back_by_place_and_then_as_they_came() -> None:
    with Spool[str]() as spool:
        for place, value in ((3, "d"), (1, "b"), (0, "a"), (1, "c")):
            spool.add(place, value)
        assert list(spool) == ["a", "b", "c", "d"]
        assert list(spool.items()) == [(0, "a"), (1, "b"), (1, "c"), (3, "d")]


def test_an_empty_spool_has_nothing() -> None:
    with Spool[int]() as spool:
        assert list(spool) == []


def test_more_than_stays_in_memory_is_kept() -> None:
    with Spool[bytes]() as spool:
        for place in reversed(range(64)):
            spool.add(place, bytes([place]) * 2**18)
        assert [value[0] for value in spool] == list(range(64))
        assert {len(value) for value in spool} == {2**18}
