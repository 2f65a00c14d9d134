"""The tables of the store as Dagster assets, one partition a batch, and the checks on them."""

from jsl_pipeline.assets.checks import CHECKS, endpoint_answers
from jsl_pipeline.assets.documents import ingest, landing
from jsl_pipeline.assets.extractions import extract
from jsl_pipeline.assets.pages import preprocess
from jsl_pipeline.assets.partitions import batches, register
from jsl_pipeline.assets.records import validate

ASSETS = (landing, ingest, preprocess, extract, validate)

__all__ = ["ASSETS", "CHECKS", "batches", "endpoint_answers", "register"]
