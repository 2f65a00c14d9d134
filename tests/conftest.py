"""What holds for all tests: signals as in a terminal, and the longest files first.

A shell without job control starts what it puts in the background deaf to Ctrl-C, Dagster makes such a process deaf to
SIGTERM as well, and all that the tests start would inherit both.
"""

import signal

import pytest

for _signal, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
    if signal.getsignal(_signal) is signal.SIG_IGN:
        signal.signal(_signal, _usual)

# Files are dealt out to two processes. Those of one cluster stand together, so that one process starts it.
_FIRST = (
    "test_databricks_page",
    "test_spark_pool",
    "test_pipes",
    "test_spark_reading",
    "test_spark_stages",
    "test_page_reader",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin early, so that no process is left alone with one at the end."""
    places = {name: place for place, name in enumerate(_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
