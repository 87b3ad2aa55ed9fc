"""Small pictures to train on."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PIL_Image

from faceengine.training.transfer import Pictures


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    """Red, green and blue ones."""
    files, labels = [], []
    for number in range(18):
        colour = np.full(3, 20)
        colour[number % 3] = 220
        noise = np.random.default_rng(number).integers(-20, 20, (75, 75, 3))
        files.append(tmp_path / f"{number}.jpg")
        PIL_Image.fromarray((colour + noise).clip(0, 255).astype(np.uint8)).save(files[-1])
        labels.append(number % 3)
    parts = {"training": np.arange(12), "validation": np.arange(12, 15), "test": np.arange(15, 18)}
    return Pictures(("red", "green", "blue"), files, np.array(labels), parts)
