"""Photos by token: as Alice (owner), Bob (viewer) and Mallory (nobody)."""

import hashlib
from collections.abc import Callable

from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries.models import Album, Analysis, Gallery, Person, Photo
from tests.phones import NO_PHOTO, ONLY_LOOK, Phone, phone_of


def test_photos_come_newest_first_and_none_is_skipped_while_others_arrive(
    gallery: Gallery, add_drawing: Callable[..., Photo], bob: User
) -> None:
    photos = [add_drawing("red") for _ in range(4)]
    phone = phone_of(bob)
    _, first = phone.ask("get", f"/galleries/{gallery.pk}/photos", page_size="2")
    add_drawing("blue")
    second = phone.get(first["next"]).json()
    listed = [row["id"] for row in first["results"] + second["results"]]
    assert listed == [photo.pk for photo in reversed(photos)]


def test_photos_are_filtered_by_album_and_by_state(
    gallery: Gallery, add_drawing: Callable[..., Photo], alice: User
) -> None:
    phone, first, second = phone_of(alice), add_drawing("red"), add_drawing("blue")
    album = Album.objects.create(gallery=gallery, name="Beach")
    album.photos.add(first, through_defaults={"gallery": gallery})
    Analysis.objects.filter(photo=second).update(state="failed", reason="damaged")

    def listed(**narrowed: str) -> list[int]:
        _, answer = phone.ask("get", f"/galleries/{gallery.pk}/photos", **narrowed)
        return [row["id"] for row in answer["results"]]

    assert listed(album=str(album.pk)) == [first.pk]
    assert listed(state="failed") == [second.pk]
    assert listed(album=str(album.pk), state="failed") == []
    status, answer = phone.ask("get", f"/galleries/{gallery.pk}/photos", state="lost")
    assert (status, answer["state"]) == (400, ['"lost" is not a valid choice.'])


def test_a_failed_photo_says_why(
    gallery: Gallery, add_drawing: Callable[..., Photo], bob: User
) -> None:
    photo = add_drawing("red")
    photo.analyses.update(state="failed", reason="damaged")
    _, answer = phone_of(bob).ask("get", f"/photos/{photo.pk}")
    assert answer["analysis"]["reason"] == "damaged"
    assert answer["analysis"]["sentence"].startswith("This picture is damaged or cut short.")


def test_a_photo_is_shown_with_its_faces_and_persons_but_no_vector(
    gallery: Gallery,
    add_drawing: Callable[..., Photo],
    analysed: Callable[..., Photo],
    bob: User,
    mallory: User,
) -> None:
    photo = analysed(add_drawing("red", "blue"))
    face = photo.faces.all()[0]
    face.person = Person.objects.create(gallery=gallery, name="Ann")
    face.assigned_by, face.probability = "matcher", 0.97
    face.save()

    status, answer = phone_of(bob).ask("get", f"/photos/{photo.pk}")

    assert (status, answer["width"], answer["height"]) == (200, 200, 100)
    first, second = answer["faces"]
    assert set(first) == {
        *("id", "box", "landmarks", "score", "quality", "weakness", "source"),
        *("person", "assigned_by", "probability", "crop"),
    }
    assert first["box"] == {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.6}
    assert first["landmarks"] == [[0.1, 0.4], [0.4, 0.4], [0.25, 0.5], [0.1, 0.7], [0.4, 0.7]]
    assert first["person"] == {"id": face.person.pk, "name": "Ann"}
    assert (first["assigned_by"], first["probability"]) == ("matcher", 0.97)
    assert (second["person"], second["assigned_by"], second["probability"]) == (None, "", None)
    assert phone_of(mallory).ask("get", f"/photos/{photo.pk}") == (404, NO_PHOTO)


def test_every_picture_that_an_answer_links_to_can_be_fetched_with_the_token_alone(
    gallery: Gallery,
    add_drawing: Callable[..., Photo],
    analysed: Callable[..., Photo],
    bob: User,
    mallory: User,
) -> None:
    photo = analysed(add_drawing("red"))
    stranger, phone = phone_of(mallory), phone_of(bob)
    _, answer = phone.ask("get", f"/photos/{photo.pk}")
    links = [answer["thumbnail"], answer["preview"], answer["faces"][0]["crop"]]
    for link in links:
        picture = phone.get(link, headers={"accept": "image/*"})
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")
        assert picture.getvalue()[8:12] == b"WEBP"
        assert "private" in picture.headers["cache-control"]
        assert "Authorization" in picture.headers["vary"]
        assert stranger.get(link).status_code == 404
        assert Phone().get(link).status_code == 401
    original = phone.get(answer["original"])
    assert hashlib.sha256(original.getvalue()).hexdigest() == photo.sha256
    assert original.headers["content-disposition"].startswith("attachment")
    assert stranger.get(answer["original"]).status_code == 404


def test_a_picture_that_is_not_made_yet_is_404_with_a_sentence(
    add_drawing: Callable[..., Photo], alice: User
) -> None:
    status, answer = phone_of(alice).ask("get", f"/photos/{add_drawing('red').pk}/thumbnail")
    assert (status, answer) == (404, {"detail": "This file does not exist (yet)."})


def test_a_cover_is_the_newest_readable_photo(
    gallery: Gallery,
    add_drawing: Callable[..., Photo],
    analysed: Callable[..., Photo],
    bob: User,
) -> None:
    photo = analysed(add_drawing("red"))
    add_drawing("blue")
    _, answer = phone_of(bob).ask("get", f"/galleries/{gallery.pk}")
    assert answer["cover"] == f"http://testserver/api/v1/photos/{photo.pk}/thumbnail"
    assert (answer["photo_count"], answer["member_count"]) == (2, 2)


def test_only_editors_delete_a_photo(
    gallery: Gallery, add_drawing: Callable[..., Photo], alice: User, bob: User, mallory: User
) -> None:
    photo = add_drawing("red")
    address = f"/photos/{photo.pk}"
    assert phone_of(bob).ask("delete", address) == (403, ONLY_LOOK)
    assert phone_of(mallory).ask("delete", address) == (404, NO_PHOTO)
    status, deletion = phone_of(alice).ask("delete", address)
    assert (status, deletion["photo_count"], deletion["user"]) == (200, 1, "alice")
    assert phone_of(alice).ask("get", address) == (404, NO_PHOTO)


def test_only_editors_try_a_failed_photo_again(
    gallery: Gallery, add_drawing: Callable[..., Photo], alice: User, bob: User, mallory: User
) -> None:
    photo = add_drawing("red")
    photo.analyses.update(state="failed", reason="crashed")
    address = f"/photos/{photo.pk}/retry"
    assert phone_of(bob).ask("post", address) == (403, ONLY_LOOK)
    assert phone_of(mallory).ask("post", address) == (404, NO_PHOTO)

    status, answer = phone_of(alice).ask("post", address)

    assert (status, answer["analysis"]["state"]) == (202, "queued")
    assert phone_of(alice).ask("post", address)[0] == 409


def test_a_photo_takes_as_many_queries_for_one_face_as_for_many(
    gallery: Gallery,
    add_drawing: Callable[..., Photo],
    analysed: Callable[..., Photo],
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    photo = analysed(add_drawing("red", "blue", "green", "yellow", "violet"))
    for face in photo.faces.all():
        face.person = Person.objects.create(gallery=gallery)
        face.save()
    phone = phone_of(alice)
    with django_assert_max_num_queries(7):
        _, answer = phone.ask("get", f"/photos/{photo.pk}")
    assert len(answer["faces"]) == 5
