"""A picture of a page, and where the points of the page are in it: geometry goes along with the pixels."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from jsl_pipeline.synthetic.camera import Picture

Points = NDArray[np.float64]
"""As (n, 2): x and y in pixels."""
Move = Callable[[Points], Points]


def _stay(points: Points) -> Points:
    return points


@dataclass(frozen=True, eq=False)
class Shot:
    """What was made of a drawn page so far."""

    picture: Picture
    """Red-green-blue as (height, width, 3)."""
    move: Move = _stay
    """From the drawn page, as `camera.rendered` gives it, to this picture."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.picture.shape[1], self.picture.shape[0]

    def seen(self, picture: MatLike) -> "Shot":
        """The same place by place, in other colours."""
        return replace(self, picture=np.asarray(np.clip(picture, 0, 255), np.uint8))

    def moved(self, picture: MatLike, move: Move) -> "Shot":
        """Pixels that went somewhere else, and how they went."""
        before = self.move
        return Shot(np.asarray(picture, np.uint8), lambda points: move(before(points)))

    def warped(self, matrix: NDArray[np.float64], size: tuple[int, int], under: MatLike | None = None) -> "Shot":
        """Through a 3 x 3 perspective matrix, onto white or onto a picture of that size."""
        flags = cv2.INTER_AREA if under is None else cv2.INTER_LINEAR
        if under is None:
            under = np.full((size[1], size[0], 3), 255, np.uint8)
        picture = cv2.warpPerspective(
            self.picture, matrix, size, dst=under.copy(), borderMode=cv2.BORDER_TRANSPARENT, flags=flags
        )
        return self.moved(picture, lambda points: _through(matrix, points))


def _through(matrix: NDArray[np.float64], points: Points) -> Points:
    x, y, w = matrix @ np.vstack([points.T, np.ones(len(points))])
    return np.stack([x / w, y / w], axis=1)
