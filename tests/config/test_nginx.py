"""deploy/nginx.conf in front of the web service, asked over HTTP."""

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.config.compose import (
    PROJECT,
    Stack,
    command_of,
    free_port,
    is_healthy,
    running,
    wait_until,
)
from tests.drawings import draw

PASSWORD = "correct horse battery staple"

pytestmark = pytest.mark.xdist_group("launcher")


def request(url: str, **options: Any) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, **options), timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


@pytest.fixture
def nginx(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """The address of nginx with gunicorn behind it, as configured but for ports and folders."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    text = (PROJECT / "deploy" / "nginx.conf").read_text()
    for published, local in (
        (" /tmp/", f" {tmp_path}/"),
        ("server web:8000;", f"server 127.0.0.1:{stack.web_port};"),
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("alias /data/", f"alias {stack.environment['LIKENESS_DATA']}/"),
    ):
        assert published in text
        text = text.replace(published, local)
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(text)
    # the container runs as the application's user; here that is whoever runs the tests
    user = "user root; " if os.geteuid() == 0 else ""
    command = [program, "-c", str(configuration), "-g", f"{user}daemon off;"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with (
        running(command_of("web"), stack.environment) as web,
        running(command, dict(os.environ)) as server,
    ):
        wait_until(lambda: is_healthy("web", stack), web)
        wait_until(lambda: request(f"http://127.0.0.1:{port}/healthz")[0] == 200, server)
        yield f"http://127.0.0.1:{port}"


def token(address: str, stack: Stack) -> str:
    """Sign in by the API, as a user made by a management command."""
    subprocess.run(
        [
            *(sys.executable, "manage.py", "createsuperuser", "--no-input"),
            *("--username", "ann", "--email", "ann@example.org"),
        ],
        cwd=PROJECT,
        env={**stack.environment, "DJANGO_SUPERUSER_PASSWORD": PASSWORD},
        check=True,
        capture_output=True,
    )
    credentials = {"username": "ann", "password": PASSWORD, "device": "test"}
    _, _, body = request(
        f"{address}/api/v1/tokens",
        data=json.dumps(credentials).encode(),
        headers={"Content-Type": "application/json"},
    )
    return str(json.loads(body)["token"])


def test_nginx_sends_an_original_to_those_who_may_see_it_and_to_nobody_else(
    nginx: str, stack: Stack
) -> None:
    api = f"{nginx}/api/v1"
    signed_in = {"Authorization": f"Token {token(nginx, stack)}"}
    as_json = {**signed_in, "Content-Type": "application/json"}
    _, _, body = request(f"{api}/galleries", data=b'{"name": "Summer"}', headers=as_json)
    gallery = json.loads(body)["id"]
    picture = draw("red")
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    status, _, body = request(
        f"{api}/galleries/{gallery}/photos",
        data=form + picture + b"\r\n--x--\r\n",
        headers={**signed_in, "Content-Type": "multipart/form-data; boundary=x"},
    )
    assert status == 201
    original = f"{api}/photos/{json.loads(body)['id']}/original"

    status, headers, body = request(original, headers=signed_in)
    assert (status, body) == (200, picture)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"].startswith("private")
    assert headers["Content-Disposition"].startswith("attachment")
    assert "X-Accel-Redirect" not in headers

    assert request(original)[0] == 401
    stored = next(Path(stack.environment["LIKENESS_DATA"], "media").rglob("original"))
    name = stored.relative_to(Path(stack.environment["LIKENESS_DATA"], "media"))
    assert request(f"{nginx}/protected-media/{name}")[0] == 404


def test_nginx_refuses_what_is_too_large_before_it_arrives(nginx: str) -> None:
    host, port = nginx.removeprefix("http://").split(":")
    for page, length in ((b"/api/v1/search", b"300000000"), (b"/account/sign-in", b"2000000")):
        with socket.create_connection((host, int(port))) as connection:
            head = b"POST " + page + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length
            connection.sendall(head + b"\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_nginx_lets_photos_through_to_where_they_come_in(nginx: str) -> None:
    doors = ("/search", "/gallery/1/upload", "/api/v1/search")
    # led to the sign-in page, or told to sign in: by the application, which does not want the body
    for _ in range(5):
        statuses = [request(nginx + door, data=bytes(12_000_000))[0] for door in doors]
        assert statuses == [200, 200, 401]


def test_nginx_passes_static_files(nginx: str) -> None:
    status, headers, _ = request(f"{nginx}/static/admin/css/base.css")
    assert status == 200
    assert headers["Content-Type"].startswith("text/css")
