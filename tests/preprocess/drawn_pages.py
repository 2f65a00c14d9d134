"""Pages drawn for the tests, as grey arrays at about 200 dots an inch."""

from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from jsl_pipeline.schemas import Raster

WIDTH, HEIGHT = 1700, 2200
FONT = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
LETTER = [
    "Lakeside Family Practice",
    "Patient: Mary Holloway, 54 years",
    "",
    "1. Amoxicillin 500 mg capsules, one three times a day for 7 days",
    "2. Paracetamol 500 mg, two tablets when needed, at most eight a day",
    "3. Omeprazole 20 mg, one in the morning before breakfast",
    "",
    "Please drink plenty of water and come back if the fever persists.",
    "Dr Philip Grady",
]


def drawn(lines, size=34, ink=200, at=(150, 250)):
    """White paper with lines of text that are `ink` grey levels darker."""
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(FONT, size)
    for number, line in enumerate(lines):
        draw.text((at[0], at[1] + int(number * size * 1.8)), line, font=font, fill=255 - ink)
    return np.asarray(image)


def paper(level=247):
    return np.full((HEIGHT, WIDTH), level, np.uint8)


def noisy(page, deviation, seed=5):
    noise = np.random.default_rng(seed).normal(0, deviation, page.shape)
    return np.clip(page + noise, 0, 255).astype(np.uint8)


def lit(page):
    """As photographed under a lamp at the upper left."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    light = 0.4 + 0.55 * np.exp(-(((x - 500) / 900) ** 2) - ((y - 700) / 1200) ** 2)
    return noisy(page * light, 2)


def skewed(page, degrees):
    """Turned counter-clockwise on a larger white sheet, so that nothing is cut."""
    padded = cv2.copyMakeBorder(page, 250, 250, 250, 250, cv2.BORDER_CONSTANT, value=255)
    height, width = padded.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(padded, matrix, (width, height), borderValue=255)


def raster(page, **options):
    return Raster(pixels=np.ascontiguousarray(page, dtype=np.uint8), **options)
