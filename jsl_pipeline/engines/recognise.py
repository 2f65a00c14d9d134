"""RapidOCR: detection and recognition of text lines on the CPU, with the models of its wheel."""

import logging
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR

from jsl_pipeline.schemas import TextLine

MODEL_VERSION = f"rapidocr-{version('rapidocr')}"
"""The wheel holds the weights, so its version names them."""

# Pages come upright, so the classifier of turned lines is left out. One thread a process: several fight over cores.
_PARAMETERS = {
    "Global.use_cls": False,
    "Global.log_level": "error",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


class Recogniser:
    """Finds and reads lines of text. Loading takes about a second; keep one a process."""

    def __init__(self) -> None:
        logging.getLogger("RapidOCR").setLevel(logging.ERROR)
        self._ocr = RapidOCR(params=_PARAMETERS)

    def lines(self, image: NDArray[np.uint8]) -> tuple[TextLine, ...]:
        """Lines of an image, blue-green-red or grey, with upright boxes in its pixels."""
        result = self._ocr(image)
        if result.boxes is None or result.txts is None or result.scores is None:
            return ()
        return tuple(
            TextLine(
                text=text,
                box=(*map(float, box.min(axis=0)), *map(float, box.max(axis=0))),
                confidence=min(1.0, max(0.0, float(score))),
            )
            for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
            if text.strip()
        )
