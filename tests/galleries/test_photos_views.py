"""Photos on the pages: the grid that fills, the photo's own page, and what cannot be read."""

import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries.models import AlbumPhoto, Analysis, Deletion, Gallery, Photo
from galleries.views import lookup
from tests.drawings import draw
from tests.faces import analyse_everything
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]
HTMX = {"HX-Request": "true"}


def test_the_grid_shows_the_newest_first_and_goes_on_where_it_ended(
    add_drawing: AddDrawing,
    gallery: Gallery,
    alice: User,
    signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookup, "PAGE_SIZE", 2)
    ids = [add_drawing("red").pk for _ in range(5)]
    analyse_everything()
    client = signed_in(alice)
    address = reverse("gallery", args=[gallery.pk])
    seen: list[list[int]] = []
    while address:
        html = client.get(address, headers=HTMX if seen else {}).content.decode()
        seen.append([int(pk) for pk in re.findall(r'id="photo-(\d+)"', html)])
        following = re.search(r'href="([^"]*\?before=\d+)"', html)
        address = following[1] if following else ""
    assert seen == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]


def test_htmx_gets_tiles_and_not_a_page(photo: Photo, bob: User, signed_in: SignIn) -> None:
    address = reverse("gallery", args=[photo.gallery_id])
    html = signed_in(bob).get(address, headers=HTMX).content.decode()
    assert html.lstrip().startswith("<li")
    assert "<html" not in html


def test_the_state_is_asked_again_only_while_work_is_outstanding(
    add_drawing: AddDrawing, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    add_drawing("red", "green")
    client = signed_in(alice)
    address = reverse("gallery-state", args=[gallery.pk])
    waiting = client.get(address)
    assert "every 2s" in waiting.content.decode()
    assert "0 of 1 photos read, 0 faces found" in text_of(waiting)

    analyse_everything()
    done = client.get(address)
    assert "every 2s" not in done.content.decode()
    assert "1 photo, 2 faces found" in text_of(done)


def test_a_tile_that_waits_gets_its_picture_and_a_failed_one_goes(
    add_drawing: AddDrawing, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    waiting = add_drawing("red")
    page = client.get(reverse("gallery", args=[gallery.pk])).content.decode()
    assert f'data-waiting="{waiting.pk}"' in page
    failed = broken_photo(client, gallery)

    state = reverse("gallery-state", args=[gallery.pk])
    html = client.get(state, {"waiting": [str(waiting.pk), str(failed.pk), "x"]}).content.decode()
    assert reverse("thumbnail", args=[waiting.pk]) in html
    assert f'<li id="photo-{failed.pk}" hx-swap-oob="delete">' in html


def test_a_tile_of_another_gallery_is_never_handed_out_by_the_state(
    photo: Photo, mallory: User, signed_in: SignIn
) -> None:
    own = Gallery.create_owned_by(mallory, "Mine")
    state = reverse("gallery-state", args=[own.pk])
    html = signed_in(mallory).get(state, {"waiting": [photo.pk]}).content.decode()
    assert f"photo-{photo.pk}" not in html


def broken_photo(client: Client, gallery: Gallery, name: str = "broken.png") -> Photo:
    """A file that begins like a picture and is none: stored, then quarantined."""
    file = SimpleUploadedFile(name, draw("red")[:200])
    client.post(reverse("upload", args=[gallery.pk]), {"photos": file})
    analyse_everything()
    return Photo.objects.get(name=name)


def test_an_unreadable_photo_is_listed_with_its_reason_and_can_be_tried_again(
    photo: Photo, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    failed = broken_photo(client, gallery)
    problems = reverse("problems", args=[gallery.pk])
    assert "broken.png This picture is damaged" in text_of(client.get(problems))
    grid = client.get(reverse("gallery", args=[gallery.pk])).content.decode()
    assert f'id="photo-{failed.pk}"' not in grid
    assert "1 not readable" in grid

    answer = client.post(reverse("photo-retry", args=[failed.pk]), {"back": problems})
    assert answer.headers["Location"] == problems
    assert failed.analyses.get().state == Analysis.State.QUEUED


def test_all_unreadable_photos_are_tried_again_at_once(
    gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    for name in ("a.png", "b.png"):
        broken_photo(client, gallery, name)
    answer = client.post(reverse("problems-retry", args=[gallery.pk]), follow=True)
    assert "Trying 2 photos again." in text_of(answer)
    assert Analysis.objects.unfinished().count() == 2


def test_a_deleted_photo_is_gone_and_only_an_own_page_is_returned_to(
    photo: Photo, alice: User, signed_in: SignIn
) -> None:
    back = {"back": "https://elsewhere.example/"}
    answer = signed_in(alice).post(reverse("photo-delete", args=[photo.pk]), back)
    assert answer.headers["Location"] == reverse("gallery", args=[photo.gallery_id])
    assert not Photo.objects.filter(pk=photo.pk).exists()


def test_a_deleted_photo_comes_back_by_the_button_that_says_undo(
    photo: Photo, alice: User, signed_in: SignIn
) -> None:
    browser = signed_in(alice)
    page = browser.post(reverse("photo-delete", args=[photo.pk]), follow=True)
    assert "1 photo deleted." in text_of(page)
    undo = reverse("bring-back", args=[Deletion.objects.get().pk])
    assert undo in page.content.decode()

    browser.post(undo)

    assert Photo.objects.filter(pk=photo.pk).exists()


def test_the_photo_page_marks_every_face_and_offers_to_search_for_it(
    photo: Photo, bob: User, signed_in: SignIn
) -> None:
    html = signed_in(bob).get(reverse("photo", args=[photo.pk])).content.decode()
    for face in photo.faces.all():
        assert html.count(f'"{reverse("search-face", args=[face.pk])}"') == 2
        assert reverse("face-crop", args=[face.pk]) in html
    assert 'viewBox="0 0 200 100"' in html
    assert 'x="20.0" y="20.0" width="60.0" height="60.0"' in html


def test_newer_and_older_stay_in_the_gallery_or_in_the_album(
    photo: Photo, add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    beside, in_album = add_drawing("green"), add_drawing("blue")
    album = photo.albums.get()
    AlbumPhoto.objects.create(gallery=photo.gallery, album=album, photo=in_album)
    analyse_everything()
    client = signed_in(alice)

    html = client.get(reverse("photo", args=[beside.pk])).content.decode()
    assert re.findall(r'rel="(prev|next)"\s+href="([^"]+)"', html) == [
        ("prev", reverse("photo", args=[in_album.pk])),
        ("next", reverse("photo", args=[photo.pk])),
    ]
    within = f"?album={album.pk}"
    html = client.get(reverse("photo", args=[in_album.pk]) + within).content.decode()
    assert re.findall(r'rel="(prev|next)"\s+href="([^"]+)"', html) == [
        ("next", reverse("photo", args=[photo.pk]) + within)
    ]


def test_a_photo_is_kept_from_being_shown_while_it_is_not_read_yet(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    waiting = add_drawing("red")
    answer = signed_in(alice).get(reverse("photo", args=[waiting.pk]))
    assert "This photo is being read" in text_of(answer)
    assert reverse("preview", args=[waiting.pk]) not in answer.content.decode()
