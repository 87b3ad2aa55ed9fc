"""Results by person: whom the photos show, as Alice, Bob and Mallory."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import analysis, identities
from galleries.models import Person, Photo
from search import probes
from search.asking import Asked
from search.grouping import BEST_OF_GROUP, Groups, groups_of, of_person
from search.pages import Order
from search.queries import Finding, find
from search.scope import Scope
from tests.drawings import draw

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddPhoto = Callable[..., Photo]


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def name(photo: Photo, called: str, user: User) -> Person:
    return identities.open_person_of([photo.faces.get()], user, called)[1]


def findings_of(user: User, *colours: str) -> list[Finding]:
    faces = [face for face in probes.look_at(draw(*colours), user).faces if face.is_usable]
    return find(Scope(user), Asked(Scope(user), faces).question)


def counts(groups: Groups) -> dict[str, int]:
    return {str(group.person or "nobody"): group.photo_count for group in groups.groups}


@pytest.fixture
def crowd(add_drawing: AddPhoto, alice: User) -> dict[str, Photo]:
    """Anna is red and Ben is blue; green is nobody."""
    scenes = ("red", "blue", "green", "red blue", "red green")
    photos = {scene: add_drawing(*scene.split()) for scene in scenes}
    analyse_everything()
    anna, ben = name(photos["red"], "Anna", alice), name(photos["blue"], "Ben", alice)
    for scene, place, person in (
        ("red blue", 0, anna),
        ("red blue", 1, ben),
        ("red green", 0, anna),
    ):
        identities.move_faces([photos[scene].faces.order_by("left")[place]], person, alice)
    return photos


def test_each_person_is_found_with_the_number_of_their_photos_and_nobody_comes_last(
    crowd: dict[str, Photo], bob: User
) -> None:
    groups = groups_of(Scope(bob), findings_of(bob, "red", "blue", "green"))
    assert counts(groups) == {"Anna": 3, "Ben": 2, "nobody": 2}
    assert groups.groups[-1].person is None
    assert (groups.total, groups.next, groups.previous) == (3, None, None)


def test_a_group_shows_the_faces_of_its_person(crowd: dict[str, Photo], alice: User) -> None:
    groups = groups_of(Scope(alice), findings_of(alice, "red", "blue"))
    for group in groups.groups:
        assert {match.face.person for match in group.best} == {group.person}


def test_a_group_can_be_seen_whole(crowd: dict[str, Photo], alice: User) -> None:
    findings = findings_of(alice, "red", "blue", "green")
    ben = crowd["blue"].faces.get().person_id
    assert {found.photo for found in of_person(findings, ben)} == {
        crowd["blue"].pk,
        crowd["red blue"].pk,
    }
    assert {found.photo for found in of_person(findings, None)} == {
        crowd["green"].pk,
        crowd["red green"].pk,
    }


def test_a_group_shows_its_best_photos_and_counts_all(add_drawing: AddPhoto, alice: User) -> None:
    for _ in range(BEST_OF_GROUP + 2):
        add_drawing("red")
    analyse_everything()
    (group,) = groups_of(Scope(alice), findings_of(alice, "red")).groups
    assert (len(group.best), group.photo_count) == (BEST_OF_GROUP, BEST_OF_GROUP + 2)


def test_groups_come_page_by_page_forth_and_back(crowd: dict[str, Photo], alice: User) -> None:
    findings = findings_of(alice, "red", "blue", "green")
    scope = Scope(alice)
    first = groups_of(scope, findings, limit=1)
    second = groups_of(scope, findings, limit=1, cursor=first.next)
    third = groups_of(scope, findings, limit=1, cursor=second.next)
    pages = [first, second, third]
    assert {name for page in pages for name in counts(page)} == {"Anna", "Ben", "nobody"}
    assert third.next is None
    assert counts(groups_of(scope, findings, limit=1, cursor=third.previous)) == counts(second)
    assert counts(groups_of(scope, findings, limit=1, cursor=second.previous)) == counts(first)


def test_the_person_of_the_newest_photo_comes_first_by_date(
    crowd: dict[str, Photo], alice: User
) -> None:
    for year, scene in ((2001, "red"), (2003, "blue")):
        day = datetime(year, 1, 1, tzinfo=UTC)
        Photo.objects.filter(pk=crowd[scene].pk).update(taken_at=day)
    findings = findings_of(alice, "red", "blue", "green")
    newest = groups_of(Scope(alice), findings, order=Order.NEWEST)
    assert [*counts(newest)] == ["Ben", "Anna", "nobody"]
    oldest = groups_of(Scope(alice), findings, order=Order.OLDEST)
    assert [*counts(oldest)] == ["Anna", "Ben", "nobody"]


def test_who_sees_nothing_has_no_groups(crowd: dict[str, Photo], mallory: User) -> None:
    groups = groups_of(Scope(mallory), findings_of(mallory, "red"))
    assert (groups.groups, groups.total) == ((), 0)


def test_many_groups_take_as_many_queries_as_one(
    crowd: dict[str, Photo],
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    findings = findings_of(alice, "red", "blue", "green")
    with django_assert_max_num_queries(1):
        assert len(groups_of(Scope(alice), findings).groups) == 3
