"""Pages read by the tasks of a real cluster: shared, answered once, and none lost with an executor."""

import shutil
import time
from collections import Counter as Count
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jsl_pipeline.emulator import CannedReader, EmulatorSettings, Latency, RunningEmulator, ScaleToZero, running
from jsl_pipeline.engines import EndpointSettings, EngineSettings, JslSettings
from jsl_pipeline.errors import ComputeError, ComputeUnavailable, EngineError
from jsl_pipeline.extraction import Asked
from jsl_pipeline.schemas import FailureCause
from jsl_pipeline.spark.reading import SparkReader
from jsl_pipeline.store import Store
from tests.spark.cluster import Cluster
from tests.spark.written_pages import write_page, write_pages

pytestmark = pytest.mark.deployments

STAND_IN = Path(__file__).parents[1] / "engines/stand_in"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    emulated = EmulatorSettings(
        port=0,
        slots=8,
        queue=None,
        scale_to_zero=ScaleToZero(enabled=False),
        latency=Latency(page_seconds=0.1),
        reader=CannedReader(),
    )
    with running(emulated) as started:
        yield started


def endpoint(emulator: RunningEmulator, token: str = "emulator-token") -> EndpointSettings:
    return EndpointSettings.model_validate({"url": emulator.url, "name": emulator.settings.endpoint, "token": token})


@pytest.fixture
def reader(cluster: Cluster) -> Callable[..., SparkReader]:
    def make(engine: EngineSettings, told: list[str], **changes: object) -> SparkReader:
        return SparkReader(SparkSession.active(), cluster.compute(**changes), engine, told.append)

    return make


@pytest.fixture(scope="module")
def library(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The stand-in for John Snow Labs' library, where the executors find it."""
    archive = shutil.make_archive(str(tmp_path_factory.mktemp("library") / "stand_in"), "zip", STAND_IN)
    SparkSession.active().sparkContext.addPyFile(archive)


def worked_on(emulator: RunningEmulator) -> Count[str]:
    return Count(sha for entry in emulator.log if entry.service_seconds for sha in entry.pages)


def test_the_tasks_share_the_pages_and_each_is_asked_once(reader, store: Store, emulator: RunningEmulator) -> None:
    pages = write_pages(store, 120)
    told: list[str] = []
    spark = reader(endpoint(emulator), told)
    asked = list(spark.read(store, pages))
    assert sorted(each.page_sha for each in asked) == sorted(page.page_sha for page in pages)
    assert all(each.failure is None for each in asked)
    assert set(worked_on(emulator).values()) == {1}
    assert spark.calls is not None
    assert spark.calls.pages_sent >= 120
    answers = store.answers(spark.fingerprint)
    assert all(answers.get(each.page_sha) for each in asked)


def test_a_worker_killed_on_the_way_costs_only_its_unfinished_pages(
    cluster: Cluster, reader, store: Store, emulator: RunningEmulator
) -> None:
    pages = write_pages(store, 600)
    third = cluster.add_worker()
    emulator.set_slots(2)  # until all three read, which may take the third some seconds
    told: list[str] = []
    done: list[Asked] = []
    answered: set[str] = set()
    for asked in reader(endpoint(emulator), told, readers=3).read(store, pages):
        done.append(asked)
        if not answered and any("3 share" in sentence for sentence in told):
            third.kill()
            answered = {each.page_sha for each in done}
            emulator.set_slots(16)
    assert len([sentence for sentence in told if "was lost; 2 are left" in sentence]) == 1
    assert sorted(each.page_sha for each in done) == sorted(page.page_sha for page in pages)
    assert all(each.failure is None for each in done)
    again = {sha for sha, times in worked_on(emulator).items() if times > 1}
    assert not again & answered
    assert len(again) <= 16  # what one reader may have had with the endpoint, and a part's worth on its way


def test_a_worker_that_comes_on_the_way_gets_its_part(
    cluster: Cluster, reader, store: Store, emulator: RunningEmulator
) -> None:
    """Slots for two readers, and work for three: the third begins once a worker is added."""
    told: list[str] = []
    spark, pages = reader(endpoint(emulator), told, readers=3), write_pages(store, 3000)
    reading, third = spark.read(store, pages), None
    for done, _ in enumerate(reading):
        if done == 10:
            assert not [sentence for sentence in told if "3 share" in sentence]
            third = cluster.add_worker()
        if any("3 share" in sentence for sentence in told):
            break
    else:
        pytest.fail("only two readers read")
    reading.close()
    assert third is not None
    third.kill()


def test_a_model_in_memory_needs_to_know_its_gpus(reader, store: Store) -> None:
    with pytest.raises(ComputeError, match=r"spark\.task\.resource\.gpu\.amount"):
        list(reader(JslSettings(model="canned"), []).read(store, write_pages(store, 1)))


@pytest.mark.usefixtures("library")
def test_models_are_loaded_once_for_each_task_that_reads(reader, store: Store) -> None:
    pages = write_pages(store, 80)
    told: list[str] = []
    asked = list(reader(JslSettings(model="canned"), told, readers=2).read(store, pages))
    assert len(asked) == 80
    loads = [sentence for sentence in told if "loaded in" in sentence]
    assert 1 <= len(loads) <= 2
    assert len([sentence for sentence in told if "released" in sentence]) == len(loads)
    one_page: list[str] = []
    list(reader(JslSettings(model="canned"), one_page, readers=2).read(store, pages[:1]))
    assert len([sentence for sentence in one_page if "loaded in" in sentence]) == 1


@pytest.mark.usefixtures("library")
def test_a_page_that_ends_its_process_fails_and_takes_no_other_with_it(reader, store: Store) -> None:
    pages = [*write_pages(store, 20), write_page(store, b"kills the process")]
    asked = list(reader(JslSettings(model="canned"), [], readers=2).read(store, pages))
    failed = [each for each in asked if each.failure]
    assert len(asked) == 21
    assert [each.page_sha for each in failed] == [pages[-1].page_sha]
    assert failed[0].failure is not None
    assert failed[0].failure.cause is FailureCause.CRASHED


def test_an_error_of_the_engine_ends_the_run_as_inline(reader, store: Store, emulator: RunningEmulator) -> None:
    pages = write_pages(store, 20)
    with pytest.raises(EngineError) as caught:
        list(reader(endpoint(emulator, token="wrong"), []).read(store, pages))
    assert "wrong" not in str(caught.value).replace("wrong token", "")
    assert not worked_on(emulator)


def test_a_reading_that_is_left_stops_asking(reader, store: Store, emulator: RunningEmulator) -> None:
    reading = reader(endpoint(emulator), []).read(store, write_pages(store, 400))
    next(reading)
    reading.close()
    asked = -1
    while asked < (asked := len(emulator.log)):
        time.sleep(1)  # ten times what a page takes
    assert asked < 200


def test_a_cluster_without_a_free_slot_is_told_of(reader, store: Store, emulator: RunningEmulator) -> None:
    pages = write_pages(store, 4)
    held = reader(endpoint(emulator), [], readers=2).read(store, write_pages(store, 200))
    next(held)
    with pytest.raises(ComputeUnavailable, match="started no task"):
        list(reader(endpoint(emulator), [], start_seconds=1).read(store, pages))
    held.close()
