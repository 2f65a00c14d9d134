"""From a raster to a prepared page: straightened, gated, reduced to the pixel budget, encoded once."""

from jsl_pipeline.preprocess.prepare import BlankPage, PreparedPage, prepare
from jsl_pipeline.preprocess.settings import PreprocessSettings

__all__ = ["BlankPage", "PreparedPage", "PreprocessSettings", "prepare"]
