"""The four stages and their accounting: what assets, the command line and clusters all call.

Each stage reads the store, does one batch, and replaces that batch's rows. It can be run again at any time,
alone or beside others: same inputs, same rows.
"""

from jsl_pipeline.stages.account import Accounting, LostPage, account
from jsl_pipeline.stages.extract import ExtractReport, extract
from jsl_pipeline.stages.ingest import IngestReport, ingest
from jsl_pipeline.stages.preprocess import PreprocessReport, preprocess
from jsl_pipeline.stages.progress import Bottleneck, Look, Meter, Pace, Progress, duration, find_bottleneck, silent
from jsl_pipeline.stages.stage import EXTRACT, INGEST, PREPROCESS, STAGES, VALIDATE, Compute, Inline, Stage
from jsl_pipeline.stages.summary import NeedsLook, Summary, needs_look, summarise
from jsl_pipeline.stages.validate import ValidateReport, validate

__all__ = [
    "EXTRACT",
    "INGEST",
    "PREPROCESS",
    "STAGES",
    "VALIDATE",
    "Accounting",
    "Bottleneck",
    "Compute",
    "ExtractReport",
    "IngestReport",
    "Inline",
    "Look",
    "LostPage",
    "Meter",
    "NeedsLook",
    "Pace",
    "PreprocessReport",
    "Progress",
    "Stage",
    "Summary",
    "ValidateReport",
    "account",
    "duration",
    "extract",
    "find_bottleneck",
    "ingest",
    "needs_look",
    "preprocess",
    "silent",
    "summarise",
    "validate",
]
