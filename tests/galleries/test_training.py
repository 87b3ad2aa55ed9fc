"""Classifiers in the making: what they learn, one at a time, and none lost with its worker."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from faceengine.training import ways
from faceengine.training.store import head_from_bytes
from galleries import purging, removal, tasks
from galleries.models import (
    Album,
    AlbumPhoto,
    Classifier,
    Gallery,
    Person,
    PhotoVector,
    SceneModel,
)
from galleries.training import lessons, versions, work
from galleries.training.versions import VersionGoneError
from tests.galleries.classifiers import (
    FACES,
    add_face,
    add_person,
    add_photo,
    centre_of,
    train,
    use,
)

State = Classifier.State
Committing = DjangoCaptureOnCommitCallbacks


@pytest.fixture
def people(gallery: Gallery) -> list[Person]:
    return [add_person(gallery, name) for name in ("Ann", "Ben", "Cleo")]


def test_a_classifier_learns_the_confirmed_people_and_says_how_good_it_is(
    people: list[Person], gallery: Gallery, alice: User
) -> None:
    classifier = train(gallery, alice)
    assert classifier.state == State.DONE
    assert classifier.accuracy == 1.0
    assert classifier.example_count == 36
    assert sum(classifier.figures["parts"].values()) == 36
    assert {label.person for label in classifier.labels.all()} == set(people)
    assert all(label.learnt_from >= 6 for label in classifier.labels.all())
    assert len(classifier.curve) > 3
    with default_storage.open(classifier.file) as file:
        head = head_from_bytes(file.read(), gallery.model.key)
    assert set(head.names) == {str(person.pk) for person in people}


def test_what_the_matcher_thinks_and_who_is_hidden_is_not_learnt(
    people: list[Person], gallery: Gallery
) -> None:
    guessed = Person.objects.create(gallery=gallery, name="Dora")
    for _ in range(4):
        add_face(gallery, "Dora", guessed, by="matcher")
    hidden = add_person(gallery, "Emil")
    Person.objects.filter(pk=hidden.pk).update(is_hidden=True)
    other = Gallery.objects.create(name="Other", model=gallery.model)
    add_person(other, "Fay")
    labels = train(gallery).labels.values_list("person", flat=True)
    assert set(labels) == {person.pk for person in people}


def test_too_few_confirmed_faces_are_a_sentence(gallery: Gallery) -> None:
    add_person(gallery, "Ann")
    add_person(gallery, "Ben", faces=1)
    classifier = train(gallery)
    assert classifier.state == State.FAILED
    assert classifier.problem == lessons.TOO_FEW_PEOPLE
    assert not classifier.file


def test_two_faces_of_one_photo_are_never_in_two_parts(gallery: Gallery) -> None:
    ann, ben = add_person(gallery, "Ann", 8), add_person(gallery, "Ben", 8)
    for person in (ann, ben):
        twin = add_face(gallery, person.name, person)
        first = person.faces.order_by("pk")[0]
        twin.photo = first.photo
        twin.save()
    lesson = lessons.lesson_of(versions.ask(gallery, FACES, None))
    for places in lesson.material.split.parts.values():
        inside = {lesson.examples[place].photo for place in places}
        outside = {one.photo for one in lesson.examples} - inside
        counted = [one for one in lesson.examples if one.photo in inside]
        assert len(counted) == len(places)
        assert not inside & outside


def test_albums_are_learnt_from_photos_that_lie_in_one_only(gallery: Gallery) -> None:
    model = SceneModel.objects.create(
        key="drawn-1", backbone="drawn", dimensions=256, is_default=True
    )
    albums = [Album.objects.create(gallery=gallery, name=name) for name in ("Sea", "Fair")]
    for album in albums:
        for _ in range(10):
            photo = add_photo(gallery)
            AlbumPhoto.objects.create(gallery=gallery, album=album, photo=photo)
            vector = centre_of(album.name) + 0.01 * centre_of(str(photo.pk))
            PhotoVector.objects.create(gallery=gallery, photo=photo, model=model, vector=vector)
    shared = AlbumPhoto.objects.filter(album=albums[0]).order_by("pk")[0].photo
    AlbumPhoto.objects.create(gallery=gallery, album=albums[1], photo=shared)
    classifier = versions.ask(gallery, Classifier.Task.IMAGES, None)
    work.work_off()
    classifier.refresh_from_db()
    assert classifier.state == State.DONE, classifier.problem
    assert classifier.example_count == 19
    assert classifier.accuracy == 1.0
    assert {label.album for label in classifier.labels.all()} == set(albums)


def test_without_a_backbone_albums_cannot_be_learnt_and_the_sentence_says_so(
    gallery: Gallery,
) -> None:
    classifier = versions.ask(gallery, Classifier.Task.IMAGES, None)
    work.work_off()
    classifier.refresh_from_db()
    assert (classifier.state, classifier.problem) == (State.FAILED, lessons.NO_BACKBONE)


def test_one_training_of_a_kind_is_open_and_versions_are_counted(
    people: list[Person], gallery: Gallery, alice: User
) -> None:
    first = versions.ask(gallery, FACES, alice)
    assert versions.ask(gallery, FACES, alice) == first
    work.work_off()
    second = versions.ask(gallery, FACES, alice)
    assert (first.version, second.version) == (1, 2)


def test_a_killed_worker_is_followed_by_another_and_given_up_after_three(
    people: list[Person], gallery: Gallery
) -> None:
    classifier = versions.ask(gallery, FACES, None)
    for _ in range(3):
        assert work.claim() == classifier
        assert work.claim() is None
        Classifier.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert work.claim() is None
    classifier.refresh_from_db()
    assert (classifier.state, classifier.problem) == (State.FAILED, work.BROKEN_OFF)


def test_a_cancelled_training_stores_nothing(
    people: list[Person], gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = versions.ask(gallery, FACES, None)
    learn = lessons.lesson_of

    def cancel_meanwhile(of: Classifier) -> object:
        versions.cancel(of)
        return learn(of)

    monkeypatch.setattr(work, "lesson_of", cancel_meanwhile)
    work.work_off()
    classifier.refresh_from_db()
    assert (classifier.state, classifier.file) == (State.CANCELLED, "")
    assert not classifier.labels.exists()


def test_a_worker_that_was_only_slow_stores_nothing(
    people: list[Person], gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions.ask(gallery, FACES, None)
    fit = ways.fit_and_judge

    def lose_lease(*arguments: object) -> object:
        fitted = fit(*arguments)  # type: ignore[arg-type]
        Classifier.objects.update(lease=None)
        return fitted

    monkeypatch.setattr(work, "fit_and_judge", lose_lease)
    work.work_off()
    _, files = default_storage.listdir(f"{gallery.pk}/classifiers")
    assert files == []
    assert Classifier.objects.get().state == State.RUNNING


def test_one_version_is_in_use_and_one_can_roll_back(
    people: list[Person], gallery: Gallery
) -> None:
    old, new = use(gallery), use(gallery)
    assert list(Classifier.objects.promoted()) == [new]
    versions.promote(old)
    assert list(Classifier.objects.promoted()) == [old]
    versions.retire(old)
    assert not Classifier.objects.promoted().exists()


def test_what_failed_cannot_be_used(gallery: Gallery) -> None:
    with pytest.raises(VersionGoneError):
        versions.promote(train(gallery))


def test_a_purge_removes_the_weights_at_once_and_learns_anew_without_the_person(
    people: list[Person],
    gallery: Gallery,
    django_capture_on_commit_callbacks: Committing,
) -> None:
    older, old = train(gallery), use(gallery)
    with django_capture_on_commit_callbacks(execute=True):
        purging.purge_person(people[0])
    assert not default_storage.exists(older.file)
    assert not default_storage.exists(old.file)
    assert not Classifier.objects.promoted().exists()
    for row in (older, old):
        row.refresh_from_db()
        assert (row.state, row.file, row.figures) == (State.ERASED, "", {})
        with pytest.raises(VersionGoneError):
            versions.promote(row)
    assert work.work_off()
    new = Classifier.objects.promoted().get()
    assert {label.person for label in new.labels.all()} == set(people[1:])


def test_a_purge_meanwhile_makes_the_worker_begin_again(
    people: list[Person], gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions.ask(gallery, FACES, None)
    fit = ways.fit_and_judge

    def purge_meanwhile(*arguments: object) -> object:
        monkeypatch.setattr(work, "fit_and_judge", fit)
        purging.purge_person(people[0])
        return fit(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "fit_and_judge", purge_meanwhile)
    work.work_off()
    assert Classifier.objects.get().state == State.QUEUED
    work.work_off()
    labels = Classifier.objects.get().labels.values_list("person", flat=True)
    assert set(labels) == {person.pk for person in people[1:]}


def test_a_purge_of_somebody_it_does_not_know_leaves_a_classifier_alone(
    people: list[Person], gallery: Gallery
) -> None:
    used = use(gallery)
    purging.purge_person(add_person(gallery, "Gus", faces=1))
    assert list(Classifier.objects.promoted()) == [used]
    assert default_storage.exists(used.file)


def test_with_a_gallery_go_the_weights_of_all_its_versions(
    people: list[Person],
    gallery: Gallery,
    django_capture_on_commit_callbacks: Committing,
) -> None:
    files = [train(gallery).file, use(gallery).file]
    with django_capture_on_commit_callbacks(execute=True):
        removal.remove_gallery(gallery)
    assert not any(default_storage.exists(file) for file in files)


def test_weights_of_many_old_versions_are_not_kept(
    people: list[Person],
    gallery: Gallery,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Committing,
) -> None:
    monkeypatch.setattr(versions, "KEPT_VERSIONS", 2)
    with django_capture_on_commit_callbacks(execute=True):
        used = use(gallery)
        rest = [train(gallery) for _ in range(3)]
    kept = {row.pk for row in Classifier.objects.exclude(file="")}
    assert kept == {used.pk, rest[1].pk, rest[2].pk}
    _, files = default_storage.listdir(f"{gallery.pk}/classifiers")
    assert len(files) == 3


def test_a_lost_message_is_rung_again(
    people: list[Person], gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings: list[bool] = []
    monkeypatch.setattr(tasks, "ring_for_trainings", lambda: rings.append(True))
    tasks.ring()
    versions.ask(gallery, FACES, None)
    tasks.ring()
    assert rings == [True]
    tasks.train()
    assert Classifier.objects.get().state == State.DONE
