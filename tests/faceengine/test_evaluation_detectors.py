"""What detectors find, asked as users ask it and of pictures whose faces are known exactly."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PIL_Image

from faceengine.command_line import Measure
from faceengine.detectors.detection import Detection
from faceengine.evaluation import command
from faceengine.evaluation.detectors import compare_detectors
from faceengine.evaluation.finding import find_again, measure_boxes, measure_finding
from faceengine.evaluation.gathering import EvaluationError
from faceengine.evaluation.labels import QUICK_PHOTOS, Labelled, labelled_photos
from faceengine.evaluation.trials import CLOTH, TRIALS, Scene, View, mark
from faceengine.guard import Guard
from faceengine.pictures import Image

#: A face of 80 by 100 pixels in a picture of 300 by 240, with a nose that is red.
CORNERS = (150, 100, 230, 200)
LANDMARKS = ((170, 130), (210, 130), (190, 155), (175, 175), (205, 175))
RED, SKIN = (250, 10, 10), (200, 160, 140)


def drawn() -> Image:
    image = np.full((240, 300, 3), 90, np.uint8)
    left, top, right, bottom = CORNERS
    image[top:bottom, left:right] = SKIN
    image[150:160, 185:195] = RED
    return image


def face_at(corners: Sequence[float] = CORNERS) -> Detection:
    points = np.array(LANDMARKS, np.float32)
    return Detection(np.array(corners, np.float32), 1.0, points, points)


@pytest.fixture
def scene() -> Scene:
    return mark(drawn(), None, [face_at()])


def shown(scene: Scene, trial: str) -> View:
    (view,) = TRIALS[trial](scene)
    return view


def colour_at(view: View, point: Sequence[float]) -> tuple[int, ...]:
    x, y = point
    return tuple(int(part) for part in view.image[int(y), int(x)])


TURNED = ["turned by 90°", "turned by 180°", "turned by 270°"]
WIDTHS = (16, 24, 40)
SMALL = [f"{width} pixels wide in 2,048" for width in WIDTHS]


@pytest.mark.parametrize("trial", [*TURNED, *SMALL, "filling the frame"])
def test_a_nose_is_looked_for_where_it_went(scene: Scene, trial: str) -> None:
    view = shown(scene, trial)
    assert view.noses.shape == (1, 2)
    red, green, blue = colour_at(view, view.noses[0])
    assert red > 200
    assert max(green, blue) < 60


@pytest.mark.parametrize(("trial", "width"), list(zip(SMALL, WIDTHS, strict=True)))
def test_faces_are_shrunk_to_the_width_that_the_trial_names(
    scene: Scene, trial: str, width: int
) -> None:
    view = shown(scene, trial)
    assert view.image.shape == (1536, 2048, 3)
    of_face = (np.abs(view.image.astype(int) - SKIN) < 40).all(axis=2)
    assert of_face.any(axis=0).sum() == pytest.approx(width, abs=2)


def test_no_face_is_enlarged_to_be_small() -> None:
    scene = mark(drawn(), None, [face_at((185, 150, 205, 175))])
    assert [len(TRIALS[trial](scene)) for trial in SMALL] == [1, 0, 0]


def test_a_mask_hides_the_mouth_and_a_bar_the_eyes(scene: Scene) -> None:
    left_eye, right_eye, _, *mouth = LANDMARKS
    masked, barred = shown(scene, "lower half covered"), shown(scene, "bar over the eyes")
    assert {colour_at(masked, point) for point in mouth} == {CLOTH}
    assert {colour_at(masked, point) for point in (left_eye, right_eye)} == {SKIN}
    assert {colour_at(barred, point) for point in (left_eye, right_eye)} == {(0, 0, 0)}
    assert {colour_at(barred, point) for point in mouth} == {SKIN}
    np.testing.assert_array_equal(scene.image, drawn())


def test_a_nose_without_a_face_is_looked_for_but_not_painted_over() -> None:
    noses = np.array([[190, 155], [40, 40]], np.float32)
    scene = mark(drawn(), noses, [face_at()])
    assert len(shown(scene, "in black and white").noses) == 2
    assert len(shown(scene, "lower half covered").noses) == 1
    assert len(TRIALS["filling the frame"](scene)) == 1


class SeesSkin:
    """Finds the face by its colour; the blind one finds nothing."""

    def __init__(self, *, is_blind: bool = False) -> None:
        self.is_blind = is_blind

    def detect(self, image: Image) -> list[Detection]:
        if self.is_blind:
            return []
        is_skin = (np.abs(image.astype(int) - SKIN) < 40).all(axis=2)
        rows, columns = np.nonzero(is_skin)
        if not rows.size:
            return []
        return [face_at((columns.min(), rows.min(), columns.max(), rows.max()))]


def values(measures: Sequence[Measure]) -> dict[str, float | None]:
    return {measure.measure: measure.value for measure in measures}


def test_all_packs_are_asked_for_the_faces_that_the_first_one_found(tmp_path: Path) -> None:
    PIL_Image.fromarray(drawn()).save(tmp_path / "drawn.png")
    (tmp_path / "words.jpg").write_text("no picture")
    detectors = {"first": SeesSkin(), "second": SeesSkin(is_blind=True)}
    told: list[tuple[int, int]] = []
    with Guard() as guard:
        photos = labelled_photos(tmp_path)
        finds = find_again(detectors, photos, guard, lambda *done: told.append(done))
    first, second = (values(measure_finding(finds, pack, "here")) for pack in detectors)
    assert first["here: upright, of 1 faces"] == 1
    assert first["here: turned by 90°, of 1 faces"] == 1
    assert first["here: at 8 % of the light, of 1 faces"] == 0  # it looks for a bright colour
    assert second["here: upright, of 1 faces"] == second["here: turned by 90°, of 1 faces"] == 0
    assert values(measure_boxes(finds, "first", "here"))["here: boxes on 1 photos"] == 1
    assert [unreadable.photo.name for unreadable in finds.unreadable] == ["words.jpg"]
    assert told == [(1, 2), (2, 2)]


def test_a_trial_that_no_face_fits_says_why(tmp_path: Path) -> None:
    PIL_Image.fromarray(drawn()).save(tmp_path / "drawn.png")
    with Guard() as guard:
        photos = [Labelled(tmp_path / "drawn.png", np.array([[190, 155]], np.float32))]
        finds = find_again({"blind": SeesSkin(is_blind=True)}, photos, guard, lambda *done: None)
    measures = {one.measure: one for one in measure_finding(finds, "blind", "here")}
    assert measures["here: upright, of 1 faces"].value == 0
    covered = measures["here: lower half covered"]
    assert (covered.value, covered.why) == (None, "no face here can be shown so")


def test_labels_of_both_kinds_are_read_and_other_photos_have_none(tmp_path: Path) -> None:
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    for name in ("a.jpg", "b.jpg", "sheets/c.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "annotations.json").write_text(json.dumps({"noses": {"a.jpg": [[1, 2], [3, 4]]}}))
    face = {"kps": [[0, 0], [1, 1], [5, 6], [2, 2], [3, 3]]}
    (sheets / "groups.json").write_text(json.dumps([{"file": "c.jpg", "faces": [face]}]))
    a, b, c = labelled_photos(tmp_path)
    assert a.noses is not None
    assert c.noses is not None
    assert (a.noses.tolist(), b.noses, c.noses.tolist()) == ([[1, 2], [3, 4]], None, [[5, 6]])


@pytest.mark.parametrize("content", ["{", "[]", '{"noses": {"a.jpg": [["x", "y"]]}}', '{"a": 1}'])
def test_labels_that_cannot_be_read_are_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "annotations.json").write_text(content)
    with pytest.raises(EvaluationError, match=r"annotations\.json cannot be read as labels"):
        labelled_photos(tmp_path)


def test_a_quick_look_takes_photos_from_all_over_the_folder(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number:02d}.jpg").touch()
    chosen = [labelled.photo.name for labelled in labelled_photos(tmp_path, is_quick=True)]
    assert len(chosen) <= QUICK_PHOTOS
    assert chosen[:2] == ["00.jpg", "05.jpg"]
    assert chosen[-1] == "95.jpg"


@pytest.mark.parametrize(("made", "sentence"), [(False, "There is no folder"), (True, "No photos")])
def test_a_folder_without_photos_ends_it_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sentence: str, *, made: bool
) -> None:
    folder = tmp_path / "photos"
    if made:
        folder.mkdir()
    assert command.main(["detectors", str(folder)]) == 1
    captured = capsys.readouterr()
    assert f"{sentence} " in captured.err
    assert captured.out == ""


@pytest.fixture
def weights_here(assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path / "data"))


@pytest.mark.assets
@pytest.mark.usefixtures("weights_here")
def test_labelled_photos_give_one_table_over_several_packs(
    assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group, other = tmp_path / "a/photos", tmp_path / "b/photos"
    for folder in (group, other):
        folder.mkdir(parents=True)
    source = assets / "faces/photos_compreface"
    shutil.copy(source / "010_2.jpg", group)
    shutil.copy(source / "annotations.json", group)
    shutil.copy(next((assets / "images/caltech101_dev").glob("*/*.jpg")), other)
    asked = [str(group), "--without-people", str(other), "--pack", "open,insightface", "--json"]
    assert command.main(["detectors", *asked]) == 0
    rows = {row["measure"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows[f"open: {group}: upright, of 2 faces"]["value"] == 1
    assert rows[f"open: {group}: turned by 180°, of 2 faces"]["value"] == 1
    assert rows[f"insightface: {group}: upright, of 2 faces"]["value"] == 1
    assert rows[f"open: {group}: processor time a photo"]["value"] > 0
    assert rows[f"insightface: {other}: boxes on 1 photos"]["unit"] == "boxes"


@pytest.mark.assets
@pytest.mark.usefixtures("weights_here")
def test_a_folder_of_which_nothing_can_be_read_names_the_first(tmp_path: Path) -> None:
    (tmp_path / "words.jpg").write_text("no picture")
    with pytest.raises(EvaluationError, match=r"The first is .*words\.jpg: This file is not"):
        compare_detectors([], [tmp_path], None, is_quick=False)
