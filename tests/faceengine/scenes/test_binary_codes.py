"""Codes whose bits tell how far apart two vectors are."""

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from faceengine.scenes.binary_codes import CODE_BITS, binary_codes


def like_a_network(count: int, dimensions: int) -> NDArray[np.float32]:
    """Never negative and mostly small, as behind a ReLU; some much alike, some not."""
    random = np.random.default_rng(3)
    middle = random.standard_gamma(0.3, dimensions)
    own = random.standard_gamma(0.3, (count, dimensions))
    vectors = middle + random.uniform(0, 3, (count, 1)) * own
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def angles_by_bits(codes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """From the first to each of the others, in radians."""
    differing = np.unpackbits(codes[1:] ^ codes[0], axis=1).mean(axis=1)
    return np.asarray(differing * np.pi, np.float64)


@pytest.mark.parametrize("dimensions", [512, 1280, 2048, 4032, 4096])
def test_differing_bits_tell_the_angle(dimensions: int) -> None:
    vectors = like_a_network(200, dimensions)

    codes = binary_codes(vectors)

    assert codes.shape == (200, CODE_BITS // 8)
    angles = np.arccos(np.clip(vectors[1:] @ vectors[0], -1, 1))
    error = angles_by_bits(codes) - angles
    assert np.sqrt(np.mean(error**2)) < 0.03


def test_a_code_is_that_of_the_direction_alone() -> None:
    vectors = like_a_network(5, 100)

    assert (binary_codes(vectors) == binary_codes(7 * vectors)).all()
    assert (binary_codes(vectors[2:3]) == binary_codes(vectors)[2:3]).all()


def test_opposite_vectors_differ_in_every_bit() -> None:
    vector = np.random.default_rng(1).standard_normal((1, 300)).astype(np.float32)

    assert (binary_codes(vector) ^ binary_codes(-vector) == 255).all()


def test_codes_are_the_ones_that_databases_hold() -> None:
    """Whoever changes them has to make those of all photos anew, by a migration."""
    vectors = (np.arange(3 * 1280).reshape(3, 1280) * 7919 % 1000 - 300).astype(np.float32)

    digest = hashlib.sha256(binary_codes(vectors).tobytes()).hexdigest()

    assert digest == "bea04c856fcd87256ae032663b7aca42e591ef79bacb36820354874127bc6466"


def test_longer_vectors_than_codes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"4096 bits.* 5000 numbers"):
        binary_codes(np.ones((1, 5000), np.float32))


def test_no_vectors_have_no_codes() -> None:
    assert binary_codes(np.zeros((0, 1280), np.float32)).shape == (0, CODE_BITS // 8)
