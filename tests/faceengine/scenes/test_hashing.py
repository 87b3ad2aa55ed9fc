from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceengine.pictures import Image, decode
from faceengine.scenes.hashing import HASH_BITS, NEAR, distance, perceptual_hash
from tests.faceengine.scenes.conftest import Picture

BRIDGE = "near_duplicates/pdq_bridge-mods"


def compressed(image: Image, quality: int) -> Image:
    jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), dtype=np.uint8)


def halved(image: Image) -> Image:
    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(half, dtype=np.uint8)


def brightened(image: Image) -> Image:
    return np.asarray(np.clip(image * 1.2 + 10, 0, 255), dtype=np.uint8)


def greyed(image: Image) -> Image:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (5, 5), (600, 400)])
def test_every_picture_has_a_hash_of_64_bits(size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    assert 0 <= perceptual_hash(image) < 2**HASH_BITS


def test_distance_counts_bits() -> None:
    assert distance(0b1011, 0b0010) == 2
    assert distance(2**64 - 1, 0) == HASH_BITS


@pytest.mark.assets
def test_every_published_variant_of_a_picture_is_near_to_it(assets: Path, picture: Picture) -> None:
    original = perceptual_hash(picture(f"{BRIDGE}/aaa-orig.jpg"))
    variants = sorted((assets / "images" / BRIDGE).iterdir())
    assert len(variants) == 12
    for path in variants:
        found = perceptual_hash(picture(f"{BRIDGE}/{path.name}"))
        assert distance(original, found) <= NEAR, path.name


@pytest.mark.assets
def test_a_smaller_copy_is_near_and_a_mirrored_one_is_another_picture(
    picture: Picture,
) -> None:
    original, small, mirrored = (
        perceptual_hash(picture(f"near_duplicates/imagededup/ukbench00120{name}.jpg"))
        for name in ("", "_resize", "_hflip")
    )
    assert distance(original, small) <= NEAR
    assert distance(original, mirrored) > 2 * NEAR


@pytest.mark.assets
@pytest.mark.parametrize(
    "change", [halved, brightened, greyed, lambda image: compressed(image, 30)]
)
def test_a_copy_that_was_sent_around_is_found(
    assets: Path, change: Callable[[Image], Image]
) -> None:
    folders = sorted((assets / "images/caltech101_dev").iterdir())
    images = [decode(min(folder.iterdir()).read_bytes(), 1024).image for folder in folders]
    near = [
        distance(perceptual_hash(image), perceptual_hash(change(image))) <= NEAR for image in images
    ]
    assert np.mean(near) > 0.95


@pytest.mark.assets
def test_photos_of_different_things_are_not_near(assets: Path) -> None:
    folders = sorted((assets / "images/caltech101_dev").iterdir())
    hashes = [
        perceptual_hash(decode(path.read_bytes(), 1024).image)
        for folder in folders
        for path in sorted(folder.iterdir())[:2]
    ]
    near = [distance(*pair) <= NEAR for pair in combinations(hashes, 2)]
    assert np.mean(near) < 1e-3
