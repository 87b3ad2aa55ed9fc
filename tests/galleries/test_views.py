"""The pages of galleries, tried as Alice who owns, Bob who looks, and Mallory who is nobody."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries.models import Album, AlbumPhoto, Gallery, Membership, Photo, Role
from tests.faces import analyse_everything
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]


def pages_of(photo: Photo) -> list[str]:
    album = photo.albums.get()
    return [
        reverse("gallery", args=[photo.gallery_id]),
        reverse("gallery-state", args=[photo.gallery_id]),
        reverse("problems", args=[photo.gallery_id]),
        reverse("album", args=[album.pk]),
        reverse("album-guesses", args=[album.pk]),
        reverse("photo", args=[photo.pk]),
    ]


def editing_doors_of(photo: Photo) -> list[str]:
    album = photo.albums.get()
    membership = photo.gallery.memberships.get(role=Role.VIEWER)
    return [
        reverse("gallery-change", args=[photo.gallery_id]),
        reverse("problems-retry", args=[photo.gallery_id]),
        reverse("upload", args=[photo.gallery_id]),
        reverse("members", args=[photo.gallery_id]),
        reverse("member-role", args=[membership.pk]),
        reverse("member-remove", args=[membership.pk]),
        reverse("album-create", args=[photo.gallery_id]),
        reverse("album-rename", args=[album.pk]),
        reverse("album-delete", args=[album.pk]),
        reverse("album-guesses-answer", args=[album.pk]),
        reverse("photo-delete", args=[photo.pk]),
        reverse("photo-retry", args=[photo.pk]),
    ]


class InlineCode(HTMLParser):
    """Collects what the content security policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [name for name in names if name == "style" or name.startswith("on")]


def test_members_open_every_page(photo: Photo, bob: User, signed_in: SignIn) -> None:
    client = signed_in(bob)
    assert [client.get(page).status_code for page in pages_of(photo)] == [200] * 6


def test_for_a_stranger_no_page_and_no_door_exists(
    photo: Photo, mallory: User, signed_in: SignIn
) -> None:
    client = signed_in(mallory)
    assert {client.get(page).status_code for page in pages_of(photo)} == {404}
    assert {client.post(door).status_code for door in editing_doors_of(photo)} == {404}
    assert "Summer" not in text_of(client.get(reverse("galleries")))


def test_without_a_sign_in_every_page_leads_to_it(photo: Photo, client: Client) -> None:
    for page in pages_of(photo):
        assert client.get(page).headers["Location"].startswith(reverse("sign-in"))


