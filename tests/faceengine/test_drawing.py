import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PIL_Image

from faceengine.__main__ import main
from faceengine.drawing import BOX, POINTS, draw_faces
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
