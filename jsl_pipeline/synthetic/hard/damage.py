"""What happens to paper and pictures, each a small function from shot to shot, all of them in one table.

They compose: a page takes some in the table's order, from the paper over how it was taken to the file. Every one leaves
a page that a careful person can read.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.synthetic.camera import desk, light, noisy
from jsl_pipeline.synthetic.hard.shot import Points, Shot

Rng = np.random.Generator


class When(StrEnum):
    """At which step a page is damaged."""

    PAPER = "paper"
    TAKEN = "taken"
    SENT = "sent"


class Damage(NamedTuple):
    """A damage, and at which step it happens."""

    when: When
    do: Callable[[Shot, Rng], Shot]


def bleed_through(shot: Shot, rng: Rng) -> Shot:
    """The back of the sheet shines through, mirrored."""
    back = cv2.GaussianBlur(cv2.flip(shot.picture, 1), (0, 0), 1.6)
    faint = 255 - (255 - back.astype(np.float32)) * rng.uniform(0.12, 0.24)
    shift = np.array([[1, 0, rng.uniform(-40, 40)], [0, 1, rng.uniform(-60, 60)]])
    moved = cv2.warpAffine(faint, shift, shot.size, borderValue=(255, 255, 255))
    return shot.seen(shot.picture * (moved / 255))


def coffee_ring(shot: Shot, rng: Rng) -> Shot:
    """The ring of a cup, and a drop beside it."""
    width, height = shot.size
    stain = np.zeros((height, width), np.float32)
    x, y, radius = int(rng.uniform(0.1, 0.9) * width), int(rng.uniform(0.1, 0.6) * height), int(rng.uniform(90, 170))
    cv2.circle(stain, (x, y), radius, 0.16, -1)
    cv2.ellipse(stain, (x, y), (radius, radius), 0, rng.uniform(0, 90), rng.uniform(280, 400), 0.75, 7)
    cv2.circle(stain, (x + radius + 30, y + 20), int(rng.uniform(8, 20)), 0.5, -1)
    soft = cv2.GaussianBlur(stain, (0, 0), 2.5)[..., None]
    brown = np.array([0.30, 0.46, 0.66], np.float32)  # how much less of red, green, blue comes back
    return shot.seen(shot.picture * (1 - soft * brown))


def fold(shot: Shot, rng: Rng) -> Shot:
    """One or two folds: a worn crease, and the parts between them lit differently and a little shifted."""
    width, height = shot.size
    across = rng.random() < 0.65  # a crease from left to right
    long = height if across else width
    at = sorted(rng.uniform(0.2, 0.8, rng.integers(1, 3)) * long)
    place = np.arange(long, dtype=np.float32)
    tone, shear = np.ones(long, np.float32), np.zeros(long, np.float32)
    for crease in at:
        tone *= np.where(place > crease, rng.uniform(0.86, 0.95), 1.0).astype(np.float32)
        shear += np.where(place > crease, (place - crease) * np.float32(rng.uniform(-0.012, 0.012)), 0)
        tone *= 1 - 0.25 * np.exp(-(((place - crease) / 9) ** 2)) + 0.35 * np.exp(-(((place - crease) / 1.6) ** 2))
    picture = shot.picture * (tone[:, None, None] if across else tone[None, :, None])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    sources = (x - shear[:, None], y) if across else (x, y - shear[None, :])
    bright = np.clip(picture, 0, 255).astype(np.uint8)
    white = (255, 255, 255)
    bent = cv2.remap(bright, *sources, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=white)
    own, other = (1, 0) if across else (0, 1)

    def move(points: Points) -> Points:
        moved = points.copy()
        moved[:, other] += np.interp(points[:, own], place, shear)
        return moved

    return shot.moved(bent, move)


def crumple(shot: Shot, rng: Rng) -> Shot:
    """Paper that was crumpled and smoothed: facets of different brightness with light edges."""
    width, height = shot.size
    tone = np.ones((height // 4, width // 4), np.float32)
    y, x = np.mgrid[0 : height // 4, 0 : width // 4].astype(np.float32)
    for _ in range(int(rng.integers(7, 14))):
        angle = rng.uniform(0, np.pi)
        distance = (x - rng.uniform(0, width // 4)) * np.sin(angle) - (y - rng.uniform(0, height // 4)) * np.cos(angle)
        tone += rng.uniform(-0.05, 0.05) * np.tanh(distance / 40) + 0.06 * np.exp(-((distance / 0.8) ** 2))
    return shot.seen(shot.picture * cv2.resize(tone * 0.94, (width, height))[..., None])


def punch_holes(shot: Shot, rng: Rng) -> Shot:
    """Holes of a punch at the left edge, the dark behind them."""
    width, height = shot.size
    picture, count = shot.picture.copy(), int(rng.choice((2, 3, 4)))
    for y in np.linspace(0.5 - 0.12 * count, 0.5 + 0.12 * count, count) * height:
        cv2.circle(picture, (int(width * 0.028), int(y)), 16, (52, 50, 48), -1, cv2.LINE_AA)
        cv2.circle(picture, (int(width * 0.028), int(y)), 17, (170, 170, 170), 1, cv2.LINE_AA)
    return shot.seen(picture)


def shadow(shot: Shot, rng: Rng) -> Shot:
    """The shadow of a hand or telephone over a part of the page."""
    width, height = shot.size
    shade = np.zeros((height // 4, width // 4), np.float32)
    x, y = rng.uniform(0.1, 0.9) * width / 4, rng.choice((0.1, 0.9)) * height / 4
    size = (int(rng.uniform(0.25, 0.5) * width / 4), int(rng.uniform(0.3, 0.6) * height / 4))
    cv2.ellipse(shade, (int(x), int(y)), size, rng.uniform(-40, 40), 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(shade, (0, 0), float(rng.uniform(4, 16)))
    dark = 1 - rng.uniform(0.35, 0.55) * cv2.resize(soft, (width, height))
    return shot.seen(shot.picture * dark[..., None])


def flatbed(shot: Shot, rng: Rng) -> Shot:
    """A flatbed scanner: a soft lens, off-white paper, noise."""
    soft = cv2.GaussianBlur(shot.picture, (0, 0), float(rng.uniform(0.4, 0.8)))
    return shot.seen(noisy(cv2.convertScaleAbs(soft, alpha=float(rng.uniform(0.92, 0.98))), rng, 4.0))


def skew(shot: Shot, rng: Rng) -> Shot:
    """Laid on the scanner askew, by one to six degrees."""
    degrees = float(rng.uniform(1, 6) * rng.choice((-1, 1)))
    width, height = shot.size
    matrix = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.97), (0, 0, 1)])
    return flatbed(shot.warped(matrix, shot.size), rng)


def turned(shot: Shot, rng: Rng) -> Shot:
    """Fed into the scanner on a side or upside down."""
    quarters = int(rng.choice((1, 2, 2, 3)))
    picture = shot.picture
    for _ in range(quarters):
        height = picture.shape[0]
        picture = cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE)
        shot = shot.moved(
            picture, lambda points, height=height: np.stack([height - points[:, 1], points[:, 0]], axis=1)
        )
    return flatbed(shot, rng)


def photograph(shot: Shot, rng: Rng) -> Shot:
    """A telephone's picture on a desk: perspective, uneven warm light, slight blur."""
    width, height = shot.size
    wide, tall = int(width * 1.16), int(height * 1.12)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners + np.array([(wide - width) / 2, (tall - height) / 2], np.float32)
    seen += rng.uniform(-0.045, 0.045, (4, 2)).astype(np.float32) * np.float32(width)
    view = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    taken = shot.warped(np.asarray(view, np.float64), (wide, tall), desk(tall, wide, rng))
    lit = cv2.multiply(taken.picture, light(tall, wide, rng), scale=1 / 255)
    return taken.seen(noisy(cv2.GaussianBlur(lit, (0, 0), float(rng.uniform(0.6, 1.0))), rng, 4.0))


