"""Turn scanned prescriptions and patient documents into validated records."""

import os

__version__ = "0.1.0"

# Libraries below report their use to their makers unless told not to before they are loaded: onnxruntime from 1.29 on
# (https://github.com/microsoft/onnxruntime/pull/27379), vLLM (https://docs.vllm.ai/en/latest/usage/usage_stats.html).
# No connection is opened from here that nobody set.
for _silence in ("ORT_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
    os.environ.setdefault(_silence, "1")
