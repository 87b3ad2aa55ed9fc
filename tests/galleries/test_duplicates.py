"""Copies of a picture are found, the best stays, and all can be taken back; for editors only."""

from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import duplicates, removal, trash, uploads
from galleries.duplicates import Choice
from galleries.models import (
    Album,
    AlbumPhoto,
    Deletion,
    DistinctPair,
    Face,
    Gallery,
    Membership,
    Person,
    Photo,
    PhotoLook,
    Role,
)
from tests.drawings import draw
from tests.faces import analyse_everything
from tests.galleries.copies import copy_of, keys
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]
AddContent = Callable[[bytes, str], Photo]


@pytest.fixture
def page(gallery: Gallery) -> str:
    return reverse("duplicates", args=[gallery.pk])


def keep(client: Client, gallery: Gallery, kept: Photo, photos: list[Photo]) -> None:
    form = {"kept": kept.pk, "photo": keys(photos)}
    client.post(reverse("duplicates-one", args=[gallery.pk]), form)


def test_copies_are_one_group_with_the_largest_first(copies: list[Photo], gallery: Gallery) -> None:
    assert duplicates.groups_of(gallery) == [keys(copies)]


def test_of_equally_large_copies_the_sharpest_is_first(
    copies: list[Photo], gallery: Gallery
) -> None:
    small = copies[1]
    Photo.objects.filter(gallery=gallery).update(width=100, height=50)
    PhotoLook.objects.filter(photo=small).update(sharpness=0.9)

    assert duplicates.groups_of(gallery)[0][0] == small.pk


def test_groups_are_computed_once_until_something_changes(
    copies: list[Photo], gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Gallery] = []
    group = duplicates._group

    def count(gallery: Gallery) -> list[list[int]]:
        calls.append(gallery)
        return group(gallery)

    monkeypatch.setattr(duplicates, "_group", count)

    duplicates.groups_of(gallery)
    duplicates.groups_of(gallery)
    assert len(calls) == 1

    removal.remove_photos([copies[2]])
    assert duplicates.groups_of(gallery) == [keys(copies[:2])]
    assert len(calls) == 2


def test_photos_of_two_galleries_are_no_copies_of_each_other(
    copies: list[Photo], gallery: Gallery, mallory: User
) -> None:
    other = Gallery.create_owned_by(mallory, "Other")
    with copies[0].original.open() as file:
        uploads.add_photo(other, ContentFile(file.read(), "best.png"), mallory)
    analyse_everything()

    assert duplicates.groups_of(other) == []
    assert duplicates.groups_of(gallery) == [keys(copies)]


def test_keeping_the_best_deletes_the_others_and_undo_brings_them_back(
    copies: list[Photo], gallery: Gallery, alices: Client, page: str
) -> None:
    faces = set(Face.objects.values_list("pk", "photo", "person"))
    keep(alices, gallery, copies[0], copies)
    assert not Photo.objects.filter(pk__in=keys(copies[1:])).exists()

    (deletion,) = Deletion.objects.all()
    assert "2 photos deleted." in text_of(alices.get(page))
    alices.post(reverse("bring-back", args=[deletion.pk]))
    analyse_everything()

    assert duplicates.groups_of(gallery) == [keys(copies)]
    assert set(Face.objects.values_list("pk", "photo", "person")) == faces


def test_another_than_the_best_can_stay(
    copies: list[Photo], gallery: Gallery, alices: Client
) -> None:
    keep(alices, gallery, copies[1], copies)

    assert Photo.objects.filter(pk=copies[1].pk).exists()
    assert not Photo.objects.filter(pk__in=[copies[0].pk, copies[2].pk]).exists()


def test_who_stays_takes_the_places_in_albums_until_the_others_are_back(
    copies: list[Photo], gallery: Gallery, alice: User
) -> None:
    beach, best_of = (Album.objects.create(gallery=gallery, name=name) for name in ("A", "B"))
    for album, photo in ((beach, copies[0]), (beach, copies[1]), (best_of, copies[2])):
        AlbumPhoto.objects.create(gallery=gallery, album=album, photo=photo)
    before = set(AlbumPhoto.objects.values_list("pk", "album", "photo"))

    deletion = duplicates.keep_best(gallery, [Choice(copies[0], copies[1:])], alice)
    assert set(copies[0].albums.all()) == {beach, best_of}

    assert deletion is not None
    trash.bring_back(deletion)
    assert set(AlbumPhoto.objects.values_list("pk", "album", "photo")) == before