def curl(shot: Shot, rng: Rng) -> Shot:
    """The page of a bound book or a curled sheet: lines that bend, darker towards the fold at one side."""
    width, height = shot.size
    rise, phase = rng.uniform(6, 16), rng.uniform(0, np.pi)
    place = np.arange(width, dtype=np.float32)
    lift = (rise * np.sin(np.pi * place / width * 1.3 + phase)).astype(np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    white = (255, 255, 255)
    bent = cv2.remap(
        shot.picture, x, y - lift[None, :], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=white
    )
    gutter = 1 - 0.45 * np.exp(-place / (0.05 * width))

    def move(points: Points) -> Points:
        moved = points.copy()
        moved[:, 1] += np.interp(points[:, 0], place, lift)
        return moved

    taken = shot.moved(bent, move)
    return flatbed(taken.seen(taken.picture * gutter[None, :, None]), rng)


def copier(shot: Shot, rng: Rng) -> Shot:
    """A copy of a copy: grey, hard contrast, dark edges, dust."""
    width, height = shot.size
    grey = cv2.GaussianBlur(cv2.cvtColor(shot.picture, cv2.COLOR_RGB2GRAY), (0, 0), 0.8).astype(np.float32)
    hard = np.clip((grey - 70) * 1.6, 0, 255)
    hard[:, : int(rng.uniform(6, 26))] = 30
    hard[: int(rng.uniform(0, 16))] = 40
    for x, y in zip(rng.integers(0, width, 220), rng.integers(0, height, 220), strict=True):
        cv2.circle(hard, (int(x), int(y)), int(rng.integers(1, 3)), float(rng.uniform(0, 110)), -1)
    return shot.seen(np.repeat(hard[..., None], 3, axis=2))


def low_toner(shot: Shot, rng: Rng) -> Shot:
    """A printer that runs out: faint all over, fainter in bands from top to bottom."""
    width, _ = shot.size
    place = np.arange(width, dtype=np.float32)
    left = np.full(width, rng.uniform(0.55, 0.75), np.float32)
    for centre in rng.uniform(0, width, rng.integers(2, 5)):
        left *= 1 - 0.5 * np.exp(-(((place - centre) / rng.uniform(14, 50)) ** 2))
    return shot.seen(255 - (255 - shot.picture.astype(np.float32)) * left[None, :, None])


def fax(shot: Shot, rng: Rng) -> Shot:
    """A fax: fine mode, black and white (ITU-T T.4: 204 x 196 lines an inch), with streaks and lost lines."""
    grey = cv2.cvtColor(shot.picture, cv2.COLOR_RGB2GRAY)
    local = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 41, 14)
    height, width = local.shape
    for _ in range(int(rng.integers(1, 4))):
        x = int(rng.integers(0, width))
        local[:, x : x + int(rng.integers(1, 3))] = 0
    for y in rng.integers(0, height - 3, rng.integers(2, 6)):
        local[y : y + 2] = 255
    dots = rng.random(local.shape) < 0.0012
    return shot.seen(np.repeat(np.where(dots, 255 - local, local)[..., None], 3, axis=2))


