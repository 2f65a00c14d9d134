"""The tables of the store as Dagster assets, one partition a batch, the endpoint's days, and the checks on them."""

from jsl_pipeline.assets.checks import CHECKS, endpoint_answers
from jsl_pipeline.assets.documents import ingest, landing
from jsl_pipeline.assets.endpoint import endpoint_usage
from jsl_pipeline.assets.extractions import extract
from jsl_pipeline.assets.pages import preprocess
from jsl_pipeline.assets.partitions import batches, days, register
from jsl_pipeline.assets.records import validate

ASSETS = (landing, ingest, preprocess, extract, validate, endpoint_usage)

__all__ = ["ASSETS", "CHECKS", "batches", "days", "endpoint_answers", "register"]
