"""Pictures to try a network with where there are no photographs."""

from __future__ import annotations

import cv2
import numpy as np

from faceengine.pictures import Image

#: Shapes on each picture, and the noise of a camera.
SHAPES, NOISE = 8, 6.0


def draw_probes(count: int, side: int) -> list[Image]:
    """Soft backgrounds with hard shapes and some noise; always the same ones."""
    random = np.random.default_rng(0)
    return [_draw(random, side) for _ in range(count)]


def _draw(random: np.random.Generator, side: int) -> Image:
    spots = random.integers(0, 256, (4, 4, 3)).astype(np.uint8)
    canvas = cv2.resize(spots, (side, side), interpolation=cv2.INTER_CUBIC)
    for number in range(SHAPES):
        colour = random.integers(0, 256, 3).tolist()
        one, other = random.integers(0, side, (2, 2)).tolist()
        if number % 3 == 0:
            cv2.circle(canvas, one, int(random.integers(side // 40, side // 4)), colour, -1)
        elif number % 3 == 1:
            cv2.rectangle(canvas, one, other, colour, -1)
        else:
            cv2.line(canvas, one, other, colour, int(random.integers(1, 12)))
    noisy = canvas + random.normal(0, NOISE, canvas.shape)
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)