def test_nobody_goes_for_one_that_was_deleted_meanwhile(
    copies: list[Photo], gallery: Gallery, alice: User
) -> None:
    trash.throw_away([copies[0]], alice)
    assert duplicates.keep_best(gallery, [Choice(copies[0], copies[1:])], alice) is None
    assert duplicates.keep_best(gallery, [Choice(copies[1], [copies[0]])], alice) is None
    assert Photo.objects.filter(pk__in=keys(copies[1:])).count() == 2


def test_the_best_of_all_groups_of_a_page_are_kept_in_one_step(
    copies: list[Photo],
    gallery: Gallery,
    alices: Client,
    add_content: AddContent,
) -> None:
    content = draw("green")
    one, other = add_content(content, "a.png"), add_content(copy_of(content, 80), "b.png")
    analyse_everything()
    groups = [",".join(map(str, keys(group))) for group in (copies, [one, other])]

    alices.post(reverse("duplicates-best", args=[gallery.pk]), {"group": groups})

    assert Deletion.objects.get().photo_count == 3
    assert Photo.objects.filter(pk__in=[copies[0].pk, one.pk]).count() == 2


def test_pictures_that_may_be_different_are_never_deleted_by_the_page_as_a_whole(
    copies: list[Photo],
    gallery: Gallery,
    alices: Client,
    page: str,
    add_content: AddContent,
) -> None:
    """Such as two motorcycles in front of a white wall."""
    drawn = [draw("blue", "green", "blue", "red", "yellow"), draw("green", "red", "yellow", "blue")]
    sure = [
        [add_content(one, "large.png"), add_content(copy_of(one, 390), "small.png")]
        for one in drawn
    ]
    analyse_everything()
    like_them = PhotoLook.objects.get(photo=copies[1])
    # one of the bits is the sign that it has in the database
    assert like_them.hash is not None
    like_them.hash ^= (0b1111 << 8) - (1 << 63)
    like_them.save()

    shown = alices.get(page)

    text = shown.content.decode()
    for group in sure:
        assert f'value="{",".join(map(str, keys(group)))}"' in text
    assert "Keep the best 2, delete 2 photos" in text_of(shown)
    assert "These may be different pictures." in text_of(shown)

    every = [",".join(map(str, keys(group))) for group in (copies, *sure)]
    alices.post(reverse("duplicates-best", args=[gallery.pk]), {"group": every})
    assert Photo.objects.filter(pk__in=keys(copies)).count() == 3
    assert Deletion.objects.get().photo_count == 2


def test_photos_that_are_no_copies_are_not_deleted_by_this_door(
    copies: list[Photo], gallery: Gallery, alices: Client, page: str
) -> None:
    every = list(Photo.objects.filter(gallery=gallery))
    keep(alices, gallery, copies[0], every)
    assert "These are not copies of one picture." in text_of(alices.get(page))
    alices.post(reverse("duplicates-all", args=[gallery.pk]), {"photo": keys(every)})
    assert Photo.objects.count() == 4
    assert not DistinctPair.objects.exists()


def test_photos_of_which_all_stay_are_not_asked_about_again(
    copies: list[Photo],
    gallery: Gallery,
    alices: Client,
    add_content: AddContent,
) -> None:
    alices.post(reverse("duplicates-all", args=[gallery.pk]), {"photo": keys(copies)})
    assert duplicates.groups_of(gallery) == []

    with copies[0].original.open() as file:
        new = add_content(copy_of(file.read(), 170), "new.png")
    analyse_everything()

    assert duplicates.groups_of(gallery) == [[copies[0].pk, new.pk]]


def test_what_all_stay_is_remembered_of_photos_that_come_back(
    copies: list[Photo], gallery: Gallery, alice: User
) -> None:
    duplicates.keep_all(gallery, copies)
    before = set(DistinctPair.objects.values_list("pk", "one", "other"))

    trash.bring_back(trash.throw_away(copies[1:], alice))

    assert set(DistinctPair.objects.values_list("pk", "one", "other")) == before


def test_the_page_shows_groups_with_names_and_sizes(
    copies: list[Photo], gallery: Gallery, alices: Client, page: str
) -> None:
    ann = Person.objects.create(gallery=gallery, name="Ann")
    Face.objects.filter(photo=copies[0], left__lt=0.5).update(person=ann)

    text = text_of(alices.get(page))

    assert "best.png" in text
    assert "200 \N{MULTIPLICATION SIGN} 100" in text
    assert "Ann" in text
    assert "2 photos could go" in text


