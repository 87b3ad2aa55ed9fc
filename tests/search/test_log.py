"""Who searched where: written down once for each question, seen by owners, forgotten in time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from galleries import analysis, identities
from galleries.models import Gallery, Photo
from search import tasks
from search.models import SearchRecord
from tests.drawings import draw
from tests.pages import text_of
from tests.phones import Phone, phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")


@pytest.fixture
def red(add_drawing: Callable[..., Photo]) -> Photo:
    photo = add_drawing("red")
    while analysis.work_off(8):
        pass
    photo.refresh_from_db()
    return photo


def show(phone: Phone, *colours: str, **stored: Any) -> str:
    """Make a probe. Returns its address."""
    if stored:
        status, probe = phone.ask("post", "/probes", **stored)
    else:
        picture = SimpleUploadedFile("who.png", draw(*colours))
        status, probe = phone.send("/probes", photo=picture)
    assert status == 201, probe
    return f"/probes/{probe['token']}"


def written() -> list[tuple[Any, ...]]:
    rows = SearchRecord.objects.order_by("pk")
    return list(rows.values_list("gallery", "user__username", "kind", "strictness", "hits"))


def test_a_search_is_written_down_with_who_how_and_how_many(red: Photo, bob: User) -> None:
    phone = phone_of(bob)
    phone.ask("get", f"{show(phone, 'red')}/matches", strictness="wide")
    assert written() == [(red.gallery_id, "bob", "picture", "wide", 1)]


def test_looking_at_a_picture_without_asking_is_no_search(red: Photo, bob: User) -> None:
    show(phone_of(bob), "red")
    assert written() == []


def test_a_picture_without_a_face_asks_for_nobody(red: Photo, bob: User) -> None:
    phone = phone_of(bob)
    assert phone.ask("get", f"{show(phone)}/matches")[1]["total"] == 0
    assert written() == []


def test_one_question_is_written_down_once_however_its_answer_is_looked_at(
    red: Photo, add_drawing: Callable[..., Photo], bob: User
) -> None:
    add_drawing("red")
    while analysis.work_off(8):
        pass
    phone = phone_of(bob)
    address = show(phone, "red")
    first = phone.ask("get", f"{address}/matches", page_size=1)[1]
    phone.get(first["next"])
    phone.ask("get", f"{address}/matches", order="newest")
    phone.ask("get", f"{address}/groups")
    assert len(written()) == 1
    phone.ask("get", f"{address}/matches", strictness="strict")
    phone.ask("get", f"{address}/matches", name="no")
    assert [row[3:] for row in written()] == [("normal", 2), ("strict", 2), ("normal", 0)]


def test_what_was_searched_with_is_told_by_its_kind(red: Photo, alice: User) -> None:
    face = red.faces.get()
    anna = identities.open_person_of([face], alice, "Anna")[1]
    phone = phone_of(alice)
    phone.ask("get", f"{show(phone, face=face.pk)}/matches")
    phone.ask("get", f"{show(phone, photo_id=red.pk)}/matches", strictness="wide")
    phone.ask("get", "/matches", person=anna.pk)
    assert [row[2] for row in written()] == ["face", "photo", "persons"]


def test_a_search_is_written_down_in_all_galleries_that_were_searched_and_in_no_other(
    red: Photo, gallery: Gallery, alice: User, mallory: User
) -> None:
    other = Gallery.create_owned_by(alice, "Other")
    Gallery.create_owned_by(mallory, "Hers")
    album = other.albums.create(name="Party")
    phone = phone_of(alice)
    address = f"{show(phone, 'red')}/matches"
    phone.ask("get", address)
    assert {(row[0], row[4]) for row in written()} == {(gallery.pk, 1), (other.pk, 0)}
    SearchRecord.objects.all().delete()
    phone.ask("get", address, gallery=gallery.pk)
    phone.ask("get", address, album=album.pk)
    assert [row[0] for row in written()] == [gallery.pk, other.pk]


def test_owners_see_who_searched_and_nobody_else_does(
    red: Photo, gallery: Gallery, alice: User, bob: User, mallory: User
) -> None:
    phone = phone_of(bob)
    phone.ask("get", f"{show(phone, 'red')}/matches")
    address = f"/galleries/{gallery.pk}/searches"
    status, page = phone_of(alice).ask("get", address)
    assert status == 200
    [row] = page["results"]
    assert set(row) == {"id", "user", "searched_at", "kind", "strictness", "hits"}
    assert (row["user"], row["kind"], row["hits"]) == ("bob", "picture", 1)
    for other in (bob, mallory):
        assert phone_of(other).ask("get", address)[0] == 404


def test_the_page_of_searches_is_the_owners_alone(
    red: Photo,
    gallery: Gallery,
    alice: User,
    bob: User,
    mallory: User,
    signed_in: Callable[[User], Client],
) -> None:
    phone = phone_of(bob)
    phone.ask("get", f"{show(phone, 'red')}/matches")
    address = reverse("gallery-searches", args=[gallery.pk])
    assert "bob A picture of their own, normal 1 photo" in text_of(signed_in(alice).get(address))
    settings_page = signed_in(alice).get(reverse("gallery-settings", args=[gallery.pk]))
    assert address in settings_page.content.decode()
    for other in (bob, mallory):
        assert signed_in(other).get(address).status_code == 404


def test_a_long_log_comes_by_pages(
    gallery: Gallery,
    alice: User,
    bob: User,
    signed_in: Callable[[User], Client],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    SearchRecord.objects.bulk_create(
        SearchRecord(gallery=gallery, user=bob, kind="picture", strictness="wide", hits=number)
        for number in range(100, 140)
    )
    client, address = signed_in(alice), reverse("gallery-searches", args=[gallery.pk])
    with django_assert_max_num_queries(6):
        first = text_of(client.get(address))
    assert "139 photos" in first
    assert "100 photos" not in first
    assert "100 photos" in text_of(client.get(address, {"page": 2}))


def test_an_administrator_reads_the_log_of_galleries_that_are_theirs(
    gallery: Gallery, alice: User, bob: User, signed_in: Callable[[User], Client]
) -> None:
    SearchRecord.objects.create(gallery=gallery, user=bob, kind="face", strictness="wide", hits=7)
    address = reverse("admin:search_searchrecord_changelist")
    for user, seen in ((alice, True), (bob, False)):
        User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
        page = signed_in(User.objects.get(pk=user.pk)).get(address)
        assert page.status_code == 200
        assert ('field-hits">7<' in page.content.decode()) is seen
    assert (
        signed_in(User.objects.get(pk=alice.pk))
        .get(reverse("admin:search_searchrecord_add"))
        .status_code
        == 403
    )


def test_the_log_is_forgotten_after_the_days_that_are_set(
    gallery: Gallery, bob: User, settings: Settings
) -> None:
    settings.LIKENESS_SEARCH_LOG_DAYS = 30
    for days in (29, 31):
        row = SearchRecord.objects.create(gallery=gallery, user=bob, hits=days)
        day = timezone.now() - timedelta(days=days)
        SearchRecord.objects.filter(pk=row.pk).update(searched_at=day)
    tasks.forget_searches()
    assert [row.hits for row in SearchRecord.objects.all()] == [29]


def test_what_a_user_searched_stays_without_them(red: Photo, bob: User) -> None:
    phone = phone_of(bob)
    phone.ask("get", f"{show(phone, 'red')}/matches")
    bob.delete()
    assert [row[1] for row in written()] == [None]
