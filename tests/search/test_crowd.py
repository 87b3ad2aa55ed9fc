"""Fifty people who search at one moment, at real server processes: nobody is lost, some wait."""

import http.client
import io
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from PIL import Image as PIL_Image

from accounts.models import ApiToken, User
from galleries.models import Gallery, ModelVersion
from tests import processes

pytestmark = [pytest.mark.assets, pytest.mark.django_db(transaction=True)]

CLIENTS = 50
TWELVE_MEGAPIXELS = (4000, 3000)


@dataclass(frozen=True)
class Heard:
    status: int
    retry_after: str | None
    answer: dict[str, object]
    seconds: float


@pytest.fixture
def port(model: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a web server of two processes."""
    monkeypatch.setenv("LIKENESS_SEARCHES_PER_MINUTE", "100000")
    with processes.serving("-w", "2") as port:
        yield port


def test_fifty_at_once_are_answered_or_asked_to_come_again(
    port: int, alice: User, assets: Path
) -> None:
    Gallery.create_owned_by(alice, "Summer")
    _, token = ApiToken.objects.create(user=alice, device="crowd")
    photo = large_photo(assets)
    ask(port, cast("str", token), photo)  # loads the engine of one process

    heard = ask_at_once(port, cast("str", token), photo)

    statuses = Counter(one.status for one in heard)
    assert set(statuses) <= {200, 503}, statuses
    assert statuses[200] >= 6
    for one in heard:
        if one.status == 200:
            assert cast("dict[str, object]", one.answer["probe"])["faces"]
        else:
            assert int(one.retry_after or 0) > 0
            assert str(one.answer["detail"]).startswith("Many people are searching")
    # the processes live and have room again
    assert ask(port, cast("str", token), photo).status == 200


def large_photo(assets: Path) -> bytes:
    """12 megapixels, as a phone takes them."""
    source = assets / "faces" / "photos_compreface" / "015_6.jpg"
    file = io.BytesIO()
    with PIL_Image.open(source) as small:
        small.convert("RGB").resize(TWELVE_MEGAPIXELS).save(file, "JPEG", quality=90)
    return file.getvalue()


def ask_at_once(port: int, token: str, photo: bytes) -> list[Heard]:
    start, heard = threading.Barrier(CLIENTS), list[Heard]()

    def client() -> None:
        start.wait()
        heard.append(ask(port, token, photo))

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == CLIENTS, "a connection was lost"
    return heard


def ask(port: int, token: str, photo: bytes) -> Heard:
    body = b"\r\n".join(
        [
            b"--part",
            b'Content-Disposition: form-data; name="photo"; filename="who.jpg"',
            b"Content-Type: image/jpeg",
            b"",
            photo,
            b"--part--",
            b"",
        ]
    )
    headers = {
        "Authorization": f"Token {token}",
        "Content-Type": "multipart/form-data; boundary=part",
    }
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/api/v1/search", body, headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    seconds = time.monotonic() - started
    return Heard(response.status, response.headers["Retry-After"], answer, seconds)
