"""The page of photos that look alike, as Alice, Bob and Mallory."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import trash
from galleries.models import Gallery, Photo
from search.looks import probes
from search.models import SearchRecord
from tests.drawings import draw
from tests.pages import text_of
from tests.search.look_pages import SignedIn, names, show


def test_an_uploaded_picture_finds_what_looks_most_like_it_first(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    page = show(signed_in(alice), "red")

    assert names(page)[0] == "red.png"
    assert len(names(page)) == len(photos)
    best = page.context["page"].matches[0]
    assert best.is_same
    assert "The same picture" in text_of(page)


def test_a_member_finds_the_same_and_a_stranger_nothing(
    photos: list[Photo], bob: User, mallory: User, signed_in: SignedIn
) -> None:
    assert len(names(show(signed_in(bob), "red"))) == len(photos)
    page = show(signed_in(mallory), "red")
    assert names(page) == []
    assert "No photo was found" in text_of(page)


def test_the_weight_decides_between_content_and_colours(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    address = show(client, "red", "blue").redirect_chain[-1][0]

    for weight in ("0", "0.5", "1"):
        page = client.get(address, {"weight": weight})
        matches = page.context["page"].matches
        for match in matches:
            mean = float(weight) * match.content + (1 - float(weight)) * match.colour
            assert match.similarity == pytest.approx(mean)
        similarities = [match.similarity for match in matches]
        assert similarities == sorted(similarities, reverse=True)


def test_htmx_gets_the_results_alone(photos: list[Photo], alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0]

    part = client.get(address, {"weight": "0.2"}, headers={"HX-Request": "true"})

    assert "<html" not in part.content.decode()
    assert len(names(part)) == len(photos)


def test_photos_near_the_one_that_is_asked_with_can_be_asked_for(
    photos: list[Photo], bob: User, signed_in: SignedIn
) -> None:
    here, close, far, *_ = photos
    for photo, latitude in ((here, 52.5), (close, 52.52), (far, 48.1)):
        Photo.objects.filter(pk=photo.pk).update(latitude=latitude, longitude=13.4)
    client = signed_in(bob)
    page = client.get(reverse("looks-photo", args=[here.pk]), follow=True)

    assert f"Taken near {here.name}" in text_of(page)
    address = page.redirect_chain[-1][0]
    assert names(client.get(address, {"near": here.pk, "within": 10})) == [close.name]


def test_a_palette_finds_photos_of_its_colours_without_a_picture(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    words = {"colour": ["#dc0000", "#ffffff", "#808080"], "share": ["36", "64", "0"]}
    page = signed_in(alice).get(reverse("looks-photos"), words)

    assert names(page)[0] == "red.png"
    assert {match.content for match in page.context["page"].matches} == {None}


def test_colours_of_a_palette_take_the_place_of_those_of_the_picture(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    probe = probes.look_at(draw("red"), alice)
    words = {"colour": ["#00c800", "#ffffff"], "share": ["36", "64"], "weight": "0"}

    page = client.get(reverse("looks-answer", args=[probe.token]), words)

    assert names(page)[0] == "green.png"


@pytest.mark.parametrize(
    "words",
    [
        {"colour": ["#ff8"]},
        {"colour": ["#ff8800"], "share": ["101"]},
        {"colour": ["#ff8800"], "share": ["-1"]},
        {"colour": ["#ff8800"] * 4},
        {"weight": "2"},
        {"weight": "nan"},
        {"gallery": ["999999"]},
        {"cursor": "made up"},
    ],
)
def test_an_address_that_is_made_up_is_not_found(
    photos: list[Photo], alice: User, signed_in: SignedIn, words: dict[str, Any]
) -> None:
    assert signed_in(alice).get(reverse("looks-photos"), words).status_code == 404


def test_filters_alone_list_photos_newest_first_and_are_no_search(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    page = signed_in(alice).get(reverse("looks-photos"), {"name": "red"})

    expected = [photo.name for photo in reversed(photos) if "red" in photo.name]
    assert names(page) == expected
    assert not SearchRecord.objects.exists()


def test_filters_narrow_what_looks_alike(
    photos: list[Photo], gallery: Gallery, alice: User, signed_in: SignedIn
) -> None:
    album = gallery.albums.create(name="Party")
    album.photos.add(photos[1], photos[2], through_defaults={"gallery": gallery})
    Photo.objects.filter(pk=photos[1].pk).update(
        taken_at=datetime(2024, 5, 1, 12, tzinfo=UTC), camera="Canon"
    )
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0]

    assert set(names(client.get(address, {"album": album.pk}))) == {"blue.png", "green.png"}
    dated = {"taken_from": "2024-05-01", "taken_until": "2024-05-01"}
    assert names(client.get(address, dated)) == ["blue.png"]
    assert names(client.get(address, {"camera": "Canon"})) == ["blue.png"]
    assert "red.png" not in names(client.get(address, {"name": "blue"}))
    wrong = client.get(address, {"taken_from": "yesterday"})
    assert "Write a day as 2024-05-31." in text_of(wrong)


def test_photos_in_the_trash_are_never_found(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0]
    trash.throw_away([photos[0]], alice)

    assert "red.png" not in names(client.get(address))


def test_without_the_weights_of_a_backbone_colours_are_compared_and_a_sentence_says_so(
    photos: list[Photo], alice: User, signed_in: SignedIn, drawing_scenes: set[str]
) -> None:
    drawing_scenes.clear()
    client = signed_in(alice)

    page = show(client, "red")

    assert names(page)[0] == "red.png"
    assert "Photos are compared by their colours only" in text_of(page)
    assert 'name="weight"' not in page.content.decode()
    assert {match.content for match in page.context["page"].matches} == {None}


def test_a_photo_page_leads_to_more_like_it(
    photos: list[Photo], bob: User, signed_in: SignedIn
) -> None:
    page = signed_in(bob).get(reverse("photo", args=[photos[0].pk]))
    assert reverse("looks-photo", args=[photos[0].pk]) in page.content.decode()


def test_a_page_of_results_costs_a_bounded_number_of_queries(
    photos: list[Photo],
    alice: User,
    signed_in: SignedIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0]
    with django_assert_max_num_queries(16):
        assert len(names(client.get(address))) == len(photos)
