"""The cluster that the tests of a worker process share."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from jsl_pipeline.spark.session import open_session
from tests.java import need_java

from .cluster import Cluster


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A master and two workers of one slot each, and a session on them that all tests share.

    Whatever opens Spark on this cluster finds the session and leaves it open: starting one takes seconds.
    """
    need_java()
    with ExitStack() as stack:
        started = Cluster(tmp_path_factory.mktemp("cluster"))
        stack.callback(started.close)
        for _ in range(2):
            started.add_worker()
        stack.enter_context(open_session(started.compute()))
        yield started
