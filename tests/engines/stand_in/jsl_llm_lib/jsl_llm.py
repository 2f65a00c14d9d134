"""The interface of `jsl_llm_lib.jsl_llm`, over the CPU engine's own reader. No model of John Snow Labs is in it."""

import os
from pathlib import Path

import cv2

from jsl_pipeline.engines.reader import read_candidate
from jsl_pipeline.engines.recognise import Recogniser


class JslLlm:
    """Loads a model by name, reads an image by path, and lets the model go.

    Models whose names begin with `broken` cannot be loaded, with `silent` say nothing, with `failing` raise on every
    page, with `canned` answer without reading. An image that begins with `kills` ends the process, as a fault of the
    GPU would.
    """

    def __init__(self) -> None:
        self._model = ""
        self._recogniser: Recogniser | None = None

    def load_model(self, llm_name: str) -> None:
        if llm_name.startswith("broken"):
            raise OSError(f"no weights of {llm_name}")
        if not llm_name.startswith(("canned", "silent", "failing")):
            self._recogniser = Recogniser()
        self._model = llm_name

    def get_prediction(self, prompt: str, image_path: str) -> str:
        assert prompt
        assert self._model, "load_model was not called, or release_model was"
        if Path(image_path).read_bytes().startswith(b"kills"):
            os._exit(139)
        if self._model.startswith("failing"):
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        if self._model.startswith("silent"):
            return ""
        if self._recogniser is None:
            return '{"medications": []}'
        image = cv2.imread(image_path)
        if image is None:
            raise ValueError(f"cannot identify image file {image_path}")
        candidate = read_candidate(self._recogniser.lines(image), image.shape[1], image.shape[0])
        return f"```json\n{candidate.model_dump_json(exclude_none=True)}\n```"

    def release_model(self) -> None:
        assert self._model
        self._model, self._recogniser = "", None
