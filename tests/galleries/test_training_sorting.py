"""The classifier of albums in use says where photos may belong, and forgets it when it is not."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from accounts.models import User
from faceengine.training.regression import Floats
from galleries import albums, filling, scenes, tasks
from galleries.models import (
    Album,
    AlbumGuess,
    AlbumPhoto,
    Classifier,
    Gallery,
    Photo,
    PhotoVector,
    Sorting,
)
from galleries.training import sorting, versions
from galleries.training.versions import VersionGoneError
from tests.faces import analyse_everything
from tests.galleries.classifiers import (
    add_album,
    add_person,
    add_seen,
    centre_of,
    scene_model,
    train_albums,
    use,
    use_albums,
)

AddDrawing = Callable[..., Photo]


@pytest.fixture
def sea(gallery: Gallery) -> Album:
    add_album(gallery, "Fair")
    return add_album(gallery, "Sea")


@pytest.fixture
def drawn(
    gallery: Gallery, drawing_scenes: set[str], drawing_engine: None, add_drawing: AddDrawing
) -> dict[str, Album]:
    """Albums of drawings of one colour each."""
    scenes.register()
    made = {}
    for colour in ("red", "blue"):
        made[colour] = Album.objects.create(gallery=gallery, name=colour)
        albums.put(made[colour], [add_drawing(colour, colour) for _ in range(6)])
    analyse_everything()
    return made


def guessed(album: Album) -> set[int]:
    return set(AlbumGuess.objects.filter(album=album).standing().values_list("photo", flat=True))


def like_nothing() -> NDArray[np.float32]:
    """The opposite of what any album looks like."""
    vector = -centre_of("Sea") - centre_of("Fair")
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def test_a_photo_that_looks_like_those_of_an_album_may_belong_there(
    gallery: Gallery, sea: Album
) -> None:
    wave, stranger = add_seen(gallery, "Sea"), add_seen(gallery, "Moon")
    PhotoVector.objects.filter(photo=stranger).update(vector=like_nothing())
    use_albums(gallery)
    assert guessed(sea) == {wave.pk}
    assert not AlbumGuess.objects.filter(photo=stranger).exists()
    assert not AlbumGuess.objects.filter(photo__albums=sea).exists()
    (guess,) = AlbumGuess.objects.filter(album=sea).standing()
    assert sorting.LEAST_PROBABILITY <= guess.probability <= 1


def test_photos_of_another_gallery_are_not_judged(gallery: Gallery, sea: Album) -> None:
    other = Gallery.objects.create(name="Other", model=gallery.model)
    foreign = add_seen(other, "Sea")
    use_albums(gallery)
    assert not AlbumGuess.objects.filter(photo=foreign).exists()


def test_many_photos_are_judged_in_steps(
    gallery: Gallery, sea: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    waves = {add_seen(gallery, "Sea").pk for _ in range(9)}
    monkeypatch.setattr(sorting, "PHOTOS_AT_ONCE", 4)
    versions.promote(train_albums(gallery))
    assert sorting.work_off()
    assert 0 < Sorting.objects.get().last_photo < min(waves)
    while sorting.work_off():
        assert Sorting.objects.get().last_photo
    assert guessed(sea) == waves


def test_a_step_that_another_worker_took_is_stored_once(
    gallery: Gallery, sea: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_seen(gallery, "Sea")
    versions.promote(train_albums(gallery))
    guess = sorting.Judge.guess

    def be_overtaken(by: sorting.Judge, vectors: Mapping[int, Floats]) -> dict[int, sorting.Guess]:
        monkeypatch.setattr(sorting.Judge, "guess", guess)
        while sorting.work_off():
            pass
        return guess(by, vectors)

    monkeypatch.setattr(sorting.Judge, "guess", be_overtaken)
    sorting.work_off()
    assert AlbumGuess.objects.filter(album=sea).standing().count() == 1
    assert Sorting.objects.get().is_done


def test_guesses_go_with_the_version_that_made_them(gallery: Gallery, sea: Album) -> None:
    add_seen(gallery, "Sea")
    classifier = use_albums(gallery)
    versions.retire(classifier)
    assert not AlbumGuess.objects.exists()
    assert not sorting.work_off()


def test_another_version_judges_all_photos_anew(gallery: Gallery, sea: Album) -> None:
    wave = add_seen(gallery, "Sea")
    use_albums(gallery)
    newer = use_albums(gallery)
    assert set(Sorting.objects.values_list("classifier", flat=True)) == {newer.pk}
    assert guessed(sea) == {wave.pk}


def test_guesses_stay_when_another_version_is_not_used(gallery: Gallery, sea: Album) -> None:
    wave = add_seen(gallery, "Sea")
    older = train_albums(gallery)
    use_albums(gallery)
    versions.retire(older)
    assert guessed(sea) == {wave.pk}


def test_a_classifier_of_persons_leaves_albums_alone(gallery: Gallery, sea: Album) -> None:
    wave = add_seen(gallery, "Sea")
    use_albums(gallery)
    for name in ("Ann", "Ben"):
        add_person(gallery, name)
    versions.retire(use(gallery))
    assert guessed(sea) == {wave.pk}


def test_a_new_photo_is_judged_as_it_is_looked_at(
    gallery: Gallery, drawn: dict[str, Album], add_drawing: AddDrawing
) -> None:
    use_albums(gallery)
    assert not guessed(drawn["red"])
    new = add_drawing("red", "red")
    analyse_everything()
    assert guessed(drawn["red"]) == {new.pk}


def test_a_photo_that_waited_for_its_backbone_is_judged_then(
    gallery: Gallery,
    drawing_scenes: set[str],
    drawn: dict[str, Album],
    add_drawing: AddDrawing,
) -> None:
    use_albums(gallery)
    drawing_scenes.clear()
    late = add_drawing("blue", "blue")
    analyse_everything()
    assert not guessed(drawn["blue"])
    drawing_scenes.add("efficientnetb0")
    while filling.work_off(8):
        pass
    assert guessed(drawn["blue"]) == {late.pk}


def test_a_photo_that_looks_otherwise_now_is_judged_anew(gallery: Gallery, sea: Album) -> None:
    wave = add_seen(gallery, "Sea")
    use_albums(gallery)
    sorting.judge(wave, {scene_model(): like_nothing()})
    assert not guessed(sea)


def test_a_photo_in_the_album_is_not_offered(gallery: Gallery, sea: Album) -> None:
    wave = add_seen(gallery, "Sea")
    use_albums(gallery)
    AlbumPhoto.objects.create(gallery=gallery, album=sea, photo=wave)
    assert not guessed(sea)


def test_an_album_that_is_gone_takes_its_guesses_along(gallery: Gallery, sea: Album) -> None:
    wave = add_seen(gallery, "Sea")
    use_albums(gallery)
    sea.delete()
    assert not AlbumGuess.objects.filter(photo=wave).exists()
    sorting.judge(wave, {scene_model(): centre_of("Sea")})
    assert not AlbumGuess.objects.filter(photo=wave).exists()


def test_a_no_holds_for_the_next_version(gallery: Gallery, sea: Album, alice: User) -> None:
    wave = add_seen(gallery, "Sea")
    use_albums(gallery)
    albums.refuse(sea, [wave], alice)
    assert not guessed(sea)
    use_albums(gallery)
    assert not guessed(sea)


def test_a_file_that_is_gone_ends_the_work(gallery: Gallery, sea: Album) -> None:
    add_seen(gallery, "Sea")
    classifier = train_albums(gallery)
    versions.promote(classifier)
    Classifier.objects.filter(pk=classifier.pk).update(file="nowhere.npz")
    assert sorting.work_off()
    assert not sorting.work_off()
    assert not AlbumGuess.objects.exists()


def test_a_version_that_cannot_tell_what_belongs_nowhere_is_not_used(
    gallery: Gallery, sea: Album
) -> None:
    classifier = train_albums(gallery)
    Classifier.objects.filter(pk=classifier.pk).update(figures={})
    with pytest.raises(VersionGoneError, match="Train again"):
        versions.promote(classifier)


def test_the_worker_is_rung_for_photos_that_wait_to_be_judged(
    gallery: Gallery, sea: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(tasks, "_send", lambda task: rung.append(task.name))
    wave = add_seen(gallery, "Sea")
    versions.promote(train_albums(gallery))
    tasks.ring()
    assert "galleries.tasks.sort" in rung
    tasks.sort()
    assert guessed(sea) == {wave.pk}
    rung.clear()
    tasks.ring()
    assert "galleries.tasks.sort" not in rung
