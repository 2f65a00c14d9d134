"""The stage of a pyspark.ml pipeline: parameters, saving, rows in and out, on a real cluster."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import SQLTransformer
from pyspark.sql import DataFrame, SparkSession

from jsl_pipeline.emulator import CannedReader, EmulatorSettings, RunningEmulator, ScaleToZero, running
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.spark.transformer import PageReader
from tests.spark.cluster import Cluster

pytestmark = pytest.mark.deployments

SCHEMA = "key long, image binary"


@pytest.fixture
def spark(cluster: Cluster) -> SparkSession:
    return SparkSession.active()


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningEmulator]:
    emulated = EmulatorSettings(
        port=0, slots=4, scale_to_zero=ScaleToZero(enabled=False), reader=CannedReader(mark=True)
    )
    monkeypatch.setenv("EMULATOR_TOKEN", "emulator-token")
    with running(emulated) as started:
        yield started


def page_reader(emulator: RunningEmulator, **more: object) -> PageReader:
    endpoint = {"kind": "endpoint", "url": emulator.url, "name": emulator.settings.endpoint}
    return PageReader(engine={**endpoint, "token": "env:EMULATOR_TOKEN", **more})


def picture(number: int) -> bytes:
    sheet = np.full((40, 30), number % 256, np.uint8)
    return cv2.imencode(".png", sheet)[1].tobytes()


def frame(spark: SparkSession, images: list[bytes | None], partitions: int = 4) -> DataFrame:
    rows = spark.sparkContext.parallelize(list(enumerate(images)), partitions)
    return spark.createDataFrame(rows, SCHEMA)


def test_rows_keep_their_columns_and_get_their_own_answer(spark: SparkSession, emulator: RunningEmulator) -> None:
    read = page_reader(emulator).transform(frame(spark, [picture(number) for number in range(40)]))
    assert read.columns == ["key", "image", "reading"]
    rows = {row["key"]: row for row in read.collect()}
    assert sorted(rows) == list(range(40))
    for key, row in rows.items():
        assert bytes(row["image"]) == picture(key)
        assert row["reading"]["source"] == "model"
        assert row["reading"]["failure"] is None
    assert len({row["reading"]["text"] for row in rows.values()}) == 40  # marked with the image they were read from


def test_a_bad_page_is_a_row_with_its_cause(spark: SparkSession, emulator: RunningEmulator) -> None:
    large = picture(3) + bytes(20 * 2**20)
    images: list[bytes | None] = [picture(1), None, b"no picture", b"", large, picture(2)]
    read = page_reader(emulator).transform(frame(spark, images, partitions=2))
    readings = [row["reading"] for row in sorted(read.select("key", "reading").collect(), key=lambda row: row["key"])]
    assert [reading["failure_cause"] for reading in readings] == [None, "render", "render", "render", "too_large", None]
    assert [reading["text"] is None for reading in readings] == [False, True, True, True, True, False]
    assert readings[4]["retryable"] is False


def test_partitions_that_are_empty_or_hold_only_bad_pages(spark: SparkSession, emulator: RunningEmulator) -> None:
    read = page_reader(emulator).transform(frame(spark, [b"no picture"] * 30, partitions=1))
    assert read.select("reading.failure_cause").distinct().collect() == [("render",)]
    assert read.count() == 30
    assert page_reader(emulator).transform(frame(spark, [], partitions=3)).count() == 0
    assert not emulator.log


def test_in_a_pipeline_with_others_saved_and_loaded(
    spark: SparkSession, emulator: RunningEmulator, tmp_path: Path
) -> None:
    images = frame(spark, [picture(number) for number in range(6)])
    before = SQLTransformer(statement="SELECT key * 10 AS key, image AS scan FROM __THIS__")
    after = SQLTransformer(statement="SELECT key, answer.text FROM __THIS__ WHERE answer.failure IS NULL")
    reader = page_reader(emulator).setInputCol("scan").setOutputCol("answer")
    fitted = Pipeline(stages=[before, reader, after]).fit(images)
    fitted.write().overwrite().save(str(tmp_path / "pipeline"))
    loaded = PipelineModel.load(str(tmp_path / "pipeline"))
    rows = sorted(loaded.transform(images).collect())
    assert [row["key"] for row in rows] == [0, 10, 20, 30, 40, 50]
    assert rows == sorted(fitted.transform(images).collect())
    stage = loaded.stages[1]
    assert isinstance(stage, PageReader)
    assert stage.getEngine() == reader.getEngine()
    assert (stage.getInputCol(), stage.getOutputCol()) == ("scan", "answer")
    assert "emulator-token" not in "".join(
        file.read_text(errors="ignore") for file in (tmp_path / "pipeline").rglob("*") if file.is_file()
    )


def test_parameters_hold_references_to_secrets_only() -> None:
    with pytest.raises(SettingsError, match="env:NAME"):
        PageReader(engine={"kind": "endpoint", "url": "https://host", "token": "dapi-secret"})


def test_wrong_parameters_are_told_before_anything_runs(spark: SparkSession, emulator: RunningEmulator) -> None:
    images = frame(spark, [picture(1)])
    with pytest.raises(SettingsError, match="Set `engine`"):
        PageReader().transform(images)
    with pytest.raises(SettingsError, match="max_tokens"):
        page_reader(emulator, max_tokens="many").transform(images)
    with pytest.raises(SettingsError, match="outputCol"):
        page_reader(emulator).setOutputCol("key").transform(images)


def test_tasks_keep_together_to_what_the_endpoint_takes(spark: SparkSession) -> None:
    with (
        running(
            EmulatorSettings(
                port=0, slots=2, queue=None, scale_to_zero=ScaleToZero(enabled=False), reader=CannedReader()
            )
        ) as emulator,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("EMULATOR_TOKEN", "emulator-token")
        reader = page_reader(emulator, max_concurrency=2)
        read = reader.transform(frame(spark, [picture(number) for number in range(60)], partitions=2))
        assert read.select("reading.failure").distinct().collect() == [(None,)]
        refused = [entry for entry in emulator.log if entry.status == 429]
        assert len(refused) <= 6  # while the first did not know yet of the second
