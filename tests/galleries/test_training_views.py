"""The pages of classifiers: from the question to the version in use."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries.models import Classifier, Gallery, Membership, Person, Role, SceneModel
from galleries.training import versions, work
from tests.galleries.classifiers import FACES, add_album, add_person, train, use, use_albums

SignIn = Callable[[User], Client]
State = Classifier.State


@pytest.fixture
def people(gallery: Gallery) -> list[Person]:
    return [add_person(gallery, name) for name in ("Ann", "Ben", "=Cleo()")]


def test_the_page_leads_from_the_question_to_the_version_in_use(
    people: list[Person], gallery: Gallery, alices: Client
) -> None:
    page = reverse("training", args=[gallery.pk])
    assert "Train" in alices.get(page).content.decode()
    asked = alices.post(reverse("training-ask", args=[gallery.pk]), {"task": "faces"}, follow=True)
    assert "Waiting for a worker" in asked.content.decode()
    classifier = Classifier.objects.get()
    own = reverse("classifier", args=[classifier.pk])
    work.work_off()
    ready = alices.get(own).content.decode()
    assert "Use this version" in ready
    assert "Class by class" in ready
    assert "<polyline" in ready

    decide = reverse("classifier-decide", args=[classifier.pk])
    used = alices.post(decide, {"do": "promote"}, follow=True).content.decode()
    assert "Version 1 is in use now." in used
    assert "In use" in alices.get(page).content.decode()
    alices.post(decide, {"do": "retire"})
    assert not Classifier.objects.promoted().exists()


def test_people_are_offered_first_once_some_have_a_name(gallery: Gallery, alices: Client) -> None:
    def chosen() -> list[str]:
        page = alices.get(reverse("training", args=[gallery.pk])).content.decode()
        return re.findall(r'name="task"\s+value="(\w+)"\s+checked', page)

    assert chosen() == ["images"]
    add_person(gallery, "Ann")
    assert chosen() == ["faces"]


def test_one_rolls_back_to_an_older_version_from_its_page(
    people: list[Person], gallery: Gallery, alices: Client
) -> None:
    old, new = train(gallery), use(gallery)
    own = reverse("classifier", args=[old.pk])
    assert "Roll back to this version" in alices.get(own).content.decode()
    alices.post(reverse("classifier-decide", args=[old.pk]), {"do": "promote"})
    assert list(Classifier.objects.promoted()) == [old]
    page = alices.get(reverse("classifier", args=[new.pk])).content.decode()
    assert "Use this version" in page


def test_progress_is_shown_until_the_training_ends(
    people: list[Person], gallery: Gallery, alices: Client
) -> None:
    classifier = versions.ask(gallery, FACES, None)
    state = reverse("classifier-state", args=[classifier.pk])
    Classifier.objects.update(state=State.RUNNING, percent=42)
    assert "Being trained: 42 %." in alices.get(state).content.decode()
    Classifier.objects.update(state=State.DONE)
    assert alices.get(state).headers["HX-Refresh"] == "true"


def test_figures_of_classes_say_of_which_examples_they_are(
    gallery: Gallery, people: list[Person], alices: Client
) -> None:
    page = alices.get(reverse("classifier", args=[train(gallery).pk])).content.decode()
    assert "Asked were all examples that were not learnt from" in page


def test_a_training_is_cancelled_from_its_page(
    people: list[Person], gallery: Gallery, alices: Client
) -> None:
    classifier = versions.ask(gallery, FACES, None)
    decide = reverse("classifier-decide", args=[classifier.pk])
    said = alices.post(decide, {"do": "cancel"}, follow=True).content.decode()
    assert "The training is cancelled." in said
    assert not work.work_off()


def test_the_page_says_why_nothing_was_trained(gallery: Gallery, alices: Client) -> None:
    classifier = train(gallery)
    page = alices.get(reverse("classifier", args=[classifier.pk])).content.decode()
    assert classifier.problem in page


def test_tables_are_for_spreadsheets_that_run_nothing(
    people: list[Person], gallery: Gallery, alices: Client
) -> None:
    classifier = train(gallery)
    for kind in ("classes", "confusion"):
        answer = alices.get(reverse("classifier-table", args=[classifier.pk, kind]))
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        text = answer.content.decode()
        assert "Ann" in text
        assert "'=Cleo()" in text
    missing = reverse("classifier-table", args=[classifier.pk, "weights"])
    assert alices.get(missing).status_code == 404


def test_only_editors_train_and_see_classifiers(
    people: list[Person],
    gallery: Gallery,
    bob: User,
    mallory: User,
    signed_in: SignIn,
) -> None:
    classifier = train(gallery)
    for user in (bob, mallory):
        browser = signed_in(user)
        ask = reverse("training-ask", args=[gallery.pk])
        assert browser.get(reverse("training", args=[gallery.pk])).status_code == 404
        assert browser.post(ask, {"task": "faces"}).status_code == 404
        for name in ("classifier", "classifier-state"):
            assert browser.get(reverse(name, args=[classifier.pk])).status_code == 404
        decide = reverse("classifier-decide", args=[classifier.pk])
        assert browser.post(decide, {"do": "promote"}).status_code == 404
        table = reverse("classifier-table", args=[classifier.pk, "classes"])
        assert browser.get(table).status_code == 404
    assert Classifier.objects.count() == 1
    assert not Classifier.objects.promoted().exists()
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    assert signed_in(bob).get(reverse("classifier", args=[classifier.pk])).status_code == 200


def test_weights_and_vectors_are_in_no_page(
    people: list[Person], gallery: Gallery, alices: Client
) -> None:
    classifier = use(gallery)
    page = alices.get(reverse("classifier", args=[classifier.pk])).content.decode()
    assert classifier.file not in page
    assert alices.get(f"/media/{classifier.file}").status_code == 404


def test_many_classes_are_paged_and_cost_no_more_queries(
    gallery: Gallery,
    alices: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(40):
        add_person(gallery, f"Person {number}", faces=3)
    classifier = train(gallery)
    page = reverse("classifier", args=[classifier.pk])
    with django_assert_max_num_queries(16):
        text = alices.get(page).content.decode()
    assert "Page 1 of 2" in text
    assert text.count('<th scope="row"><a') + text.count('href="/person/') >= 30
    with django_assert_max_num_queries(14):
        alices.get(reverse("training", args=[gallery.pk]))


def test_a_classifier_of_albums_says_that_it_does_not_know_new_photos(
    gallery: Gallery, alices: Client
) -> None:
    for name in ("Sea", "Fair"):
        add_album(gallery, name)
    page = reverse("classifier", args=[use_albums(gallery).pk])
    assert "another backbone" not in alices.get(page).content.decode()
    SceneModel.objects.create(key="new-1", backbone="new", dimensions=256).make_default()
    assert "another backbone" in alices.get(page).content.decode()
