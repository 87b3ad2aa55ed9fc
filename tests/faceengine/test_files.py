"""Where pictures are in a folder."""

from pathlib import Path

from faceengine.files import pictures_in


def test_pictures_are_found_by_name_and_hidden_files_are_none(tmp_path: Path) -> None:
    for name in ("b/2.JPG", "a/1.heic", "a/deep/3.png", "0.webp", "a/._1.heic", "a/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    every = [str(path.relative_to(tmp_path)) for path in pictures_in(tmp_path, "**/*")]
    assert every == ["0.webp", "a/1.heic", "a/deep/3.png", "b/2.JPG"]
    below = [str(path.relative_to(tmp_path)) for path in pictures_in(tmp_path, "*/*")]
    assert below == ["a/1.heic", "b/2.JPG"]