def test_a_viewer_finds_every_editing_door_shut_and_no_button_to_it(
    photo: Photo, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    doors = editing_doors_of(photo)
    assert {client.post(door).status_code for door in doors} == {404}
    for page in pages_of(photo):
        html = client.get(page).content.decode()
        assert [door for door in doors if f'"{door}"' in html] == []
    assert Photo.objects.filter(pk=photo.pk).exists()
    assert Album.objects.filter(name="Fair").exists()


def test_no_page_needs_what_the_content_security_policy_forbids(
    photo: Photo, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    more = [reverse("galleries"), reverse("search"), "/no-such-page"]
    doors = [reverse(name, args=[photo.gallery_id]) for name in ("upload", "members")]
    for page in pages_of(photo) + doors + more:
        answer = client.get(page)
        parser = InlineCode()
        parser.feed(answer.content.decode())
        assert (page, parser.found) == (page, [])
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_neither_request_nor_database(code: str) -> None:
    """Django renders the page of an error on our side without any context."""
    html = render_to_string(f"{code}.html")
    assert "<h1>" in html
    assert 'href="/"' in html


def test_the_galleries_page_lists_mine_with_role_and_count(
    photo: Photo, alice: User, bob: User, signed_in: SignIn
) -> None:
    Gallery.create_owned_by(bob, "Bob's own")
    text = text_of(signed_in(bob).get(reverse("galleries")))
    assert "Summer 1 photo · 2 members Viewer" in text
    assert "Bob's own 0 photos Owner" in text.replace("&#x27;", "'")
    assert "Bob" not in text_of(signed_in(alice).get(reverse("galleries")))


def test_a_new_gallery_belongs_to_who_made_it(
    gallery: Gallery, mallory: User, signed_in: SignIn
) -> None:
    answer = signed_in(mallory).post(reverse("galleries"), {"name": "Mine"})
    created = Gallery.objects.get(name="Mine")
    assert answer.headers["Location"] == reverse("gallery", args=[created.pk])
    assert created.memberships.get().user == mallory
    assert created.memberships.get().role == Role.OWNER


def test_a_gallery_without_a_name_is_not_made(
    gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    answer = signed_in(alice).post(reverse("galleries"), {"name": " "})
    assert "This field is required" in text_of(answer)
    assert Gallery.objects.count() == 1


def test_an_album_is_made_renamed_and_dissolved_and_its_photos_stay(
    photo: Photo, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    made = client.post(reverse("album-create", args=[photo.gallery_id]), {"name": "New"})
    album = Album.objects.get(name="New")
    assert made.headers["Location"] == reverse("album", args=[album.pk])

    client.post(reverse("album-rename", args=[album.pk]), {"name": "Newer"})
    assert Album.objects.get(pk=album.pk).name == "Newer"

    client.post(reverse("album-delete", args=[photo.albums.get().pk]))
    assert list(Album.objects.values_list("name", flat=True)) == ["Newer"]
    assert Photo.objects.filter(pk=photo.pk).exists()


def test_two_albums_of_a_gallery_never_share_a_name(
    album: Album, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    create = reverse("album-create", args=[album.gallery_id])
    answer = client.post(create, {"name": "Fair"}, follow=True)
    assert "There is an album of this name already." in text_of(answer)
    other = Album.objects.create(gallery=album.gallery, name="Other")
    client.post(reverse("album-rename", args=[other.pk]), {"name": "Fair"})
    assert Album.objects.get(pk=other.pk).name == "Other"


def test_the_owner_renames_a_gallery_and_an_editor_cannot(
    gallery: Gallery, alice: User, bob: User, signed_in: SignIn
) -> None:
    gallery.memberships.filter(user=bob).update(role=Role.EDITOR)
    rename = reverse("gallery-change", args=[gallery.pk])
    assert signed_in(bob).post(rename, {"name": "Bob's"}).status_code == 404
    signed_in(alice).post(rename, {"name": "Winter"})
    assert Gallery.objects.get().name == "Winter"


@pytest.mark.parametrize("page", ["galleries", "gallery", "album", "photo", "problems", "members"])
def test_a_page_costs_the_same_few_queries_however_much_it_shows(
    page: str,
    photo: Photo,
    alice: User,
    add_drawing: AddDrawing,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(6):
        another = add_drawing("red", "green", "blue")
        AlbumPhoto.objects.create(gallery=photo.gallery, album=photo.albums.get(), photo=another)
        Album.objects.create(gallery=photo.gallery, name=f"Album {number}")
        Gallery.create_owned_by(alice, f"Gallery {number}")
        member = User.objects.create_user(f"member-{number}")
        Membership.objects.create(gallery=photo.gallery, user=member)
    analyse_everything()
    addresses = {
        "galleries": reverse("galleries"),
        "gallery": reverse("gallery", args=[photo.gallery_id]),
        "album": reverse("album", args=[photo.albums.get().pk]),
        "photo": reverse("photo", args=[photo.pk]),
        "problems": reverse("problems", args=[photo.gallery_id]),
        "members": reverse("members", args=[photo.gallery_id]),
    }
    client = signed_in(alice)
    with django_assert_max_num_queries(10):
        assert client.get(addresses[page]).status_code == 200


def test_many_albums_are_shown_by_pages(
    gallery: Gallery, bob: User, mallory: User, signed_in: SignIn
) -> None:
    Album.objects.bulk_create(
        Album(gallery=gallery, name=f"Trip {number:03}") for number in range(70)
    )
    front = signed_in(bob).get(reverse("gallery", args=[gallery.pk])).text
    assert "Trip 011" in front
    assert "Trip 012" not in front
    albums = reverse("albums", args=[gallery.pk])
    assert albums in front
    seen = "".join(signed_in(bob).get(f"{albums}?page={page}").text for page in (1, 2, 3))
    assert all(f"Trip {number:03}" in seen for number in range(70))
    assert signed_in(mallory).get(albums).status_code == 404


def test_many_galleries_and_members_are_shown_by_pages(
    gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    for number in range(35):
        Gallery.create_owned_by(alice, f"Year {number:02}")
        user = User.objects.create_user(f"member{number:02}")
        Membership.objects.create(gallery=gallery, user=user)
    client = signed_in(alice)
    for address, last in (
        (reverse("galleries"), "Year 34"),
        (reverse("members", args=[gallery.pk]), "member34"),
    ):
        assert last not in client.get(address).text
        assert last in client.get(f"{address}?page=2").text


def test_pages_that_do_not_fit_on_a_phone_wait_behind_a_button_for_editors_only(
    gallery: Gallery, alice: User, bob: User, signed_in: SignIn
) -> None:
    for page, shown in (("people", "More"), ("duplicates", "Duplicates"), ("history", "History")):
        text = signed_in(alice).get(reverse(page, args=[gallery.pk])).content.decode()
        button = text.split('popovertarget="more-pages"')[1].split("</button>")[0]
        assert shown in button
        assert ('aria-current="true"' in button) == (page != "people")
    text = signed_in(bob).get(reverse("history", args=[gallery.pk])).content.decode()
    tabs = text.split('class="tabs"')[1].split("</nav>")[0]
    assert "<button" not in tabs
    assert tabs.count("<a ") == 3
