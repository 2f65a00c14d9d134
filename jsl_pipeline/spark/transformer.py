"""Reading as a stage of a `pyspark.ml` pipeline: images in one column, answers in another."""

import threading
from collections.abc import Mapping
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from pyspark import keyword_only
from pyspark.ml import Transformer
from pyspark.ml.param import Param, Params
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructField, StructType

from jsl_pipeline.engines import EngineSettings
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.spark.counter import Counter
from jsl_pipeline.spark.line import Door
from jsl_pipeline.spark.rows import ANSWER, ReadRows
from jsl_pipeline.spark.slot import driver_address, fit_slot

_SETTINGS: TypeAdapter[EngineSettings] = TypeAdapter(EngineSettings)


def _engine(settings: object) -> dict[str, Any]:
    """Settings that may be saved and logged, as pipelines are: with references to secrets, not secrets."""
    if not isinstance(settings, Mapping):
        raise TypeError("Engine settings are a dictionary, such as {'kind': 'endpoint', 'url': ...}.")
    given = cast(Mapping[str, Any], settings)
    token = given.get("token")
    if token is not None and not str(token).startswith("env:"):
        raise SettingsError("Give the token as env:NAME: parameters of a pipeline are saved and logged.")
    return dict(given)


class PageReader(Transformer, HasInputCol, HasOutputCol, DefaultParamsReadable["PageReader"], DefaultParamsWritable):
    """Reads the page images of a column. Each row keeps its columns and gets its answer or why it has none.

    `inputCol` (`image`) holds JPEG or PNG files as bytes, one page each, upright and of the size that the model
    takes, as `preprocess` leaves them. `outputCol` (`reading`) is a struct: `text` is the candidate JSON, not yet
    trusted; `failure_cause`, `failure` and `retryable` are set instead where a page has no answer. `engine` holds the
    settings of an engine, with the token as `env:NAME`; it is looked up on the driver when the frame is made.

    Rows come as they are answered, not in their order: give them a key. All tasks of this process share the endpoint's
    concurrency, each with the part that the number of them leaves it. Spark may compute a frame more than once and
    would ask again, so write the result; the stage `extract` is for answers that are paid for once.

    Raises SettingsError. An engine that cannot work at all fails the Spark job.
    """

    engine: Param[dict[str, Any]] = Param(
        Params._dummy(),  # pyright: ignore[reportPrivateUsage]  (pyspark's way to declare a parameter)
        "engine",
        "settings of the engine, secrets as env:NAME",
        typeConverter=_engine,  # pyright: ignore[reportArgumentType]  (its stub knows only the converters it brings)
    )

    @keyword_only
    def __init__(
        self, *, inputCol: str = "image", outputCol: str = "reading", engine: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self._setDefault(inputCol="image", outputCol="reading")
        self._set(**self._input_kwargs)  # pyright: ignore[reportAttributeAccessIssue]  (set by keyword_only)

    def setInputCol(self, value: str) -> "PageReader":
        """Set the column of images."""
        return self._set(inputCol=value)

    def setOutputCol(self, value: str) -> "PageReader":
        """Set the column of answers."""
        return self._set(outputCol=value)

    def setEngine(self, value: Mapping[str, Any]) -> "PageReader":
        """Set the engine."""
        return self._set(engine=dict(value))

    def getEngine(self) -> dict[str, Any]:
        """The engine as it was set, references to secrets unresolved."""
        return self.getOrDefault(self.engine)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        spark, image, reading = dataset.sparkSession, self.getInputCol(), self.getOutputCol()
        if reading in dataset.columns:
            raise SettingsError(f"The frame has a column '{reading}' already: set another `outputCol`.")
        settings = fit_slot(spark, self._settings())
        schema = StructType([*dataset.schema.fields, StructField(reading, ANSWER)])
        return dataset.mapInArrow(ReadRows(_door(spark, settings), settings, image, reading), schema)

    def _settings(self) -> EngineSettings:
        if not self.isDefined(self.engine):
            raise SettingsError("Set `engine`, e.g. {'kind': 'endpoint', 'url': ..., 'token': 'env:JSL_TOKEN'}.")
        try:
            return _SETTINGS.validate_python(self.getEngine())
        except ValidationError as error:
            reasons = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise SettingsError(f"Wrong settings of the engine. {reasons}") from None


_counters: dict[tuple[str | None, str], Counter] = {}
_lock = threading.Lock()


def _door(spark: SparkSession, settings: EngineSettings) -> Door:
    """The counter at which this application's readers of one endpoint are counted.

    Frames are computed long after they were made and as often as somebody likes: it stays open as long as the process.
    """
    key = (spark.sparkContext.applicationId, settings.model_dump_json())
    with _lock:
        if key not in _counters:
            _counters[key] = Counter(*driver_address(spark)).__enter__()
        return _counters[key].door
