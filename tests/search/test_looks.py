"""Searching by what photos look like: by page and by API, as Alice, Bob and Mallory."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image as PIL_Image
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from galleries import looks, scenes, trash, uploads
from galleries.models import Gallery, Photo, SceneModel
from search.kept_pictures import KEPT_PICTURES
from search.looks import probes
from search.models import SearchRecord
from search.reception import Room
from tests.drawings import draw
from tests.faces import analyse_everything
from tests.pages import text_of
from tests.phones import NO_PHOTO, phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignedIn = Callable[[User], Client]
MIXED = ("red", "blue", "green", "yellow")


@pytest.fixture
def photos(
    add_drawing: Callable[..., Photo], drawing_scenes: set[str], settings: Settings
) -> list[Photo]:
    """Each colour alone, and each pair; what the fake backbone sees is how much of which."""
    settings.LIKENESS_SEARCHES_PER_MINUTE = 10_000
    scenes.register()
    drawn = [add_drawing(colour, name=f"{colour}.png") for colour in MIXED]
    pairs = [(one, other) for one in MIXED for other in MIXED if one < other]
    drawn += [add_drawing(*pair, name=f"{'-'.join(pair)}.png") for pair in pairs]
    analyse_everything()
    return [Photo.objects.get(pk=photo.pk) for photo in drawn]


def show(client: Client, *colours: str, **words: Any) -> Any:
    """Upload a drawing. Returns the page of the answer."""
    picture = SimpleUploadedFile("mine.png", draw(*colours))
    return client.post(reverse("looks"), {"photo": picture, **words}, follow=True)


def names(page: Any) -> list[str]:
    return [match.photo.name for match in page.context["page"].matches]


def test_an_uploaded_picture_finds_what_looks_most_like_it_first(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    page = show(signed_in(alice), "red")

    assert names(page)[0] == "red.png"
    assert len(names(page)) == len(photos)
    best = page.context["page"].matches[0]
    assert best.is_same
    assert "The same picture" in text_of(page)


def test_a_member_finds_the_same_and_a_stranger_nothing(
    photos: list[Photo], bob: User, mallory: User, signed_in: SignedIn
) -> None:
    assert len(names(show(signed_in(bob), "red"))) == len(photos)
    page = show(signed_in(mallory), "red")
    assert names(page) == []
    assert "No photo was found" in text_of(page)


def test_the_weight_decides_between_content_and_colours(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    address = show(client, "red", "blue").redirect_chain[-1][0]

    for weight in ("0", "0.5", "1"):
        page = client.get(address, {"weight": weight})
        matches = page.context["page"].matches
        for match in matches:
            mean = float(weight) * match.content + (1 - float(weight)) * match.colour
            assert match.similarity == pytest.approx(mean)
        similarities = [match.similarity for match in matches]
        assert similarities == sorted(similarities, reverse=True)


def test_htmx_gets_the_results_alone(photos: list[Photo], alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0]

    part = client.get(address, {"weight": "0.2"}, headers={"HX-Request": "true"})

    assert "<html" not in part.content.decode()
    assert len(names(part)) == len(photos)


def test_a_stored_photo_finds_others_and_not_itself(
    photos: list[Photo], bob: User, signed_in: SignedIn
) -> None:
    page = signed_in(bob).get(reverse("looks-photo", args=[photos[0].pk]), follow=True)

    assert len(names(page)) == len(photos) - 1
    assert photos[0].name not in names(page)


def test_a_stranger_may_not_ask_with_a_photo_she_does_not_see(
    photos: list[Photo], mallory: User, signed_in: SignedIn
) -> None:
    assert signed_in(mallory).get(reverse("looks-photo", args=[photos[0].pk])).status_code == 404
    phone = phone_of(mallory)
    assert phone.ask("post", "/looks", photo_id=photos[0].pk) == (404, NO_PHOTO)


def test_photos_near_the_one_that_is_asked_with_can_be_asked_for(
    photos: list[Photo], bob: User, signed_in: SignedIn
) -> None:
    here, close, far, *_ = photos
    for photo, latitude in ((here, 52.5), (close, 52.52), (far, 48.1)):
        Photo.objects.filter(pk=photo.pk).update(latitude=latitude, longitude=13.4)
    client = signed_in(bob)
    page = client.get(reverse("looks-photo", args=[here.pk]), follow=True)

    assert f"Taken near {here.name}" in text_of(page)
    address = page.redirect_chain[-1][0]
    assert names(client.get(address, {"near": here.pk, "within": 10})) == [close.name]


def test_a_forgotten_probe_brings_the_page_that_says_so_with_the_question_of_now(
    photos: list[Photo], alice: User, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0].split("?")[0] + "?weight=0.2"
    # the server is shared with tests that run beside this one: clearing it would empty theirs
    monkeypatch.setattr(cache, "key_prefix", "forgotten")

    part = client.get(address, headers={"HX-Request": "true"})

    assert part.headers["HX-Redirect"] == address
    assert client.get(address).status_code == 410


def test_a_probe_is_its_users_alone_through_every_door(
    photos: list[Photo], alice: User, bob: User, signed_in: SignedIn
) -> None:
    probe = probes.look_at(draw("red"), alice)
    client, phone = signed_in(bob), phone_of(bob)

    for name in ("looks-answer", "looks-csv", "looks-zip", "looks-faces"):
        assert client.get(reverse(name, args=[probe.token])).status_code == 410
    assert client.post(reverse("looks-part", args=[probe.token])).status_code == 410
    for form in ("matches", "matches.csv", "matches.zip"):
        assert phone.get(f"/api/v1/looks/{probe.token}/{form}").status_code == 404
    assert phone.ask("post", f"/looks/{probe.token}/part", left=0)[0] == 404


def test_a_probe_of_a_photo_ends_with_the_sight_of_it(
    photos: list[Photo], gallery: Gallery, bob: User, signed_in: SignedIn
) -> None:
    probe = probes.from_photo(photos[0], bob)
    part = probes.part_of(probe, photos[0].faces.get().box, bob)
    gallery.memberships.filter(user=bob).delete()

    assert probes.recall(probe.token, bob) is None
    assert probes.recall(part.token, bob) is None


def test_a_part_of_the_picture_is_looked_for_alone(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    probe = probes.look_at(draw("red", "blue"), alice)
    box = {"left": 0.5, "top": 0, "width": 0.5, "height": 1}

    page = client.post(reverse("looks-part", args=[probe.token]), box, follow=True)

    assert names(page)[0] == "blue.png"
    assert "Back to the whole picture" in text_of(page)


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ({"left": 0.5, "top": 0, "width": 0.01, "height": 1}, "too small"),
        ({"left": 0.5, "top": 0}, "no box within the picture"),
    ],
)
def test_a_box_that_shows_nothing_is_refused_in_a_sentence(
    photos: list[Photo],
    alice: User,
    signed_in: SignedIn,
    box: dict[str, float],
    sentence: str,
) -> None:
    probe = probes.look_at(draw("red", "blue"), alice)
    page = signed_in(alice).post(reverse("looks-part", args=[probe.token]), box, follow=True)
    assert sentence in text_of(page)


def test_a_palette_finds_photos_of_its_colours_without_a_picture(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    words = {"colour": ["#dc0000", "#ffffff", "#808080"], "share": ["36", "64", "0"]}
    page = signed_in(alice).get(reverse("looks-photos"), words)

    assert names(page)[0] == "red.png"
    assert {match.content for match in page.context["page"].matches} == {None}


def test_colours_of_a_palette_take_the_place_of_those_of_the_picture(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    probe = probes.look_at(draw("red"), alice)
    words = {"colour": ["#00c800", "#ffffff"], "share": ["36", "64"], "weight": "0"}

    page = client.get(reverse("looks-answer", args=[probe.token]), words)

    assert names(page)[0] == "green.png"


@pytest.mark.parametrize(
    "words",
    [
        {"colour": ["#ff8"]},
        {"colour": ["#ff8800"], "share": ["101"]},
        {"colour": ["#ff8800"], "share": ["-1"]},
        {"colour": ["#ff8800"] * 4},
        {"weight": "2"},
        {"weight": "nan"},
        {"gallery": ["999999"]},
        {"cursor": "made up"},
    ],
)
def test_an_address_that_is_made_up_is_not_found(
    photos: list[Photo], alice: User, signed_in: SignedIn, words: dict[str, Any]
) -> None:
    assert signed_in(alice).get(reverse("looks-photos"), words).status_code == 404


def test_filters_alone_list_photos_newest_first_and_are_no_search(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    page = signed_in(alice).get(reverse("looks-photos"), {"name": "red"})

    expected = [photo.name for photo in reversed(photos) if "red" in photo.name]
    assert names(page) == expected
    assert not SearchRecord.objects.exists()


def test_filters_narrow_what_looks_alike(
    photos: list[Photo], gallery: Gallery, alice: User, signed_in: SignedIn
) -> None:
    album = gallery.albums.create(name="Party")
    album.photos.add(photos[1], photos[2], through_defaults={"gallery": gallery})
    Photo.objects.filter(pk=photos[1].pk).update(
        taken_at=datetime(2024, 5, 1, 12, tzinfo=UTC), camera="Canon"
    )
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0]

    assert set(names(client.get(address, {"album": album.pk}))) == {"blue.png", "green.png"}
    dated = {"taken_from": "2024-05-01", "taken_until": "2024-05-01"}
    assert names(client.get(address, dated)) == ["blue.png"]
    assert names(client.get(address, {"camera": "Canon"})) == ["blue.png"]
    assert "red.png" not in names(client.get(address, {"name": "blue"}))
    wrong = client.get(address, {"taken_from": "yesterday"})
    assert "Write a day as 2024-05-31." in text_of(wrong)


def test_photos_in_the_trash_are_never_found(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0]
    trash.throw_away([photos[0]], alice)

    assert "red.png" not in names(client.get(address))


def test_pages_follow_each_other_without_gap_or_repeat_while_photos_come_and_go(
    photos: list[Photo], alice: User, add_drawing: Callable[..., Photo]
) -> None:
    phone = phone_of(alice)
    probe = probes.look_at(draw("red"), alice)
    _, whole = phone.ask("get", f"/looks/{probe.token}/matches")
    expected = [row["photo"]["id"] for row in whole["results"]]
    address = f"/looks/{probe.token}/matches?page_size=3"
    _, page = phone.ask("get", address)
    seen = [row["photo"]["id"] for row in page["results"]]
    add_drawing("red")
    analyse_everything()
    trash.throw_away([photos[0]], alice)

    while page["next"]:
        page = phone.get(page["next"]).json()
        seen += [row["photo"]["id"] for row in page["results"]]

    assert seen == expected


def test_newest_first_goes_on_where_it_ended(photos: list[Photo], alice: User) -> None:
    phone = phone_of(alice)
    _, page = phone.ask("get", "/looks/matches?page_size=4")
    seen = [row["photo"]["id"] for row in page["results"]]
    while page["next"]:
        page = phone.get(page["next"]).json()
        seen += [row["photo"]["id"] for row in page["results"]]
    assert seen == [photo.pk for photo in reversed(photos)]


def test_the_api_answers_as_the_page_does_and_shows_no_vector(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    phone = phone_of(alice)
    status, probe = phone.send("/looks", photo=SimpleUploadedFile("mine.png", draw("red")))
    assert status == 201
    assert probe["has_content"]
    assert set(probe) == {"token", "width", "height", "swatches", "has_content"}
    assert probe["swatches"][0]["share"] > 0.4

    status, found = phone.ask("get", f"/looks/{probe['token']}/matches", weight=0.5)

    assert status == 200
    page = signed_in(alice).get(reverse("looks-answer", args=[probe["token"]]), {"weight": "0.5"})
    assert [row["photo"]["name"] for row in found["results"]] == names(page)
    assert set(found["results"][0]) == {"photo", "similarity", "content", "colour", "is_same"}


def test_the_api_finds_by_part_by_photo_and_by_colours(photos: list[Photo], alice: User) -> None:
    phone = phone_of(alice)
    whole = probes.look_at(draw("red", "blue"), alice)
    box = {"left": 0.5, "top": 0, "width": 0.5, "height": 1}
    status, part = phone.ask("post", f"/looks/{whole.token}/part", **box)
    assert status == 201
    _, found = phone.ask("get", f"/looks/{part['token']}/matches")
    assert found["results"][0]["photo"]["name"] == "blue.png"

    status, stored = phone.ask("post", "/looks", photo_id=photos[0].pk)
    assert (status, stored["width"]) == (201, photos[0].width)

    address = "/looks/matches?colour=%23dc0000&share=36&colour=%23ffffff&share=64"
    _, found = phone.ask("get", address)
    assert found["results"][0]["photo"]["name"] == "red.png"
    _, first = phone.ask("get", f"{address}&page_size=1")
    assert phone.get(first["next"]).json()["results"] == [found["results"][1]]
    assert phone.ask("get", "/looks/matches?colour=orange")[0] == 400
    assert phone.ask("get", "/looks/matches?gallery=999999")[0] == 404
    assert phone.ask("post", "/looks")[0] == 400


def test_what_was_found_is_taken_away_as_a_table_and_as_a_zip(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    probe = probes.look_at(draw("red"), alice)

    table: Any = client.get(reverse("looks-csv", args=[probe.token]))
    rows = list(csv.DictReader(io.StringIO(b"".join(table.streaming_content).decode("utf-8-sig"))))
    assert rows[0]["photo"] == "red.png"
    assert rows[0]["same_picture"] == "yes"
    assert len(rows) == len(photos)
    packed: Any = client.get(reverse("looks-zip", args=[probe.token]), {"name": "green"})
    archive = zipfile.ZipFile(io.BytesIO(b"".join(packed.streaming_content)))
    assert sorted(archive.namelist()) == sorted(p.name for p in photos if "green" in p.name)
    listed: Any = client.get(reverse("looks-photos-csv"), {"name": "green"})
    lines = b"".join(listed.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(archive.namelist())


def test_a_question_is_written_down_once_for_the_owners(
    photos: list[Photo], gallery: Gallery, bob: User, signed_in: SignedIn
) -> None:
    client = signed_in(bob)
    address = show(client, "red").redirect_chain[-1][0]
    client.get(address, {"weight": "0.1"})

    (row,) = SearchRecord.objects.all()
    assert (row.gallery, row.user, row.kind, row.hits) == (gallery, bob, "looks", len(photos))
    assert row.strictness == ""


def test_without_the_weights_of_a_backbone_colours_are_compared_and_a_sentence_says_so(
    photos: list[Photo], alice: User, signed_in: SignedIn, drawing_scenes: set[str]
) -> None:
    drawing_scenes.clear()
    client = signed_in(alice)

    page = show(client, "red")

    assert names(page)[0] == "red.png"
    assert "Photos are compared by their colours only" in text_of(page)
    assert 'name="weight"' not in page.content.decode()
    assert {match.content for match in page.context["page"].matches} == {None}


def test_another_default_model_compares_by_colours_and_never_across_models(
    photos: list[Photo], alice: User
) -> None:
    probe = probes.look_at(draw("red"), alice)
    other = SceneModel.objects.create(key="other-1", backbone="other", dimensions=1280)
    other.make_default()

    assert probe.example.scene is None


def test_a_photo_that_was_not_looked_at_yet_is_refused_in_a_sentence(
    drawing_scenes: set[str],
    add_drawing: Callable[..., Photo],
    alice: User,
    signed_in: SignedIn,
) -> None:
    photo = add_drawing("red")
    page = signed_in(alice).get(reverse("looks-photo", args=[photo.pk]), follow=True)
    assert page.status_code == 400
    assert "has not been looked at yet" in text_of(page)


@pytest.mark.parametrize("data", [b"", b"no picture at all"])
def test_what_is_no_picture_is_refused_in_a_sentence(
    photos: list[Photo], alice: User, signed_in: SignedIn, data: bytes
) -> None:
    picture = SimpleUploadedFile("mine.png", data)
    assert signed_in(alice).post(reverse("looks"), {"photo": picture}).status_code == 400
    assert phone_of(alice).send("/looks", photo=SimpleUploadedFile("a.png", data))[0] == 400


def test_a_turned_picture_is_looked_at_upright(photos: list[Photo], alice: User) -> None:
    upright = probes.look_at(draw("red", "blue"), alice)
    picture = PIL_Image.open(io.BytesIO(draw("red", "blue"))).rotate(90, expand=True)
    exif = PIL_Image.Exif()
    exif[0x0112] = 6
    turned = io.BytesIO()
    picture.save(turned, "JPEG", exif=exif, quality=95)

    probe = probes.look_at(turned.getvalue(), alice)

    assert (probe.width, probe.height) == (upright.width, upright.height)
    assert probe.colours == pytest.approx(upright.colours, abs=0.02)


@pytest.fixture(params=["too often", "no room"])
def put_off(
    request: pytest.FixtureRequest,
    photos: list[Photo],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[int, str]:
    """No picture can be shown now; with which status and sentence that is said."""
    if request.param == "too often":
        settings.LIKENESS_SEARCHES_PER_MINUTE = 0
        return 429, "You searched very often within a minute."
    full = Room(places=0, waiting=0, seconds=0)
    monkeypatch.setattr("search.looks.probes.looking_room", lambda: full)
    return 503, "Many people are searching at this moment."


def test_who_has_to_wait_is_asked_for_the_picture_again_with_the_same_question(
    put_off: tuple[int, str], alice: User, signed_in: SignedIn
) -> None:
    status, sentence = put_off
    answer = show(signed_in(alice), "red", name="summer", weight="0.2")
    assert answer.status_code == status
    assert int(answer.headers["Retry-After"]) > 0
    assert sentence in text_of(answer)
    kept = re.findall(
        r'<input type="hidden" name="(?!csrf)(\w+)" value="([^"]+)">', answer.content.decode()
    )
    assert kept == [("name", "summer"), ("weight", "0.2")]


def test_a_picture_above_the_limit_is_refused(
    photos: list[Photo], alice: User, signed_in: SignedIn, settings: Settings
) -> None:
    settings.LIKENESS_MAX_PHOTO_MB = 0
    picture = SimpleUploadedFile("a.png", bytes(200_000))
    assert signed_in(alice).post(reverse("looks"), {"photo": picture}).status_code == 413


def test_copies_of_the_last_pictures_only_are_kept(photos: list[Photo], alice: User) -> None:
    tokens = [probes.look_at(draw("red"), alice).token for _ in range(KEPT_PICTURES + 2)]
    kept = [token for token in tokens if cache.get(f"look-picture:{alice.pk}:{token}")]
    assert kept == tokens[2:]


def test_faces_and_looks_lead_to_each_other_with_the_same_picture(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    picture = SimpleUploadedFile("mine.png", draw("red"))
    faces = client.post(reverse("search"), {"photo": picture}, follow=True)
    (address,) = re.findall(r'href="(/search/looks/of/[^"]+)"', faces.content.decode())

    found = client.get(address, follow=True)
    assert names(found)[0] == "red.png"
    (back,) = re.findall(r'href="(/search/looks/[^"]+/faces)"', found.content.decode())
    again = client.get(back, follow=True)
    assert len(again.context["probe"].faces) == 1


def test_a_photo_page_leads_to_more_like_it(
    photos: list[Photo], bob: User, signed_in: SignedIn
) -> None:
    page = signed_in(bob).get(reverse("photo", args=[photos[0].pk]))
    assert reverse("looks-photo", args=[photos[0].pk]) in page.content.decode()


def test_a_page_of_results_costs_a_bounded_number_of_queries(
    photos: list[Photo],
    alice: User,
    signed_in: SignedIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0]
    with django_assert_max_num_queries(16):
        assert len(names(client.get(address))) == len(photos)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", ["few", "many"])
def test_few_photos_are_compared_one_by_one_and_many_through_the_index(
    photos: list[Photo],
    alice: User,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
    size: str,
) -> None:
    scenes.prepare()
    if size == "many":
        monkeypatch.setattr(looks, "EXACT_PHOTOS", 0)
        monkeypatch.setattr(looks, "_estimate_every", lambda: 0)
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0]

    with CaptureQueriesContext(connection) as context:
        client.get(address)

    plan = _plan_of_ranking([query["sql"] for query in context.captured_queries])
    assert ("photo_vector_hnsw" in plan) == (size == "many")


def _plan_of_ranking(statements: list[str]) -> str:
    ranking = [sql for sql in statements if "<=>" in sql][-1]
    with connection.cursor() as cursor:
        if any("hnsw.ef_search" in sql for sql in statements):
            cursor.execute("SET enable_sort = off; SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {ranking}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_sort; RESET enable_seqscan")
    return plan


@pytest.fixture(params=["exactly", "through the index"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "through the index":
        monkeypatch.setattr(looks, "EXACT_PHOTOS", 0)
    return str(request.param)


@pytest.mark.usefixtures("path")
def test_what_others_do_changes_nothing_that_i_am_told(
    photos: list[Photo], alice: User, mallory: User
) -> None:
    phone = phone_of(alice)
    probe = probes.look_at(draw("red", "blue"), alice)
    asked = [
        f"/looks/{probe.token}/matches?weight={weight}&page_size=4" for weight in (0, 0.5, 1)
    ] + ["/looks/matches?colour=%23dc0000", "/looks/matches?page_size=3"]
    before = [phone.ask("get", address) for address in asked]
    theirs = Gallery.create_owned_by(mallory, "Summer")
    for _ in range(30):
        picture = SimpleUploadedFile("drawing.png", draw("red", "blue"))
        uploads.add_photo(theirs, picture, mallory)
    analyse_everything()

    assert [phone.ask("get", address) for address in asked] == before
    own = probes.look_at(draw("red", "blue"), mallory)
    status, found = phone_of(mallory).ask("get", f"/looks/{own.token}/matches")
    assert (status, len(found["results"])) == (200, 30)
