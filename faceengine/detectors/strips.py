"""A large picture through dlib's detection network in strips, to hold less of it in memory."""

from __future__ import annotations

import numpy as np

from faceengine.detectors.detection import Floats
from faceengine.runtime import Network

#: Pixels of one strip; the network needs about 50 bytes for each.
MOST_PIXELS = 3_000_000
#: A score belongs to a cell of 8 by 8 pixels. Three layers bring 29 pixels to a cell; the others
#: look 10 cells further in each direction.
CELL, REACH, MARGIN = 8, 29, 10


def scores_of(network: Network, batch: Floats, most_pixels: int = MOST_PIXELS) -> Floats:
    """The map of scores, rows by columns, of one picture of shape (1, 3, height, width).

    The strips overlap by as much as the network sees, so the map is the same as in one run.
    """
    height, width = batch.shape[2:]
    rows = (height - REACH) // CELL + 1
    overlap = 2 * MARGIN * CELL + REACH
    count = -(-height // max(CELL, most_pixels // width - overlap))
    if height * width <= most_pixels or count < 2:
        whole: Floats = network.run(batch)[0][0, 0]
        return whole
    step = -(-rows // count)
    return np.concatenate(
        [_strip(network, batch, start, min(rows, start + step)) for start in range(0, rows, step)]
    )


def _strip(network: Network, batch: Floats, start: int, stop: int) -> Floats:
    """The rows of the map from `start` to before `stop`."""
    first = max(0, start - MARGIN)
    top, bottom = first * CELL, (stop + MARGIN - 1) * CELL + REACH
    part = np.ascontiguousarray(batch[:, :, top:bottom])
    scores: Floats = network.run(part)[0][0, 0, start - first : stop - first]
    return scores
