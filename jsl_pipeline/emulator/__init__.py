"""What the pipeline needs of a Databricks workspace, on loopback: its endpoint, files, clusters and jobs."""

from jsl_pipeline.emulator.background import RunningEmulator, running
from jsl_pipeline.emulator.lifecycle import State
from jsl_pipeline.emulator.request_log import LogEntry, RunEntry
from jsl_pipeline.emulator.server import Emulator
from jsl_pipeline.emulator.settings import (
    Autoscale,
    CannedReader,
    Effect,
    EmulatorSettings,
    ErrorBody,
    Fault,
    Latency,
    OcrReader,
    ProxyReader,
    ScaleToZero,
    Step,
    Waking,
)
from jsl_pipeline.emulator.workspace_settings import ClusterFault, NodeType, WorkspaceSettings

__all__ = [
    "Autoscale",
    "CannedReader",
    "ClusterFault",
    "Effect",
    "Emulator",
    "EmulatorSettings",
    "ErrorBody",
    "Fault",
    "Latency",
    "LogEntry",
    "NodeType",
    "OcrReader",
    "ProxyReader",
    "RunEntry",
    "RunningEmulator",
    "ScaleToZero",
    "State",
    "Step",
    "Waking",
    "WorkspaceSettings",
    "running",
]
