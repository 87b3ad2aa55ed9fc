"""Labelled folders as people make them, and what is said about those that are no good."""

from pathlib import Path

import pytest

from faceengine.training.errors import TrainingError
from faceengine.training.folders import read_labelled


def fill(folder: Path, **classes: int) -> Path:
    """Empty files in place of photos: reading a folder opens none."""
    for name, count in classes.items():
        (folder / name).mkdir()
        for number in range(count):
            (folder / name / f"{number}.jpg").touch()
    return folder


def test_a_class_is_a_folder_of_photos(tmp_path: Path) -> None:
    fill(tmp_path, ann=2, ben=3)
    (tmp_path / "ann/notes.txt").touch()
    (tmp_path / "ann/.hidden.jpg").touch()
    (tmp_path / "readme.jpg").touch()
    labelled = read_labelled(tmp_path)
    assert {name: len(photos) for name, photos in labelled.classes.items()} == {"ann": 2, "ben": 3}
    assert labelled.labels == ["ann"] * 2 + ["ben"] * 3
    assert [photo.parent.name for photo in labelled.photos] == labelled.labels
    assert labelled.notes == []


def test_a_class_with_one_photo_is_left_out_and_named(tmp_path: Path) -> None:
    labelled = read_labelled(fill(tmp_path, ann=2, ben=3, cleo=1))
    assert list(labelled.classes) == ["ann", "ben"]
    assert [photo.parent.name for photo in labelled.strangers] == ["cleo"]
    assert labelled.notes == ["The class cleo is left out: it has 1 photo, and 2 are needed."]


def test_many_small_classes_are_one_sentence(tmp_path: Path) -> None:
    small = {f"p{number}": 1 for number in range(8)}
    (note,) = read_labelled(fill(tmp_path, ann=2, ben=2, **small)).notes
    assert note == (
        "8 classes have fewer than 2 photos and are left out: p0, p1, p2, p3, p4 and 3 more."
    )


@pytest.mark.parametrize(
    ("classes", "sentence"),
    [
        ({"ann": 3}, "There is only one class in {}, ann: "),
        ({"ann": 3, "ben": 1}, "two classes with at least 2 photos each. Too few have: ben (1)."),
        ({"ann": 2, "Ann": 2}, "the same name but for capital letters: Ann, ann."),
        ({}, "No photos in {}: give a folder with one folder of photos for each class."),
    ],
    ids=["one class", "one photo", "capital letters", "nothing"],
)
def test_a_folder_that_cannot_be_learnt_is_a_sentence(
    tmp_path: Path, classes: dict[str, int], sentence: str
) -> None:
    with pytest.raises(TrainingError) as raised:
        read_labelled(fill(tmp_path, **classes))
    assert sentence.format(tmp_path) in str(raised.value)


def test_there_may_be_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="There is no folder"):
        read_labelled(tmp_path / "nowhere")


def test_a_quick_look_takes_few_photos_of_few_classes(tmp_path: Path) -> None:
    labelled = read_labelled(
        fill(tmp_path, **{f"p{number}": 15 for number in range(20)}), is_quick=True
    )
    assert len(labelled.classes) == 12
    assert {len(photos) for photos in labelled.classes.values()} == {12}
