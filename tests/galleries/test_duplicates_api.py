"""Duplicates by token: listed and decided about by editors, by the rules of the page."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import duplicates
from galleries.models import Deletion, DistinctPair, Face, Gallery, Person, Photo, PhotoLook
from tests.drawings import draw
from tests.faces import analyse_everything
from tests.galleries.copies import copy_of, keys
from tests.phones import NO_GALLERY, ONLY_LOOK, Phone, phone_of

AddContent = Callable[[bytes, str], Photo]
NOT_COPIES = {"detail": "These are not copies of one picture. Look at the duplicates again."}


@pytest.fixture
def door(gallery: Gallery) -> str:
    return f"/galleries/{gallery.pk}/duplicates"


def blur_hash(photo: Photo, bits: int) -> None:
    """Let a photo look like another picture by so many bits; one is the sign in the database."""
    look = PhotoLook.objects.get(photo=photo)
    assert look.hash is not None
    look.hash ^= ((1 << bits - 1) - 1) - (1 << 63)
    look.save()


def test_groups_are_listed_with_the_best_first_and_say_how_near_the_others_are(
    copies: list[Photo], phone: Phone, gallery: Gallery, door: str
) -> None:
    ann = Person.objects.create(gallery=gallery, name="Ann")
    Face.objects.filter(photo=copies[0], left__lt=0.5).update(person=ann)

    status, page = phone.ask("get", door)

    assert (status, page["count"], page["next"], page["previous"]) == (200, 1, None, None)
    [group] = page["results"]
    assert group["is_sure"] is True
    assert [copy["photo"]["id"] for copy in group["copies"]] == keys(copies)
    best, *others = group["copies"]
    assert (best["names"], best["differing_bits"]) == (["Ann"], 0)
    assert all(copy["differing_bits"] <= 3 for copy in others)
    assert best["photo"]["thumbnail"].endswith(f"/photos/{copies[0].pk}/thumbnail")
    assert not {"hash", "colours", "sharpness"} & {*best, *best["photo"]}


def test_one_is_kept_and_the_deletion_brings_the_others_back(
    copies: list[Photo], phone: Phone, door: str
) -> None:
    status, answer = phone.ask("post", f"{door}/keep-one", kept=copies[1].pk, photos=keys(copies))
    assert (status, answer["deletion"]["photo_count"]) == (200, 2)
    assert not Photo.objects.filter(pk__in=[copies[0].pk, copies[2].pk]).exists()

    phone.ask("post", f"/deletions/{answer['deletion']['id']}/bring-back")
    analyse_everything()

    _, page = phone.ask("get", door)
    assert [copy["photo"]["id"] for copy in page["results"][0]["copies"]] == keys(copies)


def test_of_a_whole_page_only_what_is_the_same_beyond_doubt_goes(
    copies: list[Photo], phone: Phone, door: str, add_content: AddContent
) -> None:
    content = draw("green", "red", "yellow", "blue")
    sure = [add_content(content, "a.png"), add_content(copy_of(content, 390), "b.png")]
    analyse_everything()
    blur_hash(copies[1], 5)
    _, page = phone.ask("get", door)
    groups = [[copy["photo"]["id"] for copy in group["copies"]] for group in page["results"]]
    assert sorted(group["is_sure"] for group in page["results"]) == [False, True]

    status, answer = phone.ask("post", f"{door}/keep-best", groups=groups)

    assert (status, answer["deletion"]["photo_count"]) == (200, 1)
    assert set(Photo.objects.filter(pk__in=keys([*copies, *sure]))) == {*copies, sure[0]}
    assert phone.ask("post", f"{door}/keep-best", groups=groups) == (200, {"deletion": None})


def test_all_are_kept_and_not_listed_again(copies: list[Photo], phone: Phone, door: str) -> None:
    assert phone.ask("post", f"{door}/keep-all", photos=keys(copies)) == (204, None)
    _, page = phone.ask("get", door)
    assert page["results"] == []


def test_photos_that_are_no_copies_are_not_deleted_by_this_door(
    copies: list[Photo], phone: Phone, door: str
) -> None:
    other = Photo.objects.get(name="other.png")
    mixed = keys([*copies, other])
    one = {"kept": copies[0].pk, "photos": mixed}
    assert phone.ask("post", f"{door}/keep-one", **one) == (409, NOT_COPIES)
    assert phone.ask("post", f"{door}/keep-all", photos=mixed) == (409, NOT_COPIES)
    assert phone.ask("post", f"{door}/keep-best", groups=[mixed]) == (200, {"deletion": None})
    assert Photo.objects.count() == 4
    assert not DistinctPair.objects.exists()


def test_a_photo_that_two_groups_name_does_not_stay_and_go_at_once(
    copies: list[Photo], phone: Phone, door: str
) -> None:
    best, small, _ = keys(copies)
    _, answer = phone.ask("post", f"{door}/keep-best", groups=[[best, small], [small, best]])
    assert answer["deletion"]["photo_count"] == 1
    assert Photo.objects.filter(pk=best).exists()


def test_nobody_stays_for_a_best_one_that_went_meanwhile(
    copies: list[Photo], phone: Phone, door: str
) -> None:
    phone.ask("delete", f"/photos/{copies[0].pk}")
    answer = phone.ask("post", f"{door}/keep-best", groups=[keys(copies)])
    assert answer == (200, {"deletion": None})
    assert Photo.objects.filter(pk__in=keys(copies[1:])).count() == 2


@pytest.mark.parametrize(
    ("door_of", "body", "fault"),
    [
        ("keep-one", {"kept": 1, "photos": []}, "Send the ids of some photos."),
        ("keep-one", {"photos": [1]}, "This field is required."),
        ("keep-one", {"kept": 10**18, "photos": [1]}, "Choose the photo that stays."),
        ("keep-best", {"groups": [[1]] * 13}, "Send at most 12 groups in one request."),
        ("keep-best", {"groups": []}, "Send the ids of some groups."),
        ("keep-all", {"photos": [*range(1, 26)]}, "Send at most 24 photos in one request."),
        ("keep-all", {"photos": ["x"]}, "A valid integer is required."),
    ],
)
def test_bad_input_is_answered_by_a_sentence(
    phone: Phone, door: str, door_of: str, body: dict[str, Any], fault: str
) -> None:
    status, answer = phone.ask("post", f"{door}/{door_of}", **body)
    assert status == 400
    assert answer["detail"].endswith(fault)


def test_viewers_and_strangers_neither_see_nor_decide(
    copies: list[Photo], door: str, bob: User, mallory: User
) -> None:
    body = {"kept": copies[0].pk, "photos": keys(copies), "groups": [keys(copies)]}
    for user, refusal in ((bob, (403, ONLY_LOOK)), (mallory, (404, NO_GALLERY))):
        phone = phone_of(user)
        assert phone.ask("get", door) == refusal
        for decision in ("keep-one", "keep-best", "keep-all"):
            assert phone.ask("post", f"{door}/{decision}", **body) == refusal
    assert Photo.objects.count() == 4
    assert not Deletion.objects.exists()
    assert not DistinctPair.objects.exists()


def test_photos_of_another_gallery_are_left_out(
    copies: list[Photo], phone: Phone, mallory: User
) -> None:
    own = Gallery.create_owned_by(mallory, "Own")
    door, strangers = f"/galleries/{own.pk}/duplicates", phone_of(mallory)
    one = {"kept": copies[0].pk, "photos": keys(copies)}
    assert strangers.ask("post", f"{door}/keep-one", **one)[0] == 400
    answer = strangers.ask("post", f"{door}/keep-best", groups=[keys(copies)])
    assert answer == (200, {"deletion": None})
    assert Photo.objects.count() == 4


def test_a_page_of_groups_takes_as_many_queries_for_one_as_for_many(
    copies: list[Photo],
    phone: Phone,
    gallery: Gallery,
    door: str,
    add_content: AddContent,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for colours in (
        ("green", "red", "yellow", "blue"),
        ("blue", "green", "blue", "red", "yellow"),
    ):
        content = draw(*colours)
        add_content(content, "a.png")
        add_content(copy_of(content, 390), "b.png")
    analyse_everything()
    duplicates.groups_of(gallery)
    with django_assert_max_num_queries(10):
        _, page = phone.ask("get", door)
    assert len(page["results"]) == 3
    _, page = phone.ask("get", door, page_size="2")
    assert len(page["results"]) == 2
    assert len(phone.get(page["next"]).json()["results"]) == 1
    assert phone.ask("get", door, page="99")[0] == 404
