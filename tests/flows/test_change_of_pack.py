"""Real photos named with one pack and read anew with another: every name stands, no face twice."""

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from accounts.models import User
from faceengine.catalog import PACKS
from faceengine.same_face import View
from galleries import analysis, identities, photo_decisions, upgrades, uploads
from galleries.models import (
    AssignedBy,
    Face,
    FaceVector,
    Gallery,
    ModelVersion,
    Person,
    Photo,
    Verdict,
)

pytestmark = pytest.mark.assets

PEOPLE = ("Andre_Agassi", "Angelina_Jolie", "Bill_Clinton")
GROUPS = ("photos_compreface/015_6.jpg", "photos_misc/two_people.jpg")


@pytest.fixture
def archive(gallery: Gallery, alice: User, assets: Path) -> Gallery:
    folder = assets / "faces"
    files = [folder / name for name in GROUPS]
    for person in PEOPLE:
        files += sorted((folder / "lfw_dev" / person).glob("*.jpg"))[:4]
    for path in files:
        uploads.add_photo(gallery, ContentFile(path.read_bytes(), path.name), alice)
    analyse_everything()
    return gallery


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def switch(gallery: Gallery, pack: str) -> ModelVersion:
    """Read all photos with another pack, and with that one again."""
    present = ModelVersion.objects.register(PACKS[pack])
    Gallery.objects.filter(pk=gallery.pk).update(model=present)
    upgrades.queue_unseen()
    analyse_everything()
    for photo in Photo.objects.select_related("gallery"):
        analysis.look_again(photo)
    analyse_everything()
    return present


def largest_faces(person: str) -> list[Face]:
    faces = Face.objects.filter(photo__name__startswith=person).order_by("photo", "-width")
    return list(faces.distinct("photo"))


def decisions() -> set[tuple[object, ...]]:
    decided = Face.objects.exclude(assigned_by=AssignedBy.MATCHER).exclude(person=None, verdict="")
    return set(decided.values_list("pk", "person__name", "assigned_by", "verdict", "source"))


def doubled(faces: Iterable[Face]) -> list[tuple[Face, Face]]:
    return [
        (one, other)
        for one, other in combinations(faces, 2)
        if View(one.box).shows_the_same(View(other.box))
    ]


def test_every_decision_stands_after_everything_is_read_anew_with_another_pack(
    archive: Gallery, alice: User
) -> None:
    for name in PEOPLE:
        identities.open_person_of(largest_faces(name), alice, name)
    group = Photo.objects.get(name="015_6.jpg")
    missed, wrong, *others = group.faces.all()
    for number, face in enumerate(others):
        identities.open_person_of([face], alice, f"Guest {number}")
    identities.mark_as_no_faces([wrong], alice)
    box = missed.box
    missed.delete()
    _, drawn = photo_decisions.draw_face(group, box, alice)
    identities.open_person_of([drawn], alice, "Missed")
    before = decisions()
    assert len(before) == 3 * 4 + group.faces.count()

    for pack in ("dlib", "open"):
        present = switch(archive, pack)
        assert decisions() == before
        for photo in Photo.objects.all():
            assert doubled(photo.faces.all()) == []
        named = Face.objects.filter(person__in=Person.objects.named())
        read = FaceVector.objects.filter(model=present).values("face")
        assert not named.exclude(pk__in=read).exists()
        assert Face.objects.get(pk=wrong.pk).verdict == Verdict.NOT_A_FACE
        drawn.refresh_from_db()
        assert drawn.box == box