def test_a_page_of_groups_is_a_bounded_number_of_queries(
    copies: list[Photo],
    gallery: Gallery,
    alices: Client,
    page: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    alices.get(page)

    with django_assert_max_num_queries(14):
        alices.get(page)


def test_pages_beyond_the_end_show_the_last(
    copies: list[Photo], gallery: Gallery, alices: Client, page: str
) -> None:
    assert "best.png" in text_of(alices.get(f"{page}?page=99"))


def test_a_gallery_without_copies_says_so(gallery: Gallery, alices: Client, page: str) -> None:
    assert "No photo is here twice" in text_of(alices.get(page))


@pytest.mark.parametrize("name", ["duplicates", "trash"])
def test_pages_are_for_editors_only(
    gallery: Gallery, signed_in: SignIn, alice: User, bob: User, mallory: User, name: str
) -> None:
    address = reverse(name, args=[gallery.pk])

    assert signed_in(alice).get(address).status_code == 200
    assert signed_in(bob).get(address).status_code == 404
    assert signed_in(mallory).get(address).status_code == 404
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    assert signed_in(bob).get(address).status_code == 200


def test_neither_viewers_nor_strangers_delete_keep_or_bring_back(
    copies: list[Photo],
    gallery: Gallery,
    signed_in: SignIn,
    alice: User,
    bob: User,
    mallory: User,
) -> None:
    other = add_foreign(mallory)
    deletion = trash.throw_away(copies[2:], alice)
    doors = [
        (reverse("duplicates-one", args=[gallery.pk]), {"kept": copies[0].pk}),
        (reverse("duplicates-best", args=[gallery.pk]), {}),
        (reverse("duplicates-all", args=[gallery.pk]), {}),
        (reverse("bring-back", args=[deletion.pk]), {}),
        (reverse("deletion-forget", args=[deletion.pk]), {}),
    ]
    form = {"photo": keys(copies[:2]), "group": ",".join(map(str, keys(copies[:2])))}

    for user in (bob, mallory):
        for door, chosen in doors:
            assert signed_in(user).post(door, form | chosen).status_code == 404
    assert Photo.objects.filter(pk__in=keys(copies[:2])).count() == 2
    assert Deletion.objects.get() == deletion

    # and nobody deletes what lies in another's gallery
    keep(signed_in(alice), gallery, copies[0], [copies[0], other])
    assert Photo.objects.filter(pk=other.pk).exists()


def add_foreign(user: User) -> Photo:
    gallery = Gallery.create_owned_by(user, "Other")
    photo = uploads.add_photo(gallery, ContentFile(draw("green"), "a.png"), user).photo
    assert photo is not None
    return photo


@pytest.mark.parametrize(
    "form", [{}, {"kept": "x"}, {"kept": "9" * 30}, {"kept": "1", "photo": ""}]
)
def test_nothing_is_deleted_unless_it_is_said_what_stays(
    copies: list[Photo], gallery: Gallery, alices: Client, page: str, form: dict[str, str]
) -> None:
    form = {"photo": keys(copies)} | form  # type: ignore[assignment]
    alices.post(reverse("duplicates-one", args=[gallery.pk]), form)

    assert Photo.objects.count() == 4
    assert "Choose the photo that stays." in text_of(alices.get(page))


def test_the_trash_says_what_was_deleted_and_shows_no_picture(
    copies: list[Photo], gallery: Gallery, alice: User, alices: Client
) -> None:
    trash.throw_away(copies[1:], alice)

    response = alices.get(reverse("trash", args=[gallery.pk]))

    assert "2 photos" in text_of(response)
    assert "alice" in text_of(response)
    assert "thumbnail" not in response.content.decode()


def test_what_an_owner_deletes_for_good_does_not_come_back(
    copies: list[Photo],
    gallery: Gallery,
    alice: User,
    bob: User,
    alices: Client,
    signed_in: SignIn,
) -> None:
    deletion = trash.throw_away(copies[1:], alice)
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    bobs, forget = signed_in(bob), reverse("deletion-forget", args=[deletion.pk])
    page = reverse("trash", args=[gallery.pk])
    assert forget in alices.get(page).text
    assert "Only an owner deletes them for good" in text_of(bobs.get(page))
    assert forget not in bobs.get(page).text
    assert bobs.post(forget).status_code == 404
    assert Deletion.objects.exists()

    alices.post(reverse("deletion-forget", args=[deletion.pk]))

    assert not Deletion.objects.exists()
    assert alices.post(reverse("bring-back", args=[deletion.pk])).status_code == 404
