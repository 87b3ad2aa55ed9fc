"""Training by token: asked for, watched, put to use and rolled back, by editors."""

import pytest
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from galleries.models import Classifier, Gallery, Membership, Person, Role
from galleries.training import versions, work
from galleries.training.lessons import TOO_FEW_ALBUMS, TOO_FEW_PEOPLE
from tests.galleries.classifiers import FACES, add_person, train, use
from tests.phones import NO_CLASSIFIER, NO_GALLERY, ONLY_LOOK, Phone, phone_of

State = Classifier.State
GONE = {"detail": "This version is not there any more. Choose another one."}


@pytest.fixture
def people(gallery: Gallery) -> list[Person]:
    return [add_person(gallery, name) for name in ("Ann", "Ben", "=Cleo()")]


@pytest.fixture
def door(gallery: Gallery) -> str:
    return f"/galleries/{gallery.pk}/classifiers"


def test_a_classifier_is_trained_watched_and_put_to_use(
    people: list[Person],
    phone: Phone,
    door: str,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rung: list[bool] = []
    monkeypatch.setattr("galleries.tasks.ring_for_trainings", lambda: rung.append(True))
    with django_capture_on_commit_callbacks(execute=True):
        status, asked = phone.ask("post", door, task="faces")
    assert (status, asked["state"], asked["asked_by"], asked["figures"]) == (
        *(202, "queued", "alice"),
        None,
    )
    assert rung == [True]
    own = f"/classifiers/{asked['id']}"
    Classifier.objects.update(percent=42)
    assert phone.ask("get", own)[1]["percent"] == 42
    assert phone.ask("post", f"{own}/promote") == (409, GONE)

    work.work_off()

    _, ready = phone.ask("get", own)
    assert (ready["state"], ready["promoted"], ready["problem"]) == ("done", False, "")
    assert ready["figures"]["classes"] == 3
    assert ready["accuracy"] == ready["figures"]["ways"][0]["accuracy"]["test"]
    assert set(ready["curve"][0]) == {
        *("phase", "step", "loss", "accuracy", "validation_loss", "validation_accuracy")
    }
    assert phone.ask("post", f"{own}/promote")[1]["promoted"] is True
    assert Classifier.objects.promoted().get().pk == asked["id"]
    assert phone.ask("post", f"{own}/retire")[1]["promoted"] is False
    assert not Classifier.objects.promoted().exists()


def test_one_rolls_back_to_an_older_version(
    people: list[Person], phone: Phone, door: str, gallery: Gallery
) -> None:
    old, new = train(gallery), use(gallery)
    phone.ask("post", f"/classifiers/{old.pk}/promote")
    _, page = phone.ask("get", door)
    assert [(row["version"], row["promoted"]) for row in page["results"]] == [
        (new.version, False),
        (old.version, True),
    ]


def test_a_training_is_cancelled_and_one_that_is_done_stays(
    people: list[Person], phone: Phone, gallery: Gallery
) -> None:
    done = train(gallery)
    waiting = versions.ask(gallery, FACES, None)
    assert phone.ask("post", f"/classifiers/{waiting.pk}/cancel")[1]["state"] == "cancelled"
    assert phone.ask("post", f"/classifiers/{done.pk}/cancel")[1]["state"] == "done"
    assert not work.work_off()


def test_one_training_of_a_task_runs_at_a_time(phone: Phone, door: str) -> None:
    _, first = phone.ask("post", door, task="faces")
    assert phone.ask("post", door, task="faces")[1]["id"] == first["id"]
    assert phone.ask("post", door, task="images")[1]["id"] != first["id"]


@pytest.mark.parametrize(
    ("task", "problem"), [("faces", TOO_FEW_PEOPLE), ("images", TOO_FEW_ALBUMS)]
)
def test_what_cannot_be_learnt_from_says_the_sentence_of_the_page(
    phone: Phone, door: str, task: str, problem: str, drawing_scenes: set[str]
) -> None:
    from galleries import scenes

    scenes.register()
    _, asked = phone.ask("post", door, task=task)
    work.work_off()
    _, failed = phone.ask("get", f"/classifiers/{asked['id']}")
    assert (failed["state"], failed["problem"]) == ("failed", problem)


def test_the_classic_way_is_refused_where_it_cannot_be_gone(
    phone: Phone, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "galleries.serializers.classifiers.backbone_for_comparison"
    monkeypatch.setattr(path, lambda: None)
    status, answer = phone.ask("post", door, task="faces", compare=True)
    assert status == 400
    assert answer["compare"][0].startswith("The classic way needs the weights of a backbone")
    assert not Classifier.objects.exists()


@pytest.mark.parametrize("body", [{}, {"task": "cats"}, {"task": ["faces"]}])
def test_a_task_has_to_be_named(phone: Phone, door: str, body: dict[str, object]) -> None:
    status, answer = phone.ask("post", door, **body)
    assert (status, answer["detail"].split(":")[0]) == (400, "task")


def test_tables_are_for_spreadsheets_that_run_nothing(
    people: list[Person], phone: Phone, gallery: Gallery
) -> None:
    classifier = train(gallery)
    for kind in ("classes", "confusion"):
        answer = phone.get(
            f"/api/v1/classifiers/{classifier.pk}/{kind}.csv", headers={"accept": "text/csv"}
        )
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Vary"].count("Authorization") == 1
        assert "'=Cleo()" in answer.content.decode()


def test_figures_of_what_is_not_trained_do_not_exist(phone: Phone, gallery: Gallery) -> None:
    classifier = versions.ask(gallery, FACES, None)
    for kind in ("classes", "confusion"):
        assert phone.ask("get", f"/classifiers/{classifier.pk}/{kind}.csv")[0] == 404
    _, page = phone.ask("get", f"/classifiers/{classifier.pk}/classes")
    assert page["results"] == []


def test_to_viewers_and_strangers_classifiers_do_not_exist(
    people: list[Person], gallery: Gallery, door: str, bob: User, mallory: User
) -> None:
    classifier = train(gallery)
    for user, refusal in ((bob, (403, ONLY_LOOK)), (mallory, (404, NO_GALLERY))):
        phone = phone_of(user)
        assert phone.ask("get", door) == refusal
        assert phone.ask("post", door, task="faces") == refusal
        for method, end in (
            *(("get", end) for end in ("", "/classes", "/classes.csv", "/confusion.csv")),
            *(("post", end) for end in ("/promote", "/retire", "/cancel")),
        ):
            address = f"/classifiers/{classifier.pk}{end}"
            assert phone.ask(method, address) == (404, NO_CLASSIFIER)
    assert Classifier.objects.count() == 1
    assert not Classifier.objects.promoted().exists()
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    assert phone_of(bob).ask("get", door)[0] == 200


def test_weights_and_vectors_are_in_no_answer(
    people: list[Person], phone: Phone, gallery: Gallery, door: str
) -> None:
    classifier = use(gallery)
    for address in (door, f"/classifiers/{classifier.pk}"):
        text = phone.get(f"/api/v1{address}").content.decode()
        assert classifier.file not in text
        assert '"file"' not in text
        assert "label_digest" not in text


def test_lists_take_as_many_queries_for_one_row_as_for_many(
    gallery: Gallery,
    phone: Phone,
    door: str,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(6):
        add_person(gallery, f"Person {number}", faces=3)
    trained = [train(gallery, alice) for _ in range(3)]
    with django_assert_max_num_queries(5):
        _, page = phone.ask("get", door, task="faces")
    assert len(page["results"]) == 3
    assert phone.ask("get", door, task="images")[1]["results"] == []
    with django_assert_max_num_queries(5):
        _, page = phone.ask("get", f"/classifiers/{trained[0].pk}/classes")
    assert page["count"] == 6
    assert {row["name"] for row in page["results"]} == {f"Person {n}" for n in range(6)}
    _, page = phone.ask("get", f"/classifiers/{trained[0].pk}/classes", page_size="4")
    assert len(phone.get(page["next"]).json()["results"]) == 2
