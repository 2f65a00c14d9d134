"""Which way the text lines of a page run: along it or up it, and by how many degrees off.

Seen along its text lines a page is a comb of dark and empty rows; seen at any other angle it is a blur. So the
angle with the roughest profile (the sum of squared steps between neighbouring rows; W. Postl, 1986) is the
lines' own. The same search down the page tells a page that lies on a side.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.preprocess.ink import ink_mask, reduced, reduction, without_rules

_PIXELS = 480 * 640
_WINDOW = 15
_RULE_LENGTH = 60
_MAX_POINTS = 20_000
_MIN_POINTS = 150
_FINE_STEPS = (0.5, 0.25, 0.125)
# On upright sample pages, skewed by up to 9 degrees, rows are at least 1.7 times as rough as columns.
_SIDEWAYS_RATIO = 1.4
# A turn blurs a little: below half a degree a line of text stays within its own height, so it does not pay.
_MIN_DEGREES = 0.5
_MIN_GAIN = 1.1


@dataclass(frozen=True, slots=True)
class Slant:
    """How the text lines lie."""

    sideways: bool
    """The lines run up or down the page."""

    degrees: float
    """Counter-clockwise rotation that makes them level (or upright if sideways); 0 if none pays."""


def find_slant(grey: NDArray[np.uint8], max_degrees: float, may_be_sideways: bool) -> Slant:
    """Measure the slant of the text lines, up to `max_degrees` either way."""
    small = reduced(grey, reduction(grey, _PIXELS))
    text = without_rules(ink_mask(small, _WINDOW), _RULE_LENGTH)
    ys, xs = np.nonzero(text)
    if len(xs) < _MIN_POINTS:
        return Slant(sideways=False, degrees=0.0)
    if len(xs) > _MAX_POINTS:
        some = np.random.default_rng(0).choice(len(xs), _MAX_POINTS, replace=False)
        ys, xs = ys[some], xs[some]
    ys, xs = ys.astype(np.float32), xs.astype(np.float32)
    degrees, rough = _best_angle(xs, ys, max_degrees)
    if may_be_sideways:
        down_degrees, down_rough = _best_angle(ys, -xs, max_degrees)
        if down_rough > _SIDEWAYS_RATIO * rough:
            return Slant(sideways=True, degrees=down_degrees)
    return Slant(sideways=False, degrees=degrees)


def _best_angle(along: NDArray[np.float32], across: NDArray[np.float32], limit: float) -> tuple[float, float]:
    """Angle of the roughest profile, in degrees and 0 unless it pays, and that roughness."""
    level = _roughness(along, across, 0.0)
    tried = {0.0: level}
    for angle in np.arange(1.0, limit + 0.5, 1.0).tolist():
        tried[angle] = _roughness(along, across, angle)
        tried[-angle] = _roughness(along, across, -angle)
    best = max(tried, key=tried.__getitem__)
    for step in _FINE_STEPS:
        for angle in (max(-limit, best - step), min(limit, best + step)):
            tried[angle] = _roughness(along, across, angle)
        best = max(tried, key=tried.__getitem__)
    pays = abs(best) >= _MIN_DEGREES and tried[best] > _MIN_GAIN * level
    return (best if pays else 0.0), tried[best]


def _roughness(along: NDArray[np.float32], across: NDArray[np.float32], degrees: float) -> float:
    rows = (across - along * np.float32(np.tan(np.radians(degrees)))).astype(np.int32)
    steps = np.diff(np.bincount(rows - rows.min()).astype(np.float64))
    return float(np.dot(steps, steps))
