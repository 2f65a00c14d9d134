"""The serving part of a Databricks workspace, on loopback: what the endpoint client is tested and shown against."""

from jsl_pipeline.emulator.background import RunningEmulator, running
from jsl_pipeline.emulator.lifecycle import State
from jsl_pipeline.emulator.request_log import LogEntry
from jsl_pipeline.emulator.server import Emulator
from jsl_pipeline.emulator.settings import (
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

__all__ = [
    "CannedReader",
    "Effect",
    "Emulator",
    "EmulatorSettings",
    "ErrorBody",
    "Fault",
    "Latency",
    "LogEntry",
    "OcrReader",
    "ProxyReader",
    "RunningEmulator",
    "ScaleToZero",
    "State",
    "Step",
    "Waking",
    "running",
]
