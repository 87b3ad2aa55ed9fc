"""Faces on the page of a photo: named, denied, drawn; by editors only, and each can be undone."""

import re
from collections.abc import Callable

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import analysis, derivatives, identities
from galleries.models import Action, Analysis, AssignedBy, Batch, Face, Gallery, Person, Photo
from tests.drawings import DrawingEngine
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddDrawing = Callable[..., Photo]
SignIn = Callable[[User], Client]
BOX = {"left": "0.625", "top": "0.25", "width": "0.25", "height": "0.5"}


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


@pytest.fixture
def group(add_drawing: AddDrawing) -> Person:
    """Three alike faces that the matcher has put together, nobody's yet by name."""
    for _ in range(3):
        add_drawing("red")
    analyse_everything()
    return Person.objects.get()


def decide(client: Client, face: Face, decision: str, **data: str) -> str:
    """What the next page says."""
    data = {"decision": decision, "person": str(face.person_id or ""), **data}
    response = client.post(reverse("face-decide", args=[face.pk]), data, follow=True)
    return text_of(response)


def face_of(photo: Photo) -> Face:
    return Face.objects.select_related("person").get(photo=photo)


def test_a_new_name_opens_a_person_and_those_like_it_follow(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    photos = [add_drawing("red"), add_drawing("red")]
    analyse_everything()
    page = decide(signed_in(alice), face_of(photos[0]), "name", name=" Ann ")
    assert "This is Ann. 1 face that waited joined Ann." in page
    assert face_of(photos[0]).assigned_by == AssignedBy.HUMAN
    assert face_of(photos[1]).assigned_by == AssignedBy.MATCHER
    assert Person.objects.get(name="Ann").faces.count() == 2


def test_a_known_name_in_whatever_case_gives_the_face_to_that_person(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn, gallery: Gallery
) -> None:
    photo = add_drawing("blue")
    analyse_everything()
    ann = Person.objects.create(gallery=gallery, name="Ann")
    decide(signed_in(alice), face_of(photo), "name", name="aNN")
    assert face_of(photo).person == ann
    assert Person.objects.count() == 1


def test_an_unnamed_person_is_named_with_all_faces_by_one_of_them(
    group: Person, alice: User, signed_in: SignIn
) -> None:
    face = group.faces.all()[0]
    page = decide(signed_in(alice), face, "name", name="Ann")
    assert "This is Ann, with all faces" in page
    group.refresh_from_db()
    assert group.name == "Ann"
    said = group.faces.filter(assigned_by=AssignedBy.HUMAN)
    assert said.get() == face


def test_an_unnamed_person_becomes_one_with_the_person_whose_name_is_typed(
    group: Person, alice: User, signed_in: SignIn, gallery: Gallery
) -> None:
    ann = Person.objects.create(gallery=gallery, name="Ann")
    decide(signed_in(alice), group.faces.all()[0], "name", name="Ann")
    assert ann.faces.count() == 3
    assert Batch.objects.newest_first()[0].action == Action.MERGE


def test_of_an_unnamed_person_who_is_somebody_else_only_the_face_goes(
    group: Person, alice: User, signed_in: SignIn, gallery: Gallery
) -> None:
    ann = Person.objects.create(gallery=gallery, name="Ann")
    identities.tell_apart(group, ann, alice)
    page = decide(signed_in(alice), group.faces.all()[0], "name", name="Ann")
    assert "are not" in page
    assert ann.faces.count() == 1
    assert group.faces.count() == 2


def test_a_guess_is_shown_with_its_probability_and_confirmed_with_yes(
    group: Person, alice: User, signed_in: SignIn
) -> None:
    identities.name_person(group, "Ann", alice)
    face = group.faces.all()[0]
    page = reverse("photo", args=[face.photo_id])
    shown = text_of(signed_in(alice).get(page))
    assert "A guess, " in shown
    assert "% sure" in shown

    assert "Confirmed: this is Ann." in decide(signed_in(alice), face, "confirm")

    face.refresh_from_db()
    assert face.assigned_by == AssignedBy.HUMAN
    assert "A guess" not in text_of(signed_in(alice).get(page))


def test_a_guess_that_is_denied_is_never_made_again(
    group: Person, alice: User, signed_in: SignIn
) -> None:
    identities.name_person(group, "Ann", alice)
    face = group.faces.select_related("photo__gallery").all()[0]
    decide(signed_in(alice), face, "reject")
    analysis.look_again(face.photo)
    analyse_everything()
    face.refresh_from_db()
    assert face.person is None


def test_what_is_no_face_is_shown_nowhere_and_comes_back_by_undo(
    add_drawing: AddDrawing, alice: User, bob: User, signed_in: SignIn
) -> None:
    photo = add_drawing("red", "blue")
    analyse_everything()
    wrong = photo.faces.all()[0]
    client = signed_in(alice)
    decide(client, wrong, "not-a-face")
    page = signed_in(bob).get(reverse("photo", args=[photo.pk]))
    assert "1 face" in text_of(page)
    assert f'data-face="{wrong.pk}"' not in page.content.decode()
    for address in ("face-history", "search-face"):
        assert client.get(reverse(address, args=[wrong.pk])).status_code == 404

    batch = Batch.objects.newest_first()[0]
    client.post(reverse("batch-undo", args=[batch.pk]))
    assert "2 faces" in text_of(client.get(reverse("photo", args=[photo.pk])))


def test_no_door_counts_lists_or_finds_what_is_no_face(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn, gallery: Gallery
) -> None:
    photo, other = add_drawing("red", "blue"), add_drawing("red")
    analyse_everything()
    wrong, right = photo.faces.all()
    client = signed_in(alice)
    decide(client, wrong, "not-a-face")

    assert Analysis.objects.progress(gallery).faces == 2
    listed = client.get(reverse("api-photo", args=[photo.pk])).json()["faces"]
    assert [face["id"] for face in listed] == [right.pk]
    assert client.get(reverse("api-face-crop", args=[wrong.pk])).status_code == 404
    asked = client.post(reverse("api-probes"), {"face": wrong.pk}, content_type="application/json")
    assert asked.status_code == 404
    found = client.get(reverse("search-face", args=[face_of(other).pk]), follow=True)
    assert reverse("photo", args=[photo.pk]) not in found.content.decode()


def test_strangers_are_marked_one_by_one_or_as_a_group(
    group: Person, add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    photo = add_drawing("blue")
    analyse_everything()
    client = signed_in(alice)
    decide(client, face_of(photo), "stranger")
    decide(client, group.faces.all()[0], "stranger")
    group.refresh_from_db()
    assert group.is_stranger
    assert face_of(photo).person
    assert "A stranger" in text_of(client.get(reverse("photo", args=[photo.pk])))


def test_a_decision_about_an_old_page_is_not_taken_for_another(
    group: Person, alice: User, signed_in: SignIn, gallery: Gallery
) -> None:
    face = group.faces.all()[0]
    _, ann = identities.open_person_of([face], alice, "Ann")
    page = decide(signed_in(alice), face, "reject")
    assert "Somebody else has decided about this face meanwhile" in page
    face.refresh_from_db()
    assert face.person == ann


@pytest.mark.parametrize(
    ("decision", "data", "sentence"),
    [
        ("name", {"name": "  "}, "Type the name first."),
        ("name", {"name": "x" * 201}, "A name has at most 200 letters."),
        ("confirm", {}, "nobody&#x27;s yet"),
        ("reject", {}, "nobody&#x27;s yet"),
        ("eat", {}, "Select a valid choice"),
        ("name", {"name": "Ann", "person": "x"}, "Enter a whole number"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    add_drawing: AddDrawing,
    alice: User,
    signed_in: SignIn,
    decision: str,
    data: dict[str, str],
    sentence: str,
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    assert sentence in decide(signed_in(alice), face_of(photo), decision, **data)
    assert not Batch.objects.exists()


def test_viewers_see_names_and_history_but_no_forms_and_strangers_nothing(
    group: Person, alice: User, bob: User, mallory: User, signed_in: SignIn
) -> None:
    identities.name_person(group, "Ann", alice)
    face = group.faces.all()[0]
    seen = signed_in(bob).get(reverse("photo", args=[face.photo_id]))
    assert "Ann" in text_of(seen)
    assert "face-decide" not in seen.content.decode()
    assert reverse("face-decide", args=[face.pk]) not in seen.content.decode()
    assert "Add a face" not in text_of(seen)
    history = reverse("face-history", args=[face.pk])
    assert "recognised" in text_of(signed_in(bob).get(history))
    assert signed_in(mallory).get(history).status_code == 404
    for user in (bob, mallory):
        answer = signed_in(user).post(
            reverse("face-decide", args=[face.pk]), {"decision": "not-a-face"}
        )
        assert answer.status_code == 404
        answer = signed_in(user).post(reverse("face-draw", args=[face.photo_id]), BOX)
        assert answer.status_code == 404
    assert Face.objects.real().count() == 3


def test_the_history_of_a_face_tells_what_was_said_of_it_also_as_a_fragment(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    client = signed_in(alice)
    address = reverse("face-history", args=[face_of(photo).pk])
    assert "Nobody has decided" in text_of(client.get(address))
    decide(client, face_of(photo), "name", name="Ann")
    decide(client, face_of(photo), "reject")
    page = reverse("photo", args=[photo.pk])
    asking = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    fragment = client.get(address, headers=asking)
    assert re.search(rf'name="back"\s+value="{page}"', fragment.content.decode())
    assert "<html" not in fragment.content.decode()
    assert "alice took 1 face out of Ann" in text_of(fragment)
    assert "Undo" in text_of(fragment)


@pytest.fixture
def missed(add_drawing: AddDrawing, monkeypatch: pytest.MonkeyPatch) -> Photo:
    """A photo whose second face was not found."""
    find_all = DrawingEngine.find_faces
    monkeypatch.setattr(
        DrawingEngine, "find_faces", lambda engine, image: find_all(engine, image)[:1]
    )
    photo = add_drawing("red", "blue")
    analyse_everything()
    return photo


def test_a_missed_face_is_drawn_read_named_and_found(
    missed: Photo, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    page = client.post(reverse("face-draw", args=[missed.pk]), BOX, follow=True)
    assert "The face is added" in text_of(page)
    assert "being read" in text_of(page)
    assert "Undo" in text_of(page)
    drawn = missed.faces.get(source=Face.Source.DRAWN)
    assert default_storage.exists(derivatives.crop_name(missed, drawn.box))
    decide(client, drawn, "name", name="Ann")

    analyse_everything()

    drawn.refresh_from_db()
    assert drawn.person
    assert drawn.person.name == "Ann"
    assert "being read" not in text_of(client.get(reverse("photo", args=[missed.pk])))
    found = client.get(reverse("search-face", args=[drawn.pk]), follow=True)
    assert "cannot be compared" not in text_of(found)


@pytest.mark.parametrize(
    "change",
    [
        {"left": "nan"},
        {"left": "inf"},
        {"left": "3"},
        {"left": "-0.9"},
        {"width": "0"},
        {"top": ""},
        {"height": "x"},
        {"left": "0.1", "width": "0.3"},
    ],
)
def test_a_box_that_shows_no_new_face_is_refused(
    missed: Photo, alice: User, signed_in: SignIn, change: dict[str, str]
) -> None:
    client = signed_in(alice)
    page = client.post(reverse("face-draw", args=[missed.pk]), BOX | change, follow=True)
    assert 'class="toast error"' in page.content.decode()
    assert missed.faces.count() == 1
    assert Analysis.objects.get(photo=missed).state == Analysis.State.DONE


def test_no_face_is_drawn_in_a_photo_that_nobody_has_read_yet(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    photo = add_drawing("red")
    answer = signed_in(alice).post(reverse("face-draw", args=[photo.pk]), BOX)
    assert answer.status_code == 404


def test_a_photo_takes_as_many_queries_for_one_face_as_for_many(
    add_drawing: AddDrawing,
    alice: User,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    photo = add_drawing("red", "blue", "green", "yellow", "violet")
    analyse_everything()
    for face in photo.faces.all():
        identities.open_person_of([face], alice, f"Person {face.pk}")
    client = signed_in(alice)
    with django_assert_max_num_queries(14):
        page = client.get(reverse("photo", args=[photo.pk]))
    assert "5 faces" in text_of(page)
