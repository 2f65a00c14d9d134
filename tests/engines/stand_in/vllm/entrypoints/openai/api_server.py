"""vLLM's OpenAI server as far as the engine uses it, over the project's emulator. No model of vLLM is in it.

Models whose names begin with `broken` do not start, with `slow` never get ready, with `canned` answer without reading.
"""

import argparse
import asyncio
import os
import sys
import time

from jsl_pipeline.emulator import CannedReader, Emulator, EmulatorSettings, OcrReader, ScaleToZero


def settings() -> EmulatorSettings:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--max-model-len", type=int)
    given = parser.parse_args()
    if given.model.startswith("broken"):
        sys.exit(3)
    if given.model.startswith("slow"):
        time.sleep(60)
    return EmulatorSettings(
        host=given.host,
        port=given.port,
        endpoint=given.model,
        token=os.environ["VLLM_API_KEY"],
        slots=4,
        queue=None,
        scale_to_zero=ScaleToZero(enabled=False),
        reader=CannedReader() if given.model.startswith("canned") else OcrReader(workers=1),
    )


async def serve(emulated: EmulatorSettings) -> None:
    async with Emulator(emulated):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(settings()))
