"""How a question about looks is answered: by which way, for whom, and who learns of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from galleries import looks, scenes, uploads
from galleries.models import Gallery, Photo
from search.looks import probes
from search.models import SearchRecord
from tests.drawings import draw
from tests.faces import analyse_everything
from tests.phones import phone_of
from tests.search.look_pages import SignedIn, show


def test_a_question_is_written_down_once_for_the_owners(
    photos: list[Photo], gallery: Gallery, bob: User, signed_in: SignedIn
) -> None:
    client = signed_in(bob)
    address = show(client, "red").redirect_chain[-1][0]
    client.get(address, {"weight": "0.1"})

    (row,) = SearchRecord.objects.all()
    assert (row.gallery, row.user, row.kind, row.hits) == (gallery, bob, "looks", len(photos))
    assert row.strictness == ""


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
    assert ("photo_code_hnsw" in plan) == (size == "many")


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
