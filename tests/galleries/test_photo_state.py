"""A photo's page waits for the worker, and shows what is new without being loaded again."""

import re
import time
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from faceengine.faces import Box
from galleries import analysis, photo_decisions
from galleries.models import Analysis, Face, Photo
from tests.drawings import DrawingEngine
from tests.faces import analyse_everything
from tests.pages import Page, text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddDrawing = Callable[..., Photo]
SignIn = Callable[[User], Client]
SECOND = Box(0.6, 0.2, 0.3, 0.6)


def address_in(page: Page) -> str:
    """What the page asks while it waits."""
    found = re.search(r'hx-get="([^"]*/state[^"]*)"\s+hx-trigger="every 2s"', page.content.decode())
    assert found
    return found[1].replace("&amp;", "&")


@pytest.fixture
def drawn(add_drawing: AddDrawing, alice: User, monkeypatch: pytest.MonkeyPatch) -> Photo:
    """A photo that was read, with a second face, which was missed and drawn, and waits."""
    find_all = DrawingEngine.find_faces
    monkeypatch.setattr(
        DrawingEngine, "find_faces", lambda engine, image: find_all(engine, image)[:1]
    )
    for _ in range(3):
        add_drawing("blue")
    photo = add_drawing("red", "blue")
    analyse_everything()
    photo.refresh_from_db()
    photo_decisions.draw_face(photo, SECOND, alice)
    analysis.look_again(photo)
    return photo


def test_a_page_that_knows_how_far_the_work_is_gets_nothing(
    drawn: Photo, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    page = client.get(reverse("photo", args=[drawn.pk]))
    assert client.get(address_in(page)).status_code == 204


def test_a_page_learns_of_each_stage_and_goes_on_asking(
    drawn: Photo, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    page = client.get(reverse("photo", args=[drawn.pk]))
    analysis.claim(8)
    news = client.get(address_in(page))
    assert "Being read: reading the file." in text_of(news)
    assert "hx-swap-oob" not in news.content.decode()
    assert client.get(address_in(news)).status_code == 204


def test_once_the_photo_is_read_its_faces_come_with_whom_they_may_show(
    drawn: Photo, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    page = client.get(reverse("photo", args=[drawn.pk]))
    asked = address_in(page)
    analyse_everything()
    back = reverse("photo", args=[drawn.pk])
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{back}"}
    news = client.get(asked, headers=headers)
    content = news.content.decode()
    face = drawn.faces.select_related("person").get(source=Face.Source.DRAWN)
    assert face.person
    assert str(face.person) in text_of(news)
    assert reverse("face-crop", args=[face.pk]) in content
    assert content.count('hx-swap-oob="true"') == 2
    assert "every 2s" not in content
    assert "being read" not in text_of(news)
    # forms lead back to the page, not to the fragment
    assert set(re.findall(r'name="back"\s+value="([^"]*)"', content)) == {back}


def test_a_page_without_a_picture_is_loaded_anew_when_there_is_one(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    photo = add_drawing("red")
    client = signed_in(alice)
    asked = address_in(client.get(reverse("photo", args=[photo.pk])))
    assert client.get(asked).status_code == 204
    analyse_everything()
    assert client.get(asked).headers["HX-Refresh"] == "true"


def test_a_page_that_was_left_open_stops_asking(
    drawn: Photo, alice: User, signed_in: SignIn
) -> None:
    address = reverse("photo-state", args=[drawn.pk])
    long_ago = int(time.time()) - 1
    news = signed_in(alice).get(f"{address}?stage=waiting&until={long_ago}")
    assert "Load the page again later." in text_of(news)
    assert "every 2s" not in news.content.decode()


def test_a_photo_that_cannot_be_read_says_why(
    drawn: Photo, alice: User, bob: User, signed_in: SignIn
) -> None:
    page = signed_in(alice).get(reverse("photo", args=[drawn.pk]))
    rows = Analysis.objects.filter(photo=drawn)
    rows.update(state=Analysis.State.FAILED, stage=Analysis.Stage.FINISHED, reason="damaged")
    assert "Try again" in text_of(signed_in(alice).get(address_in(page)))
    assert "Try again" not in text_of(signed_in(bob).get(address_in(page)))


def test_only_members_learn_how_far_a_photo_is(
    drawn: Photo, bob: User, mallory: User, signed_in: SignIn
) -> None:
    address = reverse("photo-state", args=[drawn.pk])
    assert signed_in(bob).get(address).status_code == 200
    assert signed_in(mallory).get(address).status_code == 404
    assert signed_in(bob).post(address).status_code == 405


def test_waiting_costs_few_queries(
    drawn: Photo,
    alice: User,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(alice)
    asked = address_in(client.get(reverse("photo", args=[drawn.pk])))
    with django_assert_max_num_queries(5):
        client.get(asked)
    analyse_everything()
    with django_assert_max_num_queries(9):
        client.get(asked)


def test_what_a_weakness_means_is_said_where_there_is_one(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    client = signed_in(alice)
    address = reverse("photo", args=[photo.pk])
    assert "hard to recognise" not in text_of(client.get(address))
    photo.faces.update(weakness="too-small")
    page = text_of(client.get(address))
    assert "Too small: hard to recognise." in page
    assert "may join a person, but opens none" in page
