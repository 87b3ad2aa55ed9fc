"""Names that come with photos are given to the right faces, once, and humans always win."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from faceengine.faces import Box
from galleries import (
    analysis,
    history,
    identities,
    imports,
    people,
    photo_decisions,
    purging,
    undo,
    uploads,
)
from galleries.models import Action, Analysis, AssignedBy, Batch, Face, Gallery, Person, Photo, Role
from galleries.uploads import AS_THE_GALLERY, Naming
from tests.drawings import draw
from tests.phones import phone_of
from tests.regions import Rectangle, as_digikam, as_lightroom, put_in, turn_back

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]
# the squares of a drawing with two, larger than the faces, as other programs draw them
LEFT, RIGHT = (0.08, 0.15, 0.34, 0.7), (0.58, 0.15, 0.34, 0.7)
#: The square of a drawing with one.
ALONE = (0.15, 0.1, 0.7, 0.75)
NOWHERE = (0.4, 0.05, 0.2, 0.2)


class Archive:
    """A gallery that photos with names are uploaded to."""

    def __init__(self, gallery: Gallery, user: User) -> None:
        self.gallery, self.user = gallery, user

    def add(
        self,
        *colours: str,
        orientation: int = 1,
        naming: Naming = AS_THE_GALLERY,
        **people: Rectangle,
    ) -> Photo:
        packet = as_lightroom({name.replace("_", " "): box for name, box in people.items()})
        data = put_in(draw(*colours), packet, form="PNG", orientation=orientation)
        photo = self.upload(data, naming)
        self.analyse()
        return photo

    def upload(self, data: bytes, naming: Naming = AS_THE_GALLERY) -> Photo:
        file = ContentFile(data, "party.png")
        photo = uploads.add_photo(self.gallery, file, self.user, naming=naming).photo
        assert photo is not None
        return photo

    def analyse(self, *photos: Photo) -> None:
        Analysis.objects.filter(photo__in=photos).update(state=Analysis.State.QUEUED)
        while analysis.work_off(8):
            pass


@pytest.fixture
def archive(gallery: Gallery, alice: User) -> Archive:
    return Archive(gallery, alice)


def names_in(photo: Photo) -> list[tuple[str, str]]:
    """Of the faces from left to right, and who says so."""
    faces = Face.objects.real().filter(photo=photo).select_related("person").order_by("left")
    return [(face.person.name if face.person else "", face.assigned_by) for face in faces]


def test_faces_get_the_names_that_stand_in_the_file(archive: Archive, alice: User) -> None:
    photo = archive.add("red", "blue", Ben=RIGHT, Ann_Lee=LEFT)

    assert names_in(photo) == [("Ann Lee", "import"), ("Ben", "import")]
    batch = Batch.objects.get()
    assert (batch.action, batch.source, batch.actor) == (Action.IMPORT, AssignedBy.IMPORT, alice)
    assert batch.face_count == 2
    said = "alice took over names from the file “party.png”: Ben, Ann Lee"
    assert history.describe(batch) == said


def test_a_person_who_has_the_name_gets_the_face_whatever_its_case(archive: Archive) -> None:
    first, second = archive.add("red", Ann=ALONE), archive.add("blue", ANN=ALONE)
    assert Person.objects.get().faces.count() == 2
    assert names_in(first) == names_in(second) == [("Ann", "import")]


def test_whom_of_two_namesakes_a_file_means_is_left_to_humans(
    archive: Archive, gallery: Gallery
) -> None:
    Person.objects.create(gallery=gallery, name="Ann")
    Person.objects.create(gallery=gallery, name="ann")
    assert names_in(archive.add("red", Ann=ALONE)) == [("", "")]
    assert not Batch.objects.exists()


def test_a_person_of_another_gallery_gets_nothing(archive: Archive, bob: User) -> None:
    other = Gallery.create_owned_by(bob, "Other")
    stranger = Person.objects.create(gallery=other, name="Ann")
    archive.add("red", Ann=ALONE)
    assert not stranger.faces.exists()


def test_faces_that_are_alike_follow_those_that_are_named(archive: Archive) -> None:
    before = archive.add("red")
    archive.add("red", Ann=ALONE)
    after = archive.add("red")
    assert names_in(before) == names_in(after) == [("Ann", "matcher")]


def test_an_import_comes_before_the_matcher(archive: Archive) -> None:
    for _ in range(3):
        archive.add("red")
    photo = archive.add("red", Ann=ALONE)
    assert names_in(photo) == [("Ann", "import")]


@pytest.mark.parametrize("orientation", [2, 3, 5, 6, 7, 8])
def test_regions_are_turned_with_their_photo(archive: Archive, orientation: int) -> None:
    left, right = turn_back(LEFT, orientation), turn_back(RIGHT, orientation)
    photo = archive.add("red", "blue", orientation=orientation, Ann=left, Ben=right)
    assert [name for name, _ in names_in(photo)] == ["Ann", "Ben"]


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_regions_of_programs_that_do_not_turn_them_find_their_faces_too(
    archive: Archive, orientation: int
) -> None:
    photo = archive.add("red", "blue", orientation=orientation, Ann=LEFT, Ben=RIGHT)
    assert [name for name, _ in names_in(photo)] == ["Ann", "Ben"]


def test_a_name_where_no_face_was_found_becomes_a_face_that_is_described(archive: Archive) -> None:
    photo = archive.add("red", "blue", Ann=LEFT, Zoë=NOWHERE)

    assert names_in(photo) == [("Ann", "import"), ("Zoë", "import"), ("", "")]
    added = Face.objects.get(person__name="Zoë")
    assert added.source == Face.Source.DRAWN
    assert added.landmarks
    assert added.vectors.count() == 1
    assert photo.analyses.get().state == Analysis.State.DONE
    assert Batch.objects.count() == 1


def test_taking_names_back_also_takes_the_face_back_that_they_added(
    archive: Archive, alice: User
) -> None:
    photo = archive.add("red", "blue", Ann=LEFT, Zoë=NOWHERE)
    batch = undo.undo(Batch.objects.get(), alice).batch
    assert batch
    archive.analyse(photo)
    assert names_in(photo) == [("", ""), ("", "")]

    undo.undo(batch, alice)
    assert ("Zoë", "import") in names_in(photo)


def test_a_box_too_small_to_make_anything_out_adds_no_face(archive: Archive) -> None:
    photo = archive.add("red", Zoë=(0.1, 0.02, 0.05, 0.05))
    assert names_in(photo) == [("", "")]
    assert not Person.objects.exists()


def test_two_names_for_one_face_name_it_once(archive: Archive) -> None:
    photo = archive.add("red", Ann=(0.2, 0.2, 0.6, 0.6), Ben=(0.1, 0.1, 0.7, 0.7))
    assert names_in(photo) == [("Ann", "import")]
    assert Person.objects.count() == 1


def test_names_that_were_taken_back_do_not_come_again(archive: Archive, alice: User) -> None:
    photo = archive.add("red", Ann=ALONE)
    undo.undo(Batch.objects.get(), alice)

    archive.analyse(photo)
    assert names_in(photo) == [("", "")]
    assert not Person.objects.present().exists()


def test_the_matcher_does_not_gather_again_what_was_taken_back(
    archive: Archive, alice: User
) -> None:
    archive.add("red", Ann=ALONE)
    second = archive.add("red", Ann=ALONE)
    undo.undo(Batch.objects.latest("pk"), alice)

    archive.analyse(second)
    ann = Person.objects.get(name="Ann")
    people.reconsider(ann, archive.gallery.model)
    assert names_in(second) == [("", "")]


def test_looking_again_and_uploading_again_do_nothing_new(archive: Archive) -> None:
    data = put_in(draw("red"), as_digikam({"Ann": ALONE}), form="PNG")
    photo = archive.upload(data)
    archive.analyse()
    face = Face.objects.get()

    archive.analyse(photo)
    assert archive.upload(data) == photo
    archive.analyse()

    assert Batch.objects.count() == 1
    assert Face.objects.get() == face
    assert names_in(photo) == [("Ann", "import")]


def test_a_human_always_wins(archive: Archive, alice: User) -> None:
    photo = archive.add("red", Ann=ALONE)
    ben = Person.objects.create(gallery=archive.gallery, name="Ben")
    identities.move_faces([Face.objects.get()], ben, alice)
    archive.analyse(photo)
    assert names_in(photo) == [("Ben", "human")]


@pytest.mark.parametrize("decide", ["name", "no-face", "stranger", "reject"])
def test_what_a_human_said_before_the_photo_was_read_stands(
    archive: Archive, alice: User, decide: str
) -> None:
    """As when names are still to be taken over from a photo whose faces are known."""
    photo = archive.add("red", Ann=ALONE)
    undo.undo(Batch.objects.get(), alice)
    Batch.objects.all().delete()
    face = Face.objects.get()
    ann = Person.objects.create(gallery=archive.gallery, name="Ann")
    if decide == "name":
        identities.open_person_of([face], alice, "Ben")
    elif decide == "no-face":
        identities.mark_as_no_faces([face], alice)
    elif decide == "stranger":
        identities.mark_faces_as_stranger([face], alice)
    else:
        identities.reject_faces([face], ann, alice)
    Photo.objects.update(takes_names=True)

    archive.analyse(photo)
    face.refresh_from_db()
    assert face.person != ann
    assert not ann.faces.exists()
    assert not Batch.objects.filter(action=Action.IMPORT).exists()


def test_whose_a_drawn_face_is_may_still_come_with_the_photo(archive: Archive, alice: User) -> None:
    gallery = archive.gallery
    Gallery.objects.update(takes_names=False)
    gallery.refresh_from_db()
    photo = archive.add("red", "blue", Zoë=NOWHERE)
    photo.refresh_from_db()
    photo_decisions.draw_face(photo, Box(*NOWHERE), alice)
    Photo.objects.update(takes_names=True)

    archive.analyse(photo)
    assert Face.objects.get(person__name="Zoë").source == Face.Source.DRAWN
    assert Face.objects.count() == 3


def test_nobody_is_named_in_photos_from_before_their_birth(
    archive: Archive, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    Person.objects.create(gallery=gallery, name="Ann", born_on=date(2001, 1, 1))
    taken = datetime(2000, 5, 1, tzinfo=UTC)
    original = analysis._describe

    def describe(photo: Photo, picture: object) -> None:
        original(photo, picture)  # type: ignore[arg-type]
        Photo.objects.filter(pk=photo.pk).update(taken_at=taken)

    monkeypatch.setattr(analysis, "_describe", describe)
    assert names_in(archive.add("red", Ann=ALONE)) == [("", "")]


def test_a_purged_person_stays_forgotten(archive: Archive) -> None:
    photo = archive.add("red", Ann=ALONE)
    purging.purge_person(Person.objects.get())
    archive.analyse(photo)
    assert names_in(photo) == [("", "")]
    assert not Person.objects.exists()


def test_a_folder_names_the_only_face_of_its_photos(archive: Archive) -> None:
    folder = Naming(folder="Ann")
    alone, together = archive.add("red", naming=folder), archive.add("blue", "green", naming=folder)
    assert names_in(alone) == [("Ann", "import")]
    assert names_in(together) == [("", ""), ("", "")]
    assert history.describe(Batch.objects.get()) == (
        "alice took over names from the folder of “party.png”: Ann"
    )


def test_what_stands_in_the_file_is_said_rather_than_the_folder(archive: Archive) -> None:
    photo = archive.add("red", naming=Naming(folder="Family"), Ann=ALONE)
    assert names_in(photo) == [("Ann", "import")]


def test_an_owner_can_leave_the_names_of_all_photos(
    archive: Archive, alice: User, bob: User, mallory: User, signed_in: SignIn
) -> None:
    settings = reverse("gallery-change", args=[archive.gallery.pk])
    archive.gallery.memberships.filter(user=bob).update(role=Role.EDITOR)
    for user in (bob, mallory):
        assert signed_in(user).post(settings, {"name": "Summer"}).status_code == 404
    signed_in(alice).post(settings, {"name": "Summer"})

    archive.gallery.refresh_from_db()
    assert not archive.gallery.takes_names
    assert names_in(archive.add("red", Ann=ALONE)) == [("", "")]


def test_the_source_of_a_name_is_told_to_members_and_to_nobody_else(
    archive: Archive, bob: User, mallory: User, signed_in: SignIn
) -> None:
    photo = archive.add("red", Ann=ALONE)
    person = Person.objects.get()
    says = {"person": "came with its name", "photo": "The name came with the photo."}
    for name, pk in (("person", person.pk), ("photo", photo.pk)):
        page = signed_in(bob).get(reverse(name, args=[pk]))
        assert says[name] in page.content.decode()
        assert signed_in(mallory).get(reverse(name, args=[pk])).status_code == 404
    told = signed_in(bob).get(reverse("history", args=[archive.gallery.pk])).content.decode()
    assert "took over names from the file" in told


def test_phones_of_owners_can_leave_the_names_too(
    gallery: Gallery, alice: User, bob: User, mallory: User
) -> None:
    address = f"/galleries/{gallery.pk}"
    assert phone_of(bob).ask("get", address)[1]["takes_names"] is True
    assert phone_of(bob).ask("patch", address, takes_names=False)[0] == 403
    assert phone_of(mallory).ask("patch", address, takes_names=False)[0] == 404
    assert phone_of(alice).ask("patch", address, takes_names=False)[1]["takes_names"] is False

    made = phone_of(alice).ask("post", "/galleries", name="New", takes_names=False)[1]
    assert made["takes_names"] is False
    assert phone_of(alice).ask("post", "/galleries", name="Newer")[1]["takes_names"] is True


def test_a_file_full_of_names_adds_few_faces(archive: Archive) -> None:
    people = {f"P{n}": (n % 15 / 15, n // 15 / 15, 0.06, 0.06) for n in range(200)}
    data = put_in(Image.new("RGB", (300, 300), "white"), as_lightroom(people))
    archive.upload(data)
    archive.analyse()
    assert Face.objects.count() == Person.objects.count() == imports.MOST_ADDED


def test_many_names_in_one_photo_cost_few_queries_each(
    archive: Archive, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    colours = ("red", "green", "blue", "yellow")
    boxes = {f"P{n}": (n / 4 + 0.02, 0.15, 0.2, 0.7) for n in range(4)}
    archive.upload(put_in(draw(*colours), as_lightroom(boxes), form="PNG"))
    with django_assert_max_num_queries(140):
        archive.analyse()
    assert Face.objects.filter(assigned_by=AssignedBy.IMPORT).count() == 4
