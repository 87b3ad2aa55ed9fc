"""A real HTTP server on this machine that serves weights, well or badly."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Mirror:
    """What to serve, and what was asked for.

    `cuts` counts answers that break off half way; `alters` flips one bit of every answer.
    """

    files: dict[str, bytes]
    cuts: int = 0
    alters: bool = False
    understands_ranges: bool = True
    requests: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


@contextmanager
def running(mirror: Mirror) -> Iterator[Mirror]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, mirror)

        def log_message(self, *args: Any) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    mirror.url = f"http://127.0.0.1:{server.server_address[1]}/weights/"
    try:
        yield mirror
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(handler: BaseHTTPRequestHandler, mirror: Mirror) -> None:
    name = handler.path.removeprefix("/weights/")
    asked = handler.headers.get("Range", "")
    mirror.requests.append((name, asked))
    if name not in mirror.files:
        handler.send_error(404)
        return
    content = mirror.files[name]
    if mirror.alters:
        content = bytes([content[0] ^ 1]) + content[1:]
    is_partial = bool(asked) and mirror.understands_ranges
    content = content[int(asked.removeprefix("bytes=").rstrip("-")) :] if is_partial else content
    handler.send_response(206 if is_partial else 200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    if mirror.cuts:
        mirror.cuts -= 1
        content = content[: len(content) // 2]
    with suppress(ConnectionError):  # a client that has seen enough hangs up
        handler.wfile.write(content)
