"""Together, any of, none of; faces of a picture mixed with persons; what people decided wins."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from accounts.models import User
from faceengine.packs import Strictness
from galleries import analysis, identities
from galleries.models import AssignedBy, Face, Gallery, Person, Photo
from search import probes
from search.asking import Asked, answer
from search.combining import Combination
from search.pages import Cursor, CursorError, Order
from search.probes import ProbeFace
from search.scope import Filters, Scope
from tests.drawings import draw

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddPhoto = Callable[..., Photo]


@pytest.fixture
def photos(add_drawing: AddPhoto) -> dict[str, Photo]:
    """By who is in them."""
    crowds = ("red", "blue", "green", "red blue", "red green", "red blue green")
    added = {crowd: add_drawing(*crowd.split()) for crowd in crowds}
    analyse_everything()
    return added


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def faces_of(user: User, *colours: str) -> list[ProbeFace]:
    return list(probes.look_at(draw(*colours), user).faces)


def names(photos: dict[str, Photo], asked: Asked) -> list[str]:
    crowds = {photo.pk: crowd for crowd, photo in photos.items()}
    return sorted(crowds[match.face.photo_id] for match in answer(asked).page.matches)


def found(photos: dict[str, Photo], user: User, **words: object) -> list[str]:
    return names(photos, Asked(Scope(user), **words))  # type: ignore[arg-type]


def test_two_faces_together_are_found_in_one_photo_only(
    photos: dict[str, Photo], alice: User
) -> None:
    faces = faces_of(alice, "red", "blue")
    together = found(photos, alice, faces=faces, combination=Combination.TOGETHER)
    assert together == ["red blue", "red blue green"]
    assert len(found(photos, alice, faces=faces)) == 5


def test_one_face_cannot_be_two_people(photos: dict[str, Photo], alice: User) -> None:
    twins = faces_of(alice, "red") * 2
    assert found(photos, alice, faces=twins, combination=Combination.TOGETHER) == []


def test_a_face_can_be_left_out(photos: dict[str, Photo], alice: User) -> None:
    red, blue = faces_of(alice, "red", "blue")
    assert found(photos, alice, faces=[red], without_faces=[blue]) == ["red", "red green"]


def test_a_face_is_mixed_with_named_persons(photos: dict[str, Photo], alice: User) -> None:
    (red,) = faces_of(alice, "red")
    anna = name(photos["blue"], "Anna", alice)
    bob = name(photos["green"], "Bob", alice)
    asked = {"faces": [red], "persons": [anna], "combination": Combination.TOGETHER}
    assert found(photos, alice, **asked) == ["red blue", "red blue green"]
    assert found(photos, alice, **asked, without_persons=[bob]) == ["red blue"]


def test_all_faces_that_answer_are_marked(photos: dict[str, Photo], alice: User) -> None:
    faces = faces_of(alice, "red", "blue")
    asked = Asked(Scope(alice), faces, combination=Combination.TOGETHER)
    for match in answer(asked).page.matches:
        assert len({match.face.pk, *(other.pk for other in match.others)}) == 2
        assert {other.photo_id for other in match.others} == {match.face.photo_id}


def test_any_is_as_likely_as_the_likeliest_and_together_as_the_least(
    photos: dict[str, Photo], alice: User
) -> None:
    red, blue = faces_of(alice, "red", "blue")
    halfway = {key: (red.vectors[key] + blue.vectors[key]) / 2**0.5 for key in red.vectors}
    asked = [red, replace(blue, vectors=halfway)]
    scope = Scope(alice, Filters(name=photos["red blue"].name))
    likely = {
        combination: answer(
            Asked(scope, asked, combination=combination, strictness=Strictness.WIDE)
        ).page.matches
        for combination in Combination
    }
    both = photos["red blue"].pk
    any_of, together = (
        next(match for match in likely[combination] if match.face.photo_id == both)
        for combination in (Combination.ANY, Combination.TOGETHER)
    )
    assert any_of.probability > together.probability
    assert any_of.similarity == pytest.approx(1, abs=0.01)
    assert together.similarity == pytest.approx(0.5**0.5, abs=0.01)


def name(photo: Photo, called: str, user: User) -> Person:
    return identities.open_person_of([photo.faces.get()], user, called)[1]


def test_a_persons_own_faces_are_found_however_unlike_they_are(
    photos: dict[str, Photo], alice: User
) -> None:
    anna = name(photos["blue"], "Anna", alice)
    identities.move_faces([photos["green"].faces.get()], anna, alice)
    Face.objects.filter(photo=photos["green"]).update(quality=0)
    assert "green" in found(photos, alice, persons=[anna])


def test_a_face_that_is_not_the_person_is_none_of_its_matches(
    photos: dict[str, Photo], alice: User
) -> None:
    anna = name(photos["blue"], "Anna", alice)
    assert "red blue" in found(photos, alice, persons=[anna])
    other = photos["red blue"].faces.order_by("left")[1]
    identities.reject_faces([other], anna, alice)
    assert "red blue" not in found(photos, alice, persons=[anna])


def test_what_was_said_of_a_person_holds_for_searches_by_one_of_its_faces(
    photos: dict[str, Photo], alice: User
) -> None:
    anna = name(photos["blue"], "Anna", alice)
    (asked,) = probes.from_face(photos["blue"].faces.get(), alice).faces
    assert "red blue" in found(photos, alice, faces=[asked])
    other = photos["red blue"].faces.order_by("left")[1]
    identities.reject_faces([other], anna, alice)
    assert "red blue" not in found(photos, alice, faces=[asked])


def test_what_the_matcher_guesses_of_a_face_keeps_nothing_from_being_found_by_it(
    photos: dict[str, Photo], alice: User
) -> None:
    anna = name(photos["blue"], "Anna", alice)
    Face.objects.filter(person=anna).update(assigned_by=AssignedBy.MATCHER, probability=0.9)
    other = photos["red blue"].faces.order_by("left")[1]
    identities.reject_faces([other], anna, alice)
    (asked,) = probes.from_face(photos["blue"].faces.get(), alice).faces
    assert "red blue" in found(photos, alice, faces=[asked])


def test_a_face_that_is_somebody_else_for_a_human_is_none_of_the_matches(
    photos: dict[str, Photo], alice: User
) -> None:
    anna = name(photos["blue"], "Anna", alice)
    identities.open_person_of([photos["red blue"].faces.order_by("left")[1]], alice, "Her twin")
    assert "red blue" not in found(photos, alice, persons=[anna])


def test_photos_are_narrowed_by_what_is_known_of_them(
    photos: dict[str, Photo], gallery: Gallery, alice: User
) -> None:
    day = datetime(2019, 5, 3, 23, 30, tzinfo=UTC)
    Photo.objects.filter(pk=photos["red"].pk).update(taken_at=day, camera="A", name="May.jpg")
    album = gallery.albums.create(name="Party")
    album.photos.add(photos["red blue"], through_defaults={"gallery": gallery})
    faces = faces_of(alice, "red")
    narrowed = {
        Filters(taken_from=date(2019, 5, 3), taken_until=date(2019, 5, 3)): ["red"],
        Filters(taken_from=date(2019, 5, 4)): [],
        Filters(camera="A"): ["red"],
        Filters(name="may"): ["red"],
        Filters(albums=(album.pk,)): ["red blue"],
        Filters(face_pixels=10_000): [],
        Filters(face_pixels=10): ["red", "red blue", "red blue green", "red green"],
    }
    for filters, expected in narrowed.items():
        assert names(photos, Asked(Scope(alice, filters), faces)) == expected


def test_photos_come_by_date_with_the_undated_last(photos: dict[str, Photo], alice: User) -> None:
    for year, crowd in ((2001, "red"), (2003, "red blue"), (2002, "red green")):
        day = datetime(year, 1, 1, tzinfo=UTC)
        Photo.objects.filter(pk=photos[crowd].pk).update(taken_at=day)
    faces = faces_of(alice, "red")
    for order, years in ((Order.NEWEST, [2003, 2002, 2001]), (Order.OLDEST, [2001, 2002, 2003])):
        matches = answer(Asked(Scope(alice), faces, order=order)).page.matches
        taken = [match.face.photo.taken_at for match in matches]
        assert [day and day.year for day in taken] == [*years, None]


@pytest.mark.parametrize("order", Order)
def test_pages_neither_repeat_nor_skip_when_photos_come_and_go_between_them(
    photos: dict[str, Photo], add_drawing: AddPhoto, alice: User, order: Order
) -> None:
    faces = faces_of(alice, "red")
    first = answer(Asked(Scope(alice), faces, order=order, limit=2)).page
    photos["red"].delete()
    add_drawing("red")
    analyse_everything()
    second = answer(Asked(Scope(alice), faces, order=order, cursor=first.next)).page
    seen = [match.face.photo_id for match in (*first.matches, *second.matches)]
    assert len(set(seen)) == len(seen)
    staying = {photo.pk for crowd, photo in photos.items() if "red " in crowd}
    assert staying <= set(seen)
    assert second.previous is not None
    back = answer(Asked(Scope(alice), faces, order=order, cursor=second.previous)).page
    assert {match.face.photo_id for match in back.matches} <= set(seen)


@pytest.mark.parametrize("text", ["", "x", "bnVsbA==", "WzEsMl0=", "W251bGwsMSwyLGZhbHNlXQ=="])
def test_an_invented_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        Cursor.from_text(text)
