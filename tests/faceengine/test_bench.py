import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PIL_Image

from faceengine.bench import memory, pipelines
from faceengine.bench.clock import QUICK, faster
from faceengine.bench.networks import agreement
from faceengine.bench.peers import Peers
from faceengine.bench.photos import BenchError, make_camera_photos, photos_in
from faceengine.bench.pipelines import RACES, SmallLook, Track
from faceengine.engine import FaceEngine
from faceengine.pictures import Image, decode
from faceengine.weights import WeightStore


def test_agreement_counts_the_faces_that_both_sides_found() -> None:
    one = np.array([[0, 0, 10, 10]], np.float32)
    two = np.array([[1, 0, 11, 10], [50, 50, 60, 60]], np.float32)
    nothing = np.empty((0, 4), np.float32)
    assert agreement(one, one) == 1
    assert agreement(one, two) == pytest.approx(2 / 3)
    assert agreement(one, nothing) == 0
    assert agreement(nothing, nothing) == 1


def test_a_ratio_says_how_many_times_faster_we_are() -> None:
    line = faster("work", 0.002, "them", 0.06, target=25)
    assert (line.value, line.peer_value, line.ratio, line.ok) == (2.0, 60.0, 30.0, True)
    assert faster("work", 0.002, "them", 0.04, target=25).ok is False


def test_a_folder_without_photos_is_said(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="--photos FOLDER"):
        photos_in([tmp_path])


def draw_photo(path: Path, width: int, height: int) -> Path:
    PIL_Image.new("RGB", (width, height), (width % 256, 90, 90)).save(path)
    return path


def test_camera_photos_have_twelve_megapixels_the_largest_first(tmp_path: Path) -> None:
    sources = [
        draw_photo(tmp_path / "small.png", 200, 100),
        draw_photo(tmp_path / "tall.png", 300, 400),
        draw_photo(tmp_path / "wide.png", 600, 500),
    ]
    (tmp_path / "made").mkdir()
    numbers = iter([1, 2])
    made = make_camera_photos(sources, 2, tmp_path / "made", lambda _: next(numbers))
    sizes = [decode(path.read_bytes(), 5000).image.shape for path in made]
    assert sizes == [(3000, 4000, 3), (4000, 3000, 3)]


def test_camera_photos_differ_in_their_number_of_faces(tmp_path: Path) -> None:
    sources = [draw_photo(tmp_path / f"{width}.png", width, 90) for width in range(120, 128)]
    (tmp_path / "made").mkdir()
    numbers = iter([1, 1, 1, 0, 6, 2, 5, 1])
    made = make_camera_photos(sources, 4, tmp_path / "made", lambda _: next(numbers))
    assert len(made) == 4
    assert next(numbers) == 1


@pytest.fixture
def track(weights: WeightStore, assets: Path, tmp_path: Path) -> Track:
    photos = [assets / "faces/photos_misc/obama.jpg", assets / "faces/photos_misc/two_people.jpg"]
    return Track(photos, photos[0], Peers(weights, tmp_path), QUICK)


@pytest.mark.assets
def test_a_peer_that_is_not_installed_is_named_beside_our_own_time(
    track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "insightface", None)
    monkeypatch.setattr("faceengine.bench.peers.find_spec", lambda _: None)
    monkeypatch.setattr(pipelines, "RACES", RACES[:1])
    (line,) = pipelines.compare_pipelines(track)
    assert line.value is not None
    assert (line.peer_value, line.ok) == (None, None)
    assert line.why.startswith("insightface is not installed: ./run bench installs it")


@pytest.mark.assets
def test_a_race_counts_faces_and_time_on_both_sides(
    track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    race = pipelines.Race("open", "a peer that finds two", lambda _: lambda _: 2, target=0.0)
    monkeypatch.setattr(pipelines, "RACES", (race,))
    speed, faces = pipelines.compare_pipelines(track)
    assert speed.ok
    assert (faces.value, faces.peer_value) == (3, 4)


@pytest.mark.assets
def test_the_slowest_peer_is_left_out_of_a_quick_run(
    track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelines, "RACES", [race for race in RACES if race.is_cnn])
    (line,) = pipelines.compare_pipelines(track)
    assert line.value is None
    assert "--quick" in line.why


@pytest.mark.assets
def test_a_small_look_finds_the_same_faces_where_they_are(
    open_engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    image = photo("photos_misc/two_people.jpg")
    detector = open_engine._detector
    fine, small = (
        sorted(looks.detect(image), key=lambda found: float(found.corners[0]))
        for looks in (detector, SmallLook(detector))
    )
    assert len(fine) == len(small) == 2
    for one, other in zip(fine, small, strict=True):
        np.testing.assert_allclose(one.landmarks, other.landmarks, atol=6)


def test_growth_is_told_from_what_the_first_photos_need() -> None:
    megabytes = [400, 500, *[500] * 17, 510]
    settled = memory.Record([memory.MEGABYTE * value for value in megabytes], [0] * 20, [1] * 20)
    most, growth, _, faces = memory.report(settled, 1000)
    assert (most.value, most.ok) == (510, True)
    assert (growth.value, growth.ok) == (5, True)
    assert faces.value == 20

    leaking = memory.Record([memory.MEGABYTE * (400 + 5 * step) for step in range(20)], [0], [0])
    _, growth, *_ = memory.report(leaking, 1000)
    assert growth.ok is False
