"""The log as pages: who decided what, and taking it back."""

import pytest
from django.test import Client

from accounts.models import User
from galleries.models import Batch, Gallery, Person
from galleries.views import history as history_pages
from tests.faces import faces_of
from tests.galleries.people_pages import at, call, say, undo_latest
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")


def test_the_history_reads_newest_first_and_is_undone_by_its_buttons(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    call(alices, red, "Anna")
    call(alices, blue, "Zoe")
    page = text_of(alices.get(at("history", red.gallery)))
    assert "Today" in page
    assert page.index("“Zoe”") < page.index("“Anna”")
    assert "The matcher" not in page
    assert "The matcher" in text_of(alices.get(at("history", red.gallery) + "?all=1"))
    only = text_of(alices.get(at("history", red.gallery) + f"?person={red.pk}"))
    assert "“Anna”" in only
    assert "“Zoe”" not in only


def test_what_was_taken_back_is_marked_and_done_again(red: Person, alices: Client) -> None:
    call(alices, red, "Anna")
    naming = Batch.objects.latest("pk")
    undo_latest(alices)
    inverse = Batch.objects.latest("pk")
    log = alices.get(at("history", red.gallery))
    assert "taken back" in text_of(log)
    assert f'action="{at("batch-undo", inverse)}"' in log.content.decode()

    again = alices.post(at("batch-undo", inverse), follow=True)
    assert "Done again: alice named" in text_of(again)
    assert f'action="{at("batch-undo", naming)}"' in again.content.decode()
    red.refresh_from_db()
    assert red.name == "Anna"
    twice = alices.post(at("batch-undo", inverse), follow=True)
    assert "taken back already" in text_of(twice)


def test_later_decisions_that_stand_in_the_way_are_named_and_the_rest_is_undone_if_wished(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    one, two, *_ = faces_of(red)
    say(alices, red, "move", one, two, name=str(blue))
    moving = Batch.objects.filter(action="move").latest("pk")
    say(alices, blue, "move", one, name="Otto")

    stopped = alices.post(at("batch-undo", moving))
    assert stopped.status_code == 409
    assert "Otto" in text_of(stopped)
    two.refresh_from_db()
    assert two.person == blue

    done = alices.post(at("batch-undo", moving), {"rest": "on"}, follow=True)
    assert "Left as decided since: 1 face." in text_of(done)
    for face in (one, two):
        face.refresh_from_db()
    assert two.person == red
    assert one.person == Person.objects.get(name="Otto")


def test_undo_returns_to_the_page_that_asked_and_to_no_other_server(
    red: Person, alices: Client
) -> None:
    call(alices, red, "Anna")
    page = at("person", red)
    there = alices.post(at("batch-undo", Batch.objects.latest("pk")), {"back": page})
    assert there.headers["Location"] == page
    away = alices.post(
        at("batch-undo", Batch.objects.latest("pk")), {"back": "https://evil.example/"}
    )
    assert away.headers["Location"] == at("history", red.gallery)


def test_a_long_history_goes_on_where_the_page_ended(
    red: Person, alices: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_pages, "ENTRIES_PER_PAGE", 2)
    for name in ("Ada", "Ben", "Cleo"):
        call(alices, red, name)
    first = alices.get(at("history", red.gallery) + f"?person={red.pk}")
    second, third = Batch.objects.filter(action="name").newest_first()[1:3]
    older = f"?person={red.pk}&amp;before={second.pk}"
    assert older in first.content.decode()
    page = text_of(alices.get(at("history", red.gallery) + f"?before={second.pk}"))
    assert f"“{third.target}”" in page
    assert f"“{second.target}”" not in page


def test_the_history_of_somebody_elsewhere_does_not_exist(
    red: Person, alice: User, alices: Client
) -> None:
    other = Gallery.create_owned_by(alice, "Winter")
    address = at("history", other) + f"?person={red.pk}"
    assert alices.get(address).status_code == 404
    merge = {"person": [red.pk, Person.objects.create(gallery=other, name="Eve").pk]}
    assert "at least two" in text_of(alices.post(at("people-merge", other), merge, follow=True))
