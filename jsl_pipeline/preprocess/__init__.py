"""From a raster to a prepared page: straightened, gated, reduced to the pixel budget, encoded once."""

from jsl_pipeline.preprocess.prepare import BlankPage, PreparedPage, prepare
from jsl_pipeline.preprocess.settings import PreprocessSettings

PREPROCESS_VERSION = "1"
"""Changes whenever the same raster may give another page: parts made before are then made anew."""

__all__ = ["PREPROCESS_VERSION", "BlankPage", "PreparedPage", "PreprocessSettings", "prepare"]
