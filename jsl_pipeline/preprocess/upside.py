"""Whether a page of level text lines is upside down, from the letters' own asymmetry.

Latin text has more ink above the small letters' body (capitals, digits, b d f h k l t) than below it
(g j p q y). Measured line by line, the sample pages score from 0.25 to 0.8 upright and the negative of that
upside down. Lines with neither, such as all capitals, give no evidence; nor do scripts that hang from a head
line, whose body would be the head line alone.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.preprocess.ink import ink_mask, small_copy, without_rules

_PIXELS = 960 * 1280
_WINDOW = 25
_RULE_LENGTH = 70
_WORD_GAP = 17
_LINE_HEIGHT = (8, 70)
_MIN_LINE_ASPECT = 2.5
# Rows of the letters' body hold at least half of the ink of the fullest rows; a body is a good part of the line.
_BODY_ROW = 0.5
_MIN_BODY = 0.3
# Turning a page that stands is worse than leaving one that does not: ask for several lines and a clear score.
_MIN_LINES = 4
_CLEAR_SCORE = 0.2
_CLEAR_MAJORITY = 2.5
_LINE_DEAD_BAND = 0.03


class Uprightness:
    """Evidence from the text lines of a page: `score` from -1 (upside down) to 1 (upright), 0 if unknown."""

    def __init__(self, grey: NDArray[np.uint8]) -> None:
        above = below = 0.0
        self._up = self._down = 0
        for profile in _line_profiles(without_rules(ink_mask(small_copy(grey, _PIXELS), _WINDOW), _RULE_LENGTH)):
            over, under = _beyond_body(profile)
            above, below = above + over, below + under
            lean = (over - under) / float(profile.sum())
            self._up += lean > _LINE_DEAD_BAND
            self._down += lean < -_LINE_DEAD_BAND
        self.score = (above - below) / (above + below) if above + below > 0 else 0.0

    @property
    def upside_down(self) -> bool:
        """The page surely stands on its head."""
        return self.score < -_CLEAR_SCORE and self._down >= _MIN_LINES and self._down > _CLEAR_MAJORITY * self._up


def _line_profiles(ink: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    """Ink a row of each text line, top to bottom."""
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, _WORD_GAP), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
    return [
        ink[top : top + height, left : left + width].sum(axis=1, dtype=np.float64)
        for left, top, width, height, _ in boxes[1:].tolist()
        if _LINE_HEIGHT[0] <= height <= _LINE_HEIGHT[1] and width >= _MIN_LINE_ASPECT * height
    ]


def _beyond_body(profile: NDArray[np.float64]) -> tuple[float, float]:
    """Ink above and below the body of the small letters, 0 and 0 if the line shows no body."""
    body = np.nonzero(profile > _BODY_ROW * np.percentile(profile, 90))[0]
    if not len(body) or body[-1] + 1 - body[0] < _MIN_BODY * len(profile):
        return 0.0, 0.0
    return float(profile[: body[0]].sum()), float(profile[body[-1] + 1 :].sum())
