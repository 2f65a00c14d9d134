"""RapidOCR: detection and recognition of text lines on the CPU, with the models of its wheel."""

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.engines.strokes import is_struck, to_grey
from jsl_pipeline.schemas import TextLine

if TYPE_CHECKING:
    from rapidocr.utils.output import RapidOCROutput

MODEL_VERSION = f"rapidocr-{version('rapidocr')}"
"""The wheel holds the weights, so its version names them."""

_PARAMETERS: dict[str, bool | int | str] = {
    "Global.use_cls": False,  # pages come upright: no classifier of turned lines
    "Global.log_level": "error",
    "Rec.rec_batch_num": 1,  # a batch is padded to its longest line, which costs more than batching saves
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # one process a core: threads would fight over the cores
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,  # keeps buffers between lines
}


class Recogniser:
    """Finds and reads lines of text. Loading takes about a second; keep one a process."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR  # here, since it takes a second to import, which only a worker should pay

        logging.getLogger("RapidOCR").setLevel(logging.ERROR)
        self._ocr = RapidOCR(params=_PARAMETERS)

    def lines(self, image: NDArray[np.uint8]) -> tuple[TextLine, ...]:
        """Lines of an image, blue-green-red or grey, with upright boxes in its pixels."""
        result = cast("RapidOCROutput", self._ocr(image))  # detection and recognition are both on
        if result.boxes is None or result.txts is None or result.scores is None:
            return ()
        read = zip(result.boxes, result.txts, result.scores, strict=True)
        grey = to_grey(image)
        return tuple(_line(grey, corners, text, score) for corners, text, score in read if text.strip())


def _line(grey: NDArray[np.uint8], corners: NDArray[np.float32], text: str, score: float) -> TextLine:
    """A line from the four corners of its box, each x and y."""
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    box = (left, top, right, bottom)
    return TextLine(text=text, box=box, confidence=min(1.0, max(0.0, float(score))), struck=is_struck(grey, box))
