"""Faces in pictures that were turned or taken in the dark, on real photos."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceengine.catalog import HOG, MMOD, SCRFD, YUNET
from faceengine.detectors.brightening import brightened
from faceengine.detectors.detection import Detection, Detector, overlaps
from faceengine.detectors.loading import load_detector
from faceengine.detectors.turned import Certainty, TurningDetector, turn, turn_back
from faceengine.engine import FaceEngine
from faceengine.pictures import Image
from faceengine.weights import WeightStore

PARTS = {part.name: part for part in (YUNET, SCRFD, HOG, MMOD)}
sides = st.integers(1, 60)


@pytest.fixture(scope="module")
def detectors(weights: WeightStore) -> dict[str, Detector]:
    return {name: load_detector(part, weights, threads=2) for name, part in PARTS.items()}


def assert_same_faces(found: Sequence[Detection], expected: Sequence[Detection]) -> None:
    assert len(found) == len(expected)
    for face in expected:
        shares = overlaps(face.corners, np.stack([other.corners for other in found]))
        same = found[int(shares.argmax())]
        assert shares.max() > 0.6
        eyes = float(np.linalg.norm(face.landmarks[1] - face.landmarks[0]))
        assert np.abs(same.landmarks - face.landmarks).max() < 0.15 * eyes
        assert np.abs(same.anchors - face.anchors).max() < 0.15 * eyes


@pytest.mark.assets
@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_turned_without_a_note_shows_the_same_faces(
    detectors: dict[str, Detector], photo: Callable[..., Image], name: str, quarters: int
) -> None:
    image = photo("photos_misc/two_people.jpg", max_side=640)
    expected = detectors[name].detect(image)
    assert len(expected) == 2
    found = detectors[name].detect(turn(image, quarters))
    height, width = image.shape[:2]
    assert_same_faces([turn_back(face, quarters, width, height) for face in found], expected)


@pytest.mark.assets
@pytest.mark.parametrize("pack", ["open", "dlib"])
def test_a_turned_face_keeps_its_vector(
    request: pytest.FixtureRequest, photo: Callable[..., Image], pack: str
) -> None:
    engine: FaceEngine = request.getfixturevalue(f"{pack}_engine")
    image = photo("photos_misc/obama-480p.jpg")
    (upright,) = engine.find_faces(image)
    (turned,) = engine.find_faces(turn(image, 2))
    assert upright.embedding @ turned.embedding > 0.97


@pytest.mark.assets
@pytest.mark.parametrize("name", PARTS)
def test_a_photo_taken_in_the_dark_shows_the_same_faces(
    detectors: dict[str, Detector], photo: Callable[..., Image], name: str
) -> None:
    image = photo("photos_misc/two_people.jpg", max_side=640)
    noise = np.random.default_rng(5).normal(0, 2, image.shape)
    dark = np.clip(image * 0.08 + noise, 0, 255).astype(np.uint8)
    found, expected = (detectors[name].detect(picture) for picture in (dark, image))
    assert len(found) == len(expected) == 2
    for face in expected:
        assert max(overlaps(face.corners, np.stack([other.corners for other in found]))) > 0.6


def test_a_bright_picture_is_searched_as_it_is() -> None:
    image = np.random.default_rng(1).integers(0, 255, (50, 70, 3), dtype=np.uint8)
    assert brightened(image) is image


def test_a_night_sky_with_a_lamp_is_brightened_and_black_stays_black() -> None:
    night = np.full((80, 80, 3), 20, np.uint8)
    night[:8, :8] = 255
    assert 200 < brightened(night)[40:, 40:].mean() <= 255
    assert not brightened(np.zeros((80, 80, 3), np.uint8)).any()


@settings(deadline=None)
@given(sides, sides, st.integers(1, 3), st.data())
def test_a_point_is_turned_back_to_where_it_was(
    width: int, height: int, quarters: int, data: st.DataObject
) -> None:
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    image = np.zeros((height, width, 3), np.uint8)
    image[y, x] = 255
    row, column = np.argwhere(turn(image, quarters)[:, :, 0])[0]
    points = np.full((5, 2), (column + 0.5, row + 0.5), np.float32)
    box = np.array([column, row, column + 1, row + 1], np.float32)
    found = turn_back(Detection(box, 1.0, points, points), quarters, width, height)
    assert found.corners.tolist() == [x, y, x + 1, y + 1]
    assert found.landmarks.tolist() == [[x + 0.5, y + 0.5]] * 5
    assert found.anchors.tolist() == found.landmarks.tolist()


class Staged:
    """Sees a face of a given score in each direction, by the brightest corner of the picture."""

    def __init__(self, *scores: float) -> None:
        self.scores = scores
        self.calls: list[str] = []

    def detect(self, image: Image) -> list[Detection]:
        self.calls.append("detect")
        return self._see(image)

    def glance(self, image: Image) -> list[Detection]:
        self.calls.append("glance")
        return self._see(image)

    def _see(self, image: Image) -> list[Detection]:
        corners = [image[0, 0], image[0, -1], image[-1, -1], image[-1, 0]]
        score = self.scores[int(np.argmax([corner[0] for corner in corners]))]
        points = np.full((5, 2), score, np.float32)
        box = np.array([0, 0, 10, 10], np.float32)
        return [Detection(box, score, points, points)] if score else []


def look(*scores: float) -> tuple[list[str], list[float]]:
    """What was done, and the scores of what was found, in a picture marked at its left top."""
    image = np.zeros((20, 30, 3), np.uint8)
    image[0, 0] = 255
    staged = Staged(*scores)
    found = TurningDetector(staged, Certainty(upright=0.9, turned=0.6)).detect(image)
    return staged.calls, [face.score for face in found]


def test_one_certain_face_costs_no_second_look() -> None:
    assert look(0.95, 0.99, 0.99, 0.99) == (["detect"], [0.95])


@pytest.mark.parametrize("upright", [0.0, 0.8])
def test_a_picture_that_is_no_better_when_turned_stays_as_it_is(upright: float) -> None:
    calls, scores = look(upright, 0.5, 0.6, upright)
    assert calls == ["detect", "glance", "glance", "glance"]
    assert scores == ([upright] if upright else [])


def test_the_direction_with_the_best_face_is_searched_and_an_uncertain_face_elsewhere_kept() -> (
    None
):
    calls, scores = look(0.7, 0.8, 0.95, 0.75)
    assert calls == ["detect", "glance", "glance", "glance", "detect"]
    assert scores[0] == 0.95


#: The shade of a face in these pictures, and where it lies in the one that is not turned.
SHADE, PLACE = 100, [3, 5, 9, 15]


def with_face(*, is_there: bool = True) -> Image:
    """Marked at its left top, with a face of one shade."""
    image = np.zeros((20, 30, 3), np.uint8)
    image[0, 0] = 255
    left, top, right, bottom = PLACE
    image[top:bottom, left:right] = SHADE * is_there
    return image


def faces_in(image: Image) -> list[Detection]:
    rows, columns = np.nonzero(image[:, :, 0] == SHADE)
    if not rows.size:
        return []
    box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float32)
    points = np.tile(box.reshape(2, 2).mean(axis=0), (5, 1))
    return [Detection(box, 1.0, points, points)]


class Blind:
    """Finds a face in every direction without knowing it, and rates it by the direction."""

    def __init__(self, *rates: float) -> None:
        self.rates = rates
        self.calls: list[tuple[str, int]] = []
        self.rated: list[tuple[list[float], list[float]]] = []

    def detect(self, image: Image) -> list[Detection]:
        self.calls.append(("detect", quarters_of(image)))
        return faces_in(image)

    def glance(self, image: Image) -> list[Detection]:
        self.calls.append(("glance", quarters_of(image)))
        return faces_in(image)

    def rate(self, image: Image, found: Sequence[Detection]) -> float:
        self.rated += [
            (face.corners.tolist(), there.corners.tolist())
            for face, there in zip(found, faces_in(image), strict=True)
        ]
        return self.rates[quarters_of(image)] if found else 0.0

    def look_at(self, image: Image) -> list[Detection]:
        certainty = Certainty(upright=0.9, turned=0.6, rate=self.rate, finds_turned=True)
        return TurningDetector(self, certainty).detect(image)


def quarters_of(image: Image) -> int:
    """By how many quarters the marked picture was turned."""
    corners = [image[0, 0], image[-1, 0], image[-1, -1], image[0, -1]]
    return int(np.argmax([corner[0] for corner in corners]))


@pytest.mark.parametrize("best", [1, 2, 3])
def test_a_face_found_already_is_rated_in_each_direction_and_the_best_is_searched(
    best: int,
) -> None:
    blind = Blind(0.5, *(0.8 if quarters == best else 0.7 for quarters in (1, 2, 3)))
    (face,) = blind.look_at(with_face())
    assert blind.calls == [("detect", 0), ("detect", best)]
    assert face.corners.tolist() == PLACE
    assert face.landmarks.tolist() == face.anchors.tolist() == [[6, 10]] * 5


def test_a_face_is_rated_where_it_lies_in_the_turned_picture() -> None:
    blind = Blind(0.5, 0.5, 0.5, 0.5)
    assert len(blind.look_at(with_face())) == 1
    assert blind.calls == [("detect", 0)]
    assert len(blind.rated) == 4
    assert all(rated == there for rated, there in blind.rated)


def test_only_a_picture_in_which_nothing_was_found_gets_glances() -> None:
    blind = Blind(0.5, 0.8, 0.7, 0.7)
    assert blind.look_at(with_face(is_there=False)) == []
    assert blind.calls == [("detect", 0), ("glance", 1), ("glance", 2), ("glance", 3)]
