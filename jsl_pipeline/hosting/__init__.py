"""Hosting: the models that can be run with vLLM, what they need, and how it is told, started and packaged."""

from jsl_pipeline.hosting.catalogue import GPUS, MODELS, Gpu, Model, find_gpu, find_model, similar_model
from jsl_pipeline.hosting.fit import Fit, Needs, check_model, fits, needed_bytes
from jsl_pipeline.hosting.options import VllmOptions
from jsl_pipeline.hosting.package import Packaged, package
from jsl_pipeline.hosting.server import ModelServer, ServerSettings
from jsl_pipeline.hosting.weights import ModelFacts, look_at

__all__ = [
    "GPUS",
    "MODELS",
    "Fit",
    "Gpu",
    "Model",
    "ModelFacts",
    "ModelServer",
    "Needs",
    "Packaged",
    "ServerSettings",
    "VllmOptions",
    "check_model",
    "find_gpu",
    "find_model",
    "fits",
    "look_at",
    "needed_bytes",
    "package",
    "similar_model",
]
