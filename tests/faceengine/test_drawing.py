import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PIL_Image

from faceengine.__main__ import main
from faceengine.drawing import BOX, POINTS, draw_faces, places_of_drawings
from faceengine.faces import Box, Face, Landmarks
from faceengine.pictures import Image

MARKS = np.array([[0.4, 0.4], [0.6, 0.4], [0.5, 0.5], [0.42, 0.6], [0.58, 0.6]])
FACE = Face(
    box=Box(0.3, 0.3, 0.4, 0.4),
    landmarks=Landmarks.from_array(MARKS),
    score=0.9,
    quality=0.5,
    embedding=np.zeros(4, np.float32),
)


def test_the_box_and_each_landmark_are_drawn_where_they_are() -> None:
    image = np.zeros((400, 600, 3), np.uint8)
    drawn = draw_faces(image, [FACE])
    assert not image.any()
    for (x, y), colour in zip(MARKS, POINTS, strict=True):
        assert tuple(drawn[round(y * 400), round(x * 600)]) == colour
    assert tuple(drawn[120, 300]) == BOX
    assert tuple(drawn[200, 180]) == BOX
    assert tuple(drawn[200, 250]) == (0, 0, 0)


def test_photos_of_one_name_keep_a_drawing_each(tmp_path: Path) -> None:
    photos = [Path("2024/1.jpg"), Path("2025/1.jpg"), Path("2025/2.jpg"), Path("2026/1.jpg")]
    names = [place.relative_to(tmp_path).name for place in places_of_drawings(photos, tmp_path)]
    assert names == ["1.jpg.png", "1.jpg.2.png", "2.jpg.png", "1.jpg.3.png"]


@pytest.mark.assets
def test_a_folder_that_drawings_cannot_go_to_is_said_before_the_work(
    assets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    (tmp_path / "file").touch()
    assert main(["none.jpg", "--pack", "open", "--draw", str(tmp_path / "file")]) == 1
    captured = capsys.readouterr()
    assert captured.err == f"No drawings can be written to {tmp_path / 'file'}: File exists.\n"
    assert captured.out == ""


@pytest.mark.assets
def test_a_user_gets_the_photos_with_their_faces_marked(
    assets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    photo: Callable[..., Image],
) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    name = "photos_misc/two_people.jpg"
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    photos = [str(assets / "faces" / name), str(broken)]
    assert main([*photos, "--pack", "open", "--draw", str(tmp_path / "drawn")]) == 1
    assert [len(entry.get("faces", ())) for entry in json.loads(capsys.readouterr().out)] == [2, 0]
    (written,) = (tmp_path / "drawn").iterdir()
    assert written.name == "two_people.jpg.png"
    drawn = np.array(PIL_Image.open(written))
    assert drawn.shape == photo(name).shape
    assert (drawn == BOX).all(axis=2).sum() > 500
