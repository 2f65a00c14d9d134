"""RapidOCR on a drawn page."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from jsl_pipeline.engines.recognise import Recogniser

_DRAWN = {"Patient Name: Ruth Beck": 80, "Metformin 500 mg": 200, "twice daily": 320}


def test_lines_of_a_drawn_page_with_their_boxes() -> None:
    page = np.full((420, 900, 3), 255, np.uint8)
    for text, baseline in _DRAWN.items():
        cv2.putText(page, text, (60, baseline), cv2.FONT_HERSHEY_DUPLEX, 1.2, (20, 20, 20), 2, cv2.LINE_AA)
    lines = sorted(Recogniser().lines(page), key=lambda line: line.box[1])
    assert [line.text.replace(" ", "") for line in lines] == [text.replace(" ", "") for text in _DRAWN]
    for line, baseline in zip(lines, _DRAWN.values(), strict=True):
        left, top, right, bottom = line.box
        assert 40 < left < 70
        assert right < 700
        assert baseline - 50 < top < baseline < bottom + 8 < baseline + 40
        assert 0.8 < line.confidence <= 1


def test_grey_pages_and_empty_ones() -> None:
    recogniser = Recogniser()
    page = np.full((300, 700), 255, np.uint8)
    assert recogniser.lines(page) == ()
    cv2.putText(page, "Aspirin 75 mg", (60, 150), cv2.FONT_HERSHEY_DUPLEX, 1.2, 0, 2, cv2.LINE_AA)
    assert [line.text.replace(" ", "") for line in recogniser.lines(page)] == ["Aspirin75mg"]


def test_nothing_is_reported_to_the_makers_of_its_libraries(tmp_path: Path) -> None:
    silent = ("CI", "ORT_DISABLE_TELEMETRY", "DO_NOT_TRACK")  # in a shell of one's own, none of these is set
    environment = {name: value for name, value in os.environ.items() if name not in silent} | {"HOME": str(tmp_path)}
    code = "import os; from jsl_pipeline.engines.recognise import Recogniser; Recogniser(); os.environ['DO_NOT_TRACK']"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=120)
    assert [path for path in tmp_path.rglob("*") if path.name == "deviceid" or "onnxruntime" in path.name] == []
