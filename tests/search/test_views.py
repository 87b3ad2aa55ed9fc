"""The search pages, tried as Alice, Bob and Mallory, on drawings whose colours are the persons."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from galleries import analysis, upgrades, uploads
from galleries.models import Gallery, Membership, ModelVersion, Photo
from search import kept_probes
from tests.drawings import draw
from tests.pages import Page, text_of
from tests.phones import phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]
HTMX = {"HX-Request": "true"}


def photos_in(response: Page) -> list[int]:
    """The photos of the results, in their order."""
    return [int(pk) for pk in re.findall(r'<a href="/photo/(\d+)">', response.content.decode())]


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def ask(client: Client, *colours: str, **more: object) -> str:
    """Search with a drawing. Returns the address of the answer."""
    picture = SimpleUploadedFile("who.png", draw(*colours))
    answer = client.post(reverse("search"), {"photo": picture, **more})
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_a_picture_with_one_face_is_answered_at_once_best_first_and_marked(
    add_drawing: AddDrawing, bob: User, signed_in: SignIn
) -> None:
    alone, group = add_drawing("red"), add_drawing("green", "red")
    add_drawing("green")
    analyse_everything()
    client = signed_in(bob)
    answer = client.get(ask(client, "red"))
    assert set(photos_in(answer)) == {alone.pk, group.pk}
    assert "2 photos of this person" in text_of(answer)
    assert "&gt; 99 % Almost certainly" in text_of(answer)
    marked = group.faces.order_by("left")[1]
    assert reverse("face-crop", args=[marked.pk]) in answer.content.decode()


def test_of_several_faces_the_user_chooses_and_none_is_chosen_for_them(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    red, green = add_drawing("red"), add_drawing("green")
    analyse_everything()
    client = signed_in(alice)
    address = ask(client, "red", "green")
    undecided = client.get(address)
    assert "There are 2 faces in your picture." in text_of(undecided)
    assert photos_in(undecided) == []
    assert photos_in(client.get(address, {"face": 0})) == [red.pk]
    assert set(photos_in(client.get(address, {"face": [0, 1]}))) == {red.pk, green.pk}


def test_nobody_here_is_an_answer_and_the_nearest_is_shown_as_below_the_line(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    nearest = add_drawing("green")
    analyse_everything()
    client = signed_in(alice)
    answer = client.get(ask(client, "red"))
    html = answer.content.decode()
    assert "Nobody here looks like this" in html
    assert "No photo that you can see" in html
    assert photos_in(answer) == [nearest.pk]
    assert html.index('<details class="nearest">') < html.index(f'"/photo/{nearest.pk}"')


def test_a_picture_without_a_face_says_so(gallery: Gallery, alice: User, signed_in: SignIn) -> None:
    client = signed_in(alice)
    assert "No face in this picture" in text_of(client.get(ask(client)))


def test_a_stranger_finds_nothing_with_the_same_picture(
    add_drawing: AddDrawing, mallory: User, signed_in: SignIn
) -> None:
    add_drawing("red")
    own = Gallery.create_owned_by(mallory, "Mine")
    uploads.add_photo(own, SimpleUploadedFile("own.png", draw("green")), mallory)
    analyse_everything()
    client = signed_in(mallory)
    answer = client.get(ask(client, "red"))
    assert "Nobody here looks like this" in text_of(answer)
    assert "Summer" not in text_of(answer)


def test_the_search_stays_in_the_chosen_galleries(
    add_drawing: AddDrawing, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    here = add_drawing("red")
    other = Gallery.create_owned_by(alice, "Other")
    uploads.add_photo(other, SimpleUploadedFile("there.png", draw("red")), alice)
    analyse_everything()
    client = signed_in(alice)
    assert len(photos_in(client.get(ask(client, "red")))) == 2
    assert photos_in(client.get(ask(client, "red", gallery=gallery.pk))) == [here.pk]


def test_a_gallery_that_one_may_not_see_cannot_be_asked(
    gallery: Gallery, mallory: User, signed_in: SignIn
) -> None:
    Gallery.create_owned_by(mallory, "Mine")
    client = signed_in(mallory)
    address = ask(client, "red")
    assert client.get(address, {"gallery": gallery.pk}).status_code == 404


def test_another_users_probe_is_forgotten_for_everybody_else(
    gallery: Gallery, alice: User, bob: User, signed_in: SignIn
) -> None:
    address = ask(signed_in(alice), "red")
    answer = signed_in(bob).get(address)
    assert answer.status_code == 410
    assert "forgotten" in text_of(answer)


def test_an_expired_probe_is_a_sentence_and_under_htmx_the_page_that_says_it(
    gallery: Gallery, alice: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_probes, "LIFETIME_SECONDS", 1)
    client = signed_in(alice)
    address = ask(client, "red")
    time.sleep(1.1)
    assert client.get(address).status_code == 410
    assert client.get(address, headers=HTMX).headers["HX-Redirect"] == address


def test_a_stored_face_finds_more_like_it_for_members_only(
    add_drawing: AddDrawing, bob: User, mallory: User, signed_in: SignIn
) -> None:
    first, second = add_drawing("red"), add_drawing("red", "blue")
    analyse_everything()
    address = reverse("search-face", args=[first.faces.get().pk])
    answer = signed_in(bob).get(address, follow=True)
    assert set(photos_in(answer)) == {first.pk, second.pk}
    assert signed_in(mallory).get(address).status_code == 404


@pytest.mark.parametrize("gone", [Membership, Photo])
def test_a_stored_face_is_forgotten_once_the_user_may_not_see_it_or_it_is_deleted(
    gone: type[Model], add_drawing: AddDrawing, bob: User, signed_in: SignIn
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    client = signed_in(bob)
    address = client.get(reverse("search-face", args=[photo.faces.get().pk])).headers["Location"]
    token = address.rpartition("/")[2]
    assert phone_of(bob).ask("get", f"/probes/{token}")[0] == 200
    gone._default_manager.all().delete()
    answer = client.get(address)
    assert answer.status_code == 410
    assert "data:image" not in answer.content.decode()
    assert phone_of(bob).ask("get", f"/probes/{token}")[0] == 404


def test_more_results_follow_without_gap_or_repetition(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    expected = {add_drawing("red").pk for _ in range(50)}
    analyse_everything()
    client = signed_in(alice)
    first = client.get(ask(client, "red"))
    following = re.search(r'hx-get="([^"]+)"[^>]*>More results', first.content.decode())
    assert following is not None
    second = client.get(following[1].replace("&amp;", "&"), headers=HTMX)
    assert second.content.decode().lstrip().startswith("<li")
    assert len(photos_in(first)) == 48
    assert {*photos_in(first), *photos_in(second)} == expected


def test_a_search_costs_the_same_few_queries_however_much_it_finds(
    add_drawing: AddDrawing,
    alice: User,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(8):
        add_drawing("red", "green")
    analyse_everything()
    client = signed_in(alice)
    address = ask(client, "red")
    with django_assert_max_num_queries(14):
        assert len(photos_in(client.get(address))) == 8


def test_the_query_picture_never_reaches_the_disk(
    gallery: Gallery, alice: User, signed_in: SignIn, settings: Settings, tmp_path: Path
) -> None:
    """Above 2.5 MB Django would write a temporary file: here it would fail."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "there-is-no-such-folder")
    picture = SimpleUploadedFile("big.png", draw("red") + bytes(3_000_000))
    answer = signed_in(alice).post(reverse("search"), {"photo": picture})
    assert answer.status_code == 302
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("form", ["alien", "missing"])
def test_a_form_from_another_site_is_refused(form: str, gallery: Gallery, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    data = {"photo": SimpleUploadedFile("who.png", draw("red"))}
    token = {"csrfmiddlewaretoken": "x" * 64} if form == "alien" else {}
    answer = client.post(reverse("search"), {**data, **token})
    assert answer.status_code == 403
    assert "Please try again" in text_of(answer)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"only words, no picture", "not a picture"),
        (b"", "This file is empty. Copy it again"),
    ],
)
def test_what_cannot_be_searched_with_is_said_in_a_sentence(
    content: bytes, sentence: str, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    picture = SimpleUploadedFile("who.jpg", content)
    answer = signed_in(alice).post(reverse("search"), {"photo": picture})
    assert answer.status_code == 400
    assert sentence in text_of(answer)


def test_a_picture_above_the_limit_is_refused_before_it_is_read(
    gallery: Gallery, alice: User, signed_in: SignIn, settings: Settings
) -> None:
    settings.LIKENESS_MAX_PHOTO_MB = 1
    picture = SimpleUploadedFile("big.png", draw("red") + bytes(1_200_000))
    answer = signed_in(alice).post(reverse("search"), {"photo": picture})
    assert answer.status_code == 413
    assert "This picture is larger than 1 MB." in text_of(answer)


def test_who_searches_too_often_is_told_when_to_go_on(
    add_drawing: AddDrawing, alice: User, bob: User, signed_in: SignIn, settings: Settings
) -> None:
    add_drawing("red")
    analyse_everything()
    client = signed_in(alice)
    address = ask(client, "red")
    settings.LIKENESS_SEARCHES_PER_MINUTE = 0
    for headers in ({}, HTMX):
        answer = client.get(address, headers=headers)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert "Search again in" in text_of(answer)


def test_an_answer_is_kept_by_no_browser_cache(
    gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    answer = client.get(ask(client, "red"))
    assert "no-store" in answer.headers["Cache-Control"]


def test_who_sees_no_gallery_is_told_what_to_do_first(mallory: User, signed_in: SignIn) -> None:
    text = text_of(signed_in(mallory).get(reverse("search")))
    assert "There is nothing to search yet" in text


def test_a_face_that_waits_for_the_present_model_is_not_called_nobody(
    add_drawing: AddDrawing, bob: User, model: ModelVersion, signed_in: SignIn
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    model.key = "open-0"
    model.save()
    upgrades.move_on(model)
    answer = signed_in(bob).get(reverse("search-face", args=[photo.faces.get().pk]), follow=True)
    assert "has not read it yet" in text_of(answer)
    assert "No face here can be searched with" in text_of(answer)
    assert "Nobody here" not in text_of(answer)
