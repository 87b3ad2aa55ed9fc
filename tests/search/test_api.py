"""Searching by token: as Alice (owner), Bob (viewer) and Mallory (nobody)."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from accounts.models import User
from faceengine.faces import Weakness
from galleries import analysis, uploads
from galleries.models import Analysis, Gallery, Person, Photo
from tests.drawings import DrawingEngine, draw
from tests.phones import Phone, phone_of

FORGOTTEN = {"detail": "This picture is forgotten: it is kept for 15 minutes only. Send it again."}


@pytest.fixture
def add_analysed(drawing_engine: object, add_drawing: Callable[..., Photo]) -> Callable[..., Photo]:
    """Upload a drawing and have its faces found."""

    def add(*colours: str) -> Photo:
        photo = add_drawing(*colours)
        analyse_everything()
        photo.refresh_from_db()
        return photo

    return add


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def picture(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("query.jpg", content)


def search(phone: Phone, *colours: str, **asked: Any) -> dict[str, Any]:
    status, answer = phone.send("/search", photo=picture(draw(*colours)), **asked)
    assert status == 200, answer
    matches: dict[str, Any] = answer["matches"]
    return matches


def show(phone: Phone, *colours: str) -> str:
    """Make a probe. Returns the address of its matches."""
    status, probe = phone.send("/probes", photo=picture(draw(*colours)))
    assert status == 201, probe
    return f"/probes/{probe['token']}/matches"


def photo_ids(matches: dict[str, Any]) -> list[int]:
    return [match["photo"]["id"] for match in matches["results"]]


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_one_request_finds_all_photos_of_a_person_and_no_others(
    add_analysed: Callable[..., Photo], bob: User
) -> None:
    alone, group = add_analysed("red"), add_analysed("blue", "red")
    add_analysed("green")

    matches = search(phone_of(bob), "red")

    assert set(photo_ids(matches)) == {alone.pk, group.pk}
    assert (matches["total"], matches["next"], matches["previous"]) == (2, None, None)


def test_a_match_says_which_face_of_whom_it_is_and_how_sure_that_is(
    gallery: Gallery, add_analysed: Callable[..., Photo], bob: User
) -> None:
    photo = add_analysed("blue", "red")
    face = photo.faces.order_by("left")[1]
    face.person = Person.objects.create(gallery=gallery, name="Ann")
    face.save()

    (match,) = search(phone_of(bob), "red")["results"]

    assert set(match) == {"photo", "face", "similarity", "probability", "person", "others"}
    assert match["face"]["id"] == face.pk
    assert match["person"] == match["face"]["person"] == {"id": face.person.pk, "name": "Ann"}
    assert match["similarity"] == pytest.approx(1, abs=1e-3)
    assert 0.99 < match["probability"] <= 1
    thumbnail = phone_of(bob).get(match["photo"]["thumbnail"])
    assert thumbnail.getvalue()[8:12] == b"WEBP"


def test_what_one_may_not_see_is_never_found(
    add_analysed: Callable[..., Photo], alice: User, mallory: User
) -> None:
    add_analysed("red")
    own = Gallery.create_owned_by(mallory, "Own")
    matches = search(phone_of(mallory), "red")
    assert (matches["total"], matches["results"], matches["nearest"]) == (0, [], [])
    assert search(phone_of(mallory), "red", gallery=own.pk)["total"] == 0
    assert search(phone_of(alice), "red")["total"] == 1


def test_searching_in_a_gallery_of_others_is_404(
    gallery: Gallery, add_analysed: Callable[..., Photo], mallory: User
) -> None:
    add_analysed("red")
    Gallery.create_owned_by(mallory, "Own")
    status, answer = phone_of(mallory).send(
        "/search", photo=picture(draw("red")), gallery=gallery.pk
    )
    assert status == 404
    assert answer == {"detail": "There is no such gallery, or you are not a member of it."}


def test_a_search_can_be_kept_to_some_galleries(
    gallery: Gallery, add_analysed: Callable[..., Photo], alice: User
) -> None:
    here = add_analysed("red")
    other = Gallery.create_owned_by(alice, "Other")
    there = uploads.add_photo(other, picture(draw("red")), alice).photo
    analyse_everything()
    assert there is not None
    phone = phone_of(alice)
    assert photo_ids(search(phone, "red", gallery=other.pk)) == [there.pk]
    both = search(phone, "red", gallery=[gallery.pk, other.pk])
    assert set(photo_ids(both)) == {here.pk, there.pk}


def test_every_face_of_the_picture_is_reported_and_any_of_them_can_be_chosen(
    add_analysed: Callable[..., Photo], bob: User
) -> None:
    red, blue = add_analysed("red"), add_analysed("blue")
    phone = phone_of(bob)
    status, probe = phone.send("/probes", photo=picture(draw("blue", "red", "green")))

    assert (status, probe["width"], probe["height"]) == (201, 300, 100)
    assert [face["number"] for face in probe["faces"]] == [0, 1, 2]
    assert set(probe["faces"][0]) == {
        *("number", "box", "score", "quality", "weakness", "is_usable", "problem", "is_drawn")
    }
    assert {face["weakness"] for face in probe["faces"]} == {""}
    address = f"/probes/{probe['token']}"
    assert phone.ask("get", address) == (200, probe)
    assert photo_ids(phone.ask("get", f"{address}/matches", face=["1"])[1]) == [red.pk]
    both = phone.ask("get", f"{address}/matches", face=["0", "1"])[1]
    assert set(photo_ids(both)) == {red.pk, blue.pk}
    assert phone.ask("get", f"{address}/matches")[1]["total"] == 2


def test_a_face_that_the_picture_does_not_have_cannot_be_chosen(
    add_analysed: Callable[..., Photo], bob: User
) -> None:
    add_analysed("red")
    phone = phone_of(bob)
    status, answer = phone.ask("get", show(phone, "red"), face="7")
    assert status == 400
    assert answer["face"] == ["The picture has no face of number 7."]


def test_a_face_that_is_much_too_small_is_reported_and_cannot_be_chosen(
    add_analysed: Callable[..., Photo], bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_analysed("red")
    monkeypatch.setattr(DrawingEngine, "weakness", Weakness.TOO_SMALL)
    monkeypatch.setattr(DrawingEngine, "quality", 0.05)
    phone = phone_of(bob)
    address = show(phone, "red")

    (face,) = phone.ask("get", address.removesuffix("/matches"))[1]["faces"]
    assert not face["is_usable"]
    assert face["weakness"] == "too-small"
    assert face["problem"].startswith("This face is too small.")
    status, answer = phone.ask("get", address, face="0")
    assert (status, answer["face"]) == (400, [face["problem"]])
    assert phone.ask("get", address)[1]["total"] == 0


def test_a_weak_face_can_be_searched_with_and_says_what_is_weak(
    add_analysed: Callable[..., Photo], bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    red = add_analysed("red")
    monkeypatch.setattr(DrawingEngine, "weakness", Weakness.BLURRED)
    monkeypatch.setattr(DrawingEngine, "quality", 0.2)
    phone = phone_of(bob)
    address = show(phone, "red")

    (face,) = phone.ask("get", address.removesuffix("/matches"))[1]["faces"]
    assert (face["is_usable"], face["weakness"], face["problem"]) == (True, "blurred", "")
    assert photo_ids(phone.ask("get", address)[1]) == [red.pk]


def test_a_picture_without_faces_gives_no_faces_and_no_matches(
    add_analysed: Callable[..., Photo], bob: User
) -> None:
    add_analysed("red")
    status, answer = phone_of(bob).send("/search", photo=picture(draw()))
    assert status == 200
    assert answer["probe"]["faces"] == answer["matches"]["results"] == []


def test_nobody_is_a_proper_answer_with_what_comes_closest(
    add_analysed: Callable[..., Photo], bob: User
) -> None:
    photo = add_analysed("red")
    matches = search(phone_of(bob), "blue")
    assert (matches["total"], matches["results"]) == (0, [])
    assert matches["nearest"][0]["photo"]["id"] == photo.pk
    assert matches["nearest"][0]["probability"] < 0.01


def test_matches_come_page_by_page_forth_and_back(
    add_analysed: Callable[..., Photo], bob: User
) -> None:
    added = {add_analysed("red").pk for _ in range(5)}
    phone = phone_of(bob)
    first = search(phone, "red", page_size=2)
    second = phone.get(first["next"]).json()
    third = phone.get(second["next"]).json()
    pages = [first, second, third]
    assert [len(page["results"]) for page in pages] == [2, 2, 1]
    assert {pk for page in pages for pk in photo_ids(page)} == added
    assert (third["next"], third["total"]) == (None, 5)
    assert photo_ids(phone.get(third["previous"]).json()) == photo_ids(second)
    assert photo_ids(phone.get(second["previous"]).json()) == photo_ids(first)


@pytest.mark.parametrize("cursor", ["!", "eHl6", "LTE=", "OTk5OTk5OTk=", "ü"])
def test_an_invented_cursor_is_refused(
    add_analysed: Callable[..., Photo], bob: User, cursor: str
) -> None:
    add_analysed("red")
    phone = phone_of(bob)
    status, answer = phone.ask("get", show(phone, "red"), cursor=cursor)
    assert status == 400
    assert answer["cursor"] == ["Use the cursor as it came in “next” or “previous”."]


def test_a_probe_is_its_makers_alone(
    add_analysed: Callable[..., Photo], alice: User, bob: User
) -> None:
    add_analysed("red")
    address = show(phone_of(alice), "red")
    assert phone_of(bob).ask("get", address) == (404, FORGOTTEN)
    assert phone_of(bob).ask("get", address.removesuffix("/matches")) == (404, FORGOTTEN)
    assert phone_of(alice).ask("get", address)[0] == 200


def test_an_expired_probe_asks_for_the_picture_again(
    add_analysed: Callable[..., Photo], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_analysed("red")
    monkeypatch.setattr("search.kept_probes.LIFETIME_SECONDS", 1)
    phone = phone_of(alice)
    address = show(phone, "red")
    time.sleep(1.1)
    assert phone.ask("get", address) == (404, FORGOTTEN)


def test_a_stored_face_can_be_searched_with(
    add_analysed: Callable[..., Photo], bob: User, mallory: User
) -> None:
    photo, other = add_analysed("red", "blue"), add_analysed("red")
    face = photo.faces.order_by("left")[0]
    phone = phone_of(bob)
    status, probe = phone.ask("post", "/probes", face=face.pk)
    assert status == 201
    matches = phone.ask("get", f"/probes/{probe['token']}/matches")[1]
    assert set(photo_ids(matches)) == {photo.pk, other.pk}
    assert phone_of(mallory).ask("post", "/probes", face=face.pk)[0] == 404


def test_a_probe_is_made_of_one_thing(gallery: Gallery, bob: User) -> None:
    status, answer = phone_of(bob).ask("post", "/probes")
    assert (status, answer["detail"]) == (400, "Send either a photo or the id of a face or photo.")
    assert phone_of(bob).send("/probes", photo=picture(draw("red")), face=1)[0] == 400


def test_what_is_no_picture_cannot_be_searched_with(gallery: Gallery, bob: User) -> None:
    status, answer = phone_of(bob).send("/search", photo=picture(b"hello" * 100))
    assert status == 400
    assert answer["detail"].startswith("This file is not a picture")


def test_strictness_is_one_of_three_words(gallery: Gallery, bob: User) -> None:
    status, answer = phone_of(bob).send("/search", photo=picture(b""), strictness="loose")
    assert (status, answer["strictness"]) == (400, ['"loose" is not a valid choice.'])


def test_a_query_picture_never_touches_the_disk(
    add_analysed: Callable[..., Photo], alice: User, settings: Settings, tmp_path: Path
) -> None:
    photo = add_analysed("red")
    # an upload that is passed on to the disk fails in a folder that does not exist
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")
    before = files_below(tmp_path)
    large = draw("red") + bytes(3_000_000)
    phone = phone_of(alice)
    with pytest.raises(FileNotFoundError):
        phone.send(f"/galleries/{photo.gallery_id}/photos", file=picture(large))

    status, answer = phone.send("/search", photo=picture(large))

    assert (status, photo_ids(answer["matches"])) == (200, [photo.pk])
    assert files_below(tmp_path) == before


def test_a_browser_session_searches_in_memory_too_and_needs_its_csrf_token(
    add_analysed: Callable[..., Photo], bob: User, settings: Settings, tmp_path: Path
) -> None:
    photo = add_analysed("red")
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(bob)
    browser.cookies["csrftoken"] = token = "t" * 32

    def search_by(headers: dict[str, str]) -> Any:
        parts = {"photo": picture(draw("red") + bytes(3_000_000))}
        return browser.post("/api/v1/search", parts, format="multipart", headers=headers)

    assert search_by({}).status_code == 403
    answer = search_by({"x-csrftoken": token})
    assert photo_ids(answer.json()["matches"]) == [photo.pk]


def test_a_query_picture_beyond_the_limit_is_refused_before_it_is_read(
    gallery: Gallery, bob: User, settings: Settings
) -> None:
    settings.LIKENESS_MAX_PHOTO_MB = 1
    status, answer = phone_of(bob).send("/search", photo=picture(bytes(1_200_000)))
    assert status == 413
    assert answer["detail"].startswith("This picture is larger than 1 MB.")


def test_searches_of_all_devices_of_a_user_are_slowed_down_together(
    add_analysed: Callable[..., Photo], alice: User, bob: User, settings: Settings
) -> None:
    add_analysed("red")
    settings.LIKENESS_SEARCHES_PER_MINUTE = 2
    search(phone_of(bob, "phone"), "red")
    search(phone_of(bob, "tablet"), "red")

    response = phone_of(bob).post("/api/v1/search", {"photo": picture(b"")}, format="multipart")

    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert response.json()["detail"].startswith("These are too many searches in one minute.")
    search(phone_of(alice), "red")


def test_a_page_of_matches_takes_as_many_queries_for_one_match_as_for_many(
    add_analysed: Callable[..., Photo],
    bob: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(6):
        add_analysed("red")
    phone = phone_of(bob)
    address = show(phone, "red")
    # three of them write down who searched
    with django_assert_max_num_queries(10):
        _, matches = phone.ask("get", address)
    assert matches["total"] == 6


@pytest.mark.assets
def test_real_photos_uploaded_by_a_phone_are_found_by_another_photo_of_the_person(
    gallery: Gallery, alice: User, bob: User, assets: Path
) -> None:
    people = assets / "faces" / "lfw_dev"
    query, *wanted = sorted((people / "Alejandro_Toledo").glob("*.jpg"))[:4]
    others = [min(people.glob(f"{name}/*.jpg")) for name in ("Aaron_Peirsol", "AJ_Cook")]
    phone, address = phone_of(alice), f"/galleries/{gallery.pk}/photos"
    for path in [*wanted, *others]:
        status, _ = phone.send(address, file=SimpleUploadedFile(path.name, path.read_bytes()))
        assert status == 201
    analyse_everything()
    assert Analysis.objects.filter(state="done").count() == 5

    matches = search_with(phone_of(bob), query)

    assert {match["photo"]["name"] for match in matches} == {path.name for path in wanted}
    assert all(match["probability"] > 0.5 for match in matches)


def search_with(phone: Phone, path: Path) -> list[dict[str, Any]]:
    status, answer = phone.send("/search", photo=picture(path.read_bytes()))
    assert status == 200
    results: list[dict[str, Any]] = answer["matches"]["results"]
    return results