def jpeg_blocks(shot: Shot, rng: Rng) -> Shot:
    """Saved again and again by a messenger: blocks of eight pixels, colours washed out."""
    for quality in (int(rng.uniform(18, 32)), 40):
        _, data = cv2.imencode(".jpg", shot.picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        shot = shot.seen(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8))
    return shot


def low_resolution(shot: Shot, rng: Rng) -> Shot:
    """Scanned at 90 to 110 dots an inch."""
    factor = float(rng.uniform(0.6, 0.73))
    width, height = shot.size
    size = (int(width * factor), int(height * factor))
    across: NDArray[np.float64] = np.array([size[0] / width, size[1] / height])
    small = cv2.resize(shot.picture, size, interpolation=cv2.INTER_AREA)
    return shot.moved(small, lambda points: points * across)


DAMAGES: dict[str, Damage] = {
    "low toner": Damage(When.PAPER, low_toner),
    "bleed-through": Damage(When.PAPER, bleed_through),
    "coffee ring": Damage(When.PAPER, coffee_ring),
    "crumple": Damage(When.PAPER, crumple),
    "fold": Damage(When.PAPER, fold),
    "punch holes": Damage(When.PAPER, punch_holes),
    "flatbed": Damage(When.TAKEN, flatbed),
    "skew": Damage(When.TAKEN, skew),
    "turned": Damage(When.TAKEN, turned),
    "copier": Damage(When.TAKEN, copier),
    "curl": Damage(When.TAKEN, curl),
    "photograph": Damage(When.TAKEN, photograph),
    "shadow": Damage(When.TAKEN, shadow),
    "fax": Damage(When.SENT, fax),
    "JPEG blocks": Damage(When.SENT, jpeg_blocks),
    "low resolution": Damage(When.SENT, low_resolution),
}
"""By the name that a label's `style` has for it, in the order in which they happen."""
