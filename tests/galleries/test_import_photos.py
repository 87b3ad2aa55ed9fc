"""`./run import`: everything once, the rest listed, and it goes on after an interruption."""

import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from galleries import analysis
from galleries.management.commands.import_photos import name_of_folder
from galleries.models import Album, AssignedBy, Face, Gallery, ModelVersion, Person, Photo
from tests.drawings import draw
from tests.regions import as_lightroom, put_in

pytestmark = pytest.mark.usefixtures("model")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "a.png").write_bytes(draw("red"))
    (folder / "deep" / "deeper" / "b.png").write_bytes(draw("blue"))
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_bytes(draw("green"))
    return folder


def run_import(folder: Path, **options: str | bool) -> None:
    call_command("import_photos", str(folder), **{"gallery": "Family", **options})


def test_a_folder_and_its_subfolders_are_added_and_the_rest_is_listed(
    folder: Path, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    run_import(folder, album="Trip")

    assert {photo.name for photo in Photo.objects.all()} == {"a.png", "b.png"}
    assert Album.objects.get().photos.count() == 2
    assert list(Gallery.objects.owned_by(alice)) == [Gallery.objects.get(name="Family")]
    output = capsys.readouterr().out
    assert "2 added, 0 already there, 1 refused" in output
    assert "notes.txt: This file is not a picture" in output


def test_a_second_import_skips_what_is_there(
    folder: Path, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    run_import(folder)
    (folder / "c.png").write_bytes(draw("yellow"))
    run_import(folder)
    assert "1 added, 2 already there" in capsys.readouterr().out
    assert Photo.objects.count() == 3


def test_who_imports_is_asked_when_there_are_several_accounts(
    folder: Path, alice: User, bob: User
) -> None:
    with pytest.raises(CommandError, match="--user"):
        run_import(folder)
    run_import(folder, user="bob")
    assert Photo.objects.first().uploaded_by == bob  # type: ignore[union-attr]


def test_a_viewer_cannot_import_into_the_gallery(folder: Path, gallery: Gallery, bob: User) -> None:
    with pytest.raises(CommandError, match="not add to it"):
        run_import(folder, gallery=gallery.name, user="bob")


def test_a_stranger_with_the_same_name_in_mind_gets_a_gallery_of_their_own(
    folder: Path, gallery: Gallery, mallory: User, model: ModelVersion
) -> None:
    run_import(folder, gallery=gallery.name, user="mallory")
    assert gallery.photos.count() == 0
    assert Gallery.objects.visible_to(mallory).get().photos.count() == 2


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_missing_or_empty_folder_is_said(tmp_path: Path, alice: User, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="folder"):
        run_import(tmp_path / name)


def test_names_from_before_unicode_do_not_stop_an_import(
    folder: Path, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / os.fsdecode(b"caf\xe9.png")).write_bytes(draw("red"))
    (folder / os.fsdecode(b"entr\xe9e.txt")).write_text("no picture")

    run_import(folder)

    assert {photo.name for photo in Photo.objects.all()} == {"a.png", "b.png", "caf�.png"}
    assert "entr�e.txt: This file is not a picture" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["gallery", "album"])
@pytest.mark.parametrize("name", [" ", "x" * 201])
def test_a_name_that_the_pages_refuse_is_refused_before_anything_is_made(
    folder: Path, alice: User, model: ModelVersion, option: str, name: str
) -> None:
    with pytest.raises(CommandError, match=f"--{option} needs a name of 1 to 200"):
        run_import(folder, **{option: name})
    assert not Gallery.objects.exists()


def test_an_account_that_does_not_exist_is_named(folder: Path, alice: User) -> None:
    with pytest.raises(CommandError, match="no account named nobody"):
        run_import(folder, user="nobody")


def test_what_a_damaged_disk_does_not_give_is_listed_and_the_rest_is_imported(
    folder: Path, alice: User, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "b0.png").symlink_to("/proc/self/mem")  # to read it is an input/output error
    os.mkfifo(folder / "b1.png")  # to open it would wait for ever

    run_import(folder)

    assert Photo.objects.count() == 2
    assert (
        "b0.png: This file cannot be read or stored: Input/output error." in capsys.readouterr().out
    )


@pytest.mark.usefixtures("drawing_engine")
def test_folders_name_the_person_in_their_photos(alice: User, tmp_path: Path) -> None:
    for number, colours in enumerate([("red",), ("red",), ("blue", "green")]):
        path = tmp_path / "Marie__Curie" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(draw(*colours))

    run_import(tmp_path, names_from_folders=True)
    while analysis.work_off(8):
        pass

    assert Person.objects.get().name == "Marie Curie"
    named = Face.objects.filter(assigned_by=AssignedBy.IMPORT)
    assert sorted(named.values_list("photo__name", flat=True)) == ["0.png", "1.png"]


@pytest.mark.usefixtures("drawing_engine")
@pytest.mark.parametrize("is_without", [True, False])
def test_names_in_the_files_can_be_left(alice: User, tmp_path: Path, *, is_without: bool) -> None:
    packet = as_lightroom({"Ann": (0.15, 0.15, 0.7, 0.7)})
    (tmp_path / "a.png").write_bytes(put_in(draw("red"), packet, form="PNG"))

    run_import(tmp_path, without_names=is_without)
    while analysis.work_off(8):
        pass

    assert Person.objects.exists() is not is_without


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("Marie_Curie", "Marie Curie"),
        (" Ann  Lee ", "Ann Lee"),
        ("x" * 300, "x" * 200),
        ("___", ""),
        ("", ""),
    ],
)
def test_the_name_of_a_folder_reads_as_one_of_a_person(folder: str, name: str) -> None:
    assert name_of_folder(folder) == name
