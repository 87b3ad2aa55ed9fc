from io import BytesIO

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config import unread
from config.unread import ReadToTheEndMiddleware


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sign in first", status=401)


def upload(size: int) -> HttpRequest:
    return RequestFactory().post("/", bytes(size), content_type="application/octet-stream")


def test_a_body_that_no_view_wanted_is_read_before_the_answer() -> None:
    request = upload(1_000_000)
    assert ReadToTheEndMiddleware(answer)(request).status_code == 401
    assert request.read() == b""


def test_a_body_that_a_view_has_read_is_no_obstacle() -> None:
    def echo(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.body)

    response = ReadToTheEndMiddleware(echo)(upload(1000))
    assert isinstance(response, HttpResponse)
    assert response.content == bytes(1000)


def test_nobody_keeps_the_server_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "MOST_BYTES", unread.CHUNK_BYTES)
    request = upload(3 * unread.CHUNK_BYTES)
    ReadToTheEndMiddleware(answer)(request)
    assert len(request.read()) == 2 * unread.CHUNK_BYTES


def test_a_client_that_has_gone_is_no_error() -> None:
    class Gone(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("connection reset")

    request = upload(10)
    request._stream = Gone()
    assert ReadToTheEndMiddleware(answer)(request).status_code == 401
