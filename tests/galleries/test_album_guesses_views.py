"""Photos that may belong to an album: who sees them, adds them, says no, and takes it back."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import trash
from galleries.models import Album, AlbumAnswer, AlbumGuess, AlbumPhoto, Gallery, Photo, Sorting
from galleries.views.album_guesses import GUESSES_PER_PAGE
from tests.galleries.classifiers import add_album, add_photo, add_seen, use_albums

SignIn = Callable[[User], Client]


@pytest.fixture
def sea(gallery: Gallery) -> Album:
    add_album(gallery, "Fair")
    return add_album(gallery, "Sea")


@pytest.fixture
def waves(gallery: Gallery, sea: Album) -> list[Photo]:
    """Photos that may belong to the sea, as the classifier in use has it."""
    photos = [add_seen(gallery, "Sea") for _ in range(3)]
    use_albums(gallery)
    return photos


def page_of(album: Album) -> str:
    return reverse("album-guesses", args=[album.pk])


def answer_of(album: Album) -> str:
    return reverse("album-guesses-answer", args=[album.pk])


def keys_of(photos: list[Photo]) -> list[int]:
    return [photo.pk for photo in photos]


def is_offered(photo: Photo, album: Album, browser: Client) -> bool:
    return f"/photo/{photo.pk}/thumbnail" in browser.get(page_of(album)).content.decode()


def place_of(photo: Photo, album: Album) -> bool:
    return AlbumPhoto.objects.filter(album=album, photo=photo).exists()


def take_back() -> str:
    return reverse("album-answers-take-back", args=[AlbumAnswer.objects.first().round])  # type: ignore[union-attr]


def test_the_way_leads_from_the_album_to_the_photos_and_into_it(
    waves: list[Photo], sea: Album, alices: Client
) -> None:
    album = alices.get(reverse("album", args=[sea.pk])).content.decode()
    assert "Photos that may belong here" in album
    assert page_of(sea) in album
    page = alices.get(page_of(sea)).content.decode()
    assert "Add all 3" in page
    assert page.count("Almost certainly") + page.count("ikely") >= 3

    form = {"do": "all", "shown": keys_of(waves)}
    added = alices.post(answer_of(sea), form, follow=True).content.decode()
    assert "3 photos added to “Sea”." in added
    assert "No photo waits for this album" in added
    assert all(place_of(photo, sea) for photo in waves)
    album = alices.get(reverse("album", args=[sea.pk])).content.decode()
    assert "Photos that may belong here" not in album


def test_chosen_photos_are_added_and_the_others_wait(
    waves: list[Photo], sea: Album, alices: Client
) -> None:
    form = {"do": "add", "shown": keys_of(waves), "photo": [waves[0].pk]}
    assert "1 photo added" in alices.post(answer_of(sea), form, follow=True).content.decode()
    assert [place_of(photo, sea) for photo in waves] == [True, False, False]
    assert [is_offered(photo, sea, alices) for photo in waves] == [False, True, True]


def test_what_does_not_belong_here_is_not_asked_again(
    waves: list[Photo], sea: Album, gallery: Gallery, alices: Client
) -> None:
    form = {"do": "refuse", "shown": keys_of(waves), "photo": [waves[0].pk]}
    said = alices.post(answer_of(sea), form, follow=True).content.decode()
    assert "1 photo will not be offered for “Sea” again." in said
    assert not place_of(waves[0], sea)
    assert not is_offered(waves[0], sea, alices)
    use_albums(gallery)
    assert not is_offered(waves[0], sea, alices)
    assert is_offered(waves[1], sea, alices)


def test_adding_is_undone_with_one_button(waves: list[Photo], sea: Album, alices: Client) -> None:
    form = {"do": "all", "shown": keys_of(waves)}
    page = alices.post(answer_of(sea), form, follow=True).content.decode()
    assert take_back() in page
    said = alices.post(take_back(), follow=True).content.decode()
    assert "Undone for 3 photos." in said
    assert not any(place_of(photo, sea) for photo in waves)
    assert all(is_offered(photo, sea, alices) for photo in waves)


def test_undo_leaves_photos_that_were_in_the_album_before(
    waves: list[Photo], sea: Album, gallery: Gallery, alices: Client
) -> None:
    AlbumPhoto.objects.create(gallery=gallery, album=sea, photo=waves[0])
    alices.post(answer_of(sea), {"do": "all", "shown": keys_of(waves)})
    alices.post(take_back())
    assert [place_of(photo, sea) for photo in waves] == [True, False, False]


def test_a_no_is_taken_back(waves: list[Photo], sea: Album, alices: Client) -> None:
    alices.post(answer_of(sea), {"do": "refuse", "photo": keys_of(waves)})
    alices.post(take_back())
    assert all(is_offered(photo, sea, alices) for photo in waves)


def test_a_no_comes_back_with_a_deleted_photo(
    waves: list[Photo], sea: Album, alice: User, alices: Client
) -> None:
    alices.post(answer_of(sea), {"do": "refuse", "photo": keys_of(waves)})
    trash.bring_back(trash.throw_away(waves, alice))
    assert AlbumAnswer.objects.filter(album=sea, is_here=False).count() == 3


def test_without_a_choice_a_sentence_says_what_to_do(
    waves: list[Photo], sea: Album, alices: Client
) -> None:
    for form in ({"do": "add"}, {"do": "refuse", "photo": ["x", "9" * 30]}):
        said = alices.post(answer_of(sea), form, follow=True).content.decode()
        assert "Choose the photos first" in said
    assert alices.post(answer_of(sea), {"do": "burn"}).status_code == 404


def test_what_was_done_meanwhile_changes_nothing(
    waves: list[Photo], sea: Album, alices: Client
) -> None:
    form = {"do": "all", "shown": keys_of(waves)}
    alices.post(answer_of(sea), form)
    said = alices.post(answer_of(sea), form, follow=True).content.decode()
    assert "nothing has changed" in said
    assert AlbumPhoto.objects.filter(album=sea, photo__in=waves).count() == 3


def test_photos_of_another_gallery_cannot_be_added(
    waves: list[Photo], sea: Album, gallery: Gallery, mallory: User, alices: Client
) -> None:
    foreign = add_seen(Gallery.create_owned_by(mallory, "Hers"), "Sea")
    alices.post(answer_of(sea), {"do": "add", "photo": [foreign.pk]})
    assert not place_of(foreign, sea)


def test_viewers_see_and_only_editors_answer(
    waves: list[Photo], sea: Album, alices: Client, bob: User, signed_in: SignIn
) -> None:
    bobs = signed_in(bob)
    assert is_offered(waves[0], sea, bobs)
    assert "<form" not in bobs.get(page_of(sea)).content.decode().split("<main")[1]
    form = {"do": "all", "shown": keys_of(waves)}
    assert bobs.post(answer_of(sea), form).status_code == 404
    assert not place_of(waves[0], sea)
    alices.post(answer_of(sea), form)
    assert bobs.post(take_back()).status_code == 404
    assert place_of(waves[0], sea)


def test_nobody_else_sees_or_answers(
    waves: list[Photo], sea: Album, alices: Client, mallory: User, signed_in: SignIn
) -> None:
    mallorys = signed_in(mallory)
    assert mallorys.get(page_of(sea)).status_code == 404
    form = {"do": "all", "shown": keys_of(waves)}
    assert mallorys.post(answer_of(sea), form).status_code == 404
    alices.post(answer_of(sea), form)
    assert mallorys.post(take_back()).status_code == 404
    assert place_of(waves[0], sea)
    missing = reverse("album-answers-take-back", args=["0" * 8 + "-0000-0000-0000-" + "0" * 12])
    assert alices.post(missing).status_code == 404


def test_pages_are_bounded_and_cost_no_more_queries(
    gallery: Gallery,
    sea: Album,
    alices: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(GUESSES_PER_PAGE + 5):
        add_seen(gallery, "Sea")
    use_albums(gallery)
    with django_assert_max_num_queries(9):
        text = alices.get(page_of(sea)).content.decode()
    assert text.count('name="shown"') == GUESSES_PER_PAGE
    assert f"Add all {GUESSES_PER_PAGE} of this page" in text
    assert "Page 1 of 2" in text
    with django_assert_max_num_queries(14):
        alices.get(reverse("album", args=[sea.pk]))
    many = {"do": "all", "shown": range(10_000)}
    with django_assert_max_num_queries(16):
        alices.post(answer_of(sea), many)


def test_the_albums_say_how_many_photos_wait_at_no_more_queries(
    waves: list[Photo],
    gallery: Gallery,
    alices: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        Album.objects.create(gallery=gallery, name=f"Day {number}")
    for page in ("albums", "gallery"):
        with django_assert_max_num_queries(14):
            text = alices.get(reverse(page, args=[gallery.pk])).content.decode()
        if page == "albums":
            assert "3 more may belong" in text
            assert text.count("more may belong") == 1


def test_of_many_photos_an_album_says_only_that_they_are_many(
    waves: list[Photo], sea: Album, gallery: Gallery, alices: Client
) -> None:
    own = {"gallery": gallery, "album": sea, "sorting": Sorting.objects.get()}
    AlbumGuess.objects.bulk_create(
        AlbumGuess(**own, photo=add_photo(gallery), probability=0.9) for _ in range(100)
    )
    assert (
        "99+ more may belong" in alices.get(reverse("albums", args=[gallery.pk])).content.decode()
    )
    album = alices.get(reverse("album", args=[sea.pk])).content.decode()
    assert "Look at all" in album
    assert "Look at all 1" not in album
