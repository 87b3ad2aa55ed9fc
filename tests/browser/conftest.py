"""A real web server, a real worker and Debian's Chromium."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings

from tests import processes
from tests.browser.steps import DESKTOP, sign_in
from tests.browser.two_people import archive, folder, named

__all__ = ["archive", "folder", "named"]

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# the first picture of a server waits until the networks are loaded, while both cores may be busy
expect.set_options(timeout=20_000)


class Web:
    """A web server that goes on from test to test, as starting one takes longer than most of them.

    One with other settings than it had is started anew.
    """

    def __init__(self, media: Path) -> None:
        self.media = media
        self._running = ExitStack()
        self._environment: dict[str, str] = {}
        self._port = 0

    def serve(self) -> int:
        """Gives the port."""
        if self._environment != processes.environment():
            self.stop()
            self._port = self._running.enter_context(processes.serving("-w", "1"))
            self._environment = processes.environment()
        return self._port

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(scope="session")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    web = Web(tmp_path_factory.mktemp("media"))
    yield web
    web.stop()


@pytest.fixture(autouse=True)
def as_the_server_has_it(own_files_and_cache: None, web: Web, settings: Settings) -> None:
    """The files, and the real hasher of passwords, not the quick one of the other tests."""
    settings.MEDIA_ROOT = web.media
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


@pytest.fixture
def site(web: Web, settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The address of a web server that, with its worker, serves the test's database.

    The worker rings for lost messages, too: a busy machine loses some.
    """
    settings.CELERY_TASK_DEFAULT_QUEUE = "test-browser"
    scheduled = ["--beat", "--schedule", str(tmp_path / "beat")]
    port = web.serve()
    with processes.running(*processes.worker_command(), *scheduled):
        yield f"http://127.0.0.1:{port}"
    processes.wait_for_idle_database()


@pytest.fixture
def open_browser() -> Callable[[], AbstractContextManager[Browser]]:
    """Opens Chromium for a `with` block; outside of it the test may use the database.

    Playwright keeps an event loop running, and Django refuses queries beside one.
    """

    @contextmanager
    def open_one() -> Iterator[Browser]:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            try:
                yield browser
            finally:
                browser.close()

    return open_one


@pytest.fixture
def page(site: str, open_browser: Callable[[], AbstractContextManager[Browser]]) -> Iterator[Page]:
    """One that is as wide as a desk's, with Alice signed in.

    It is to be the last argument of a test, as what others find in the database is put there first.
    """
    with open_browser() as browser:
        page = browser.new_context(viewport=DESKTOP).new_page()
        sign_in(page, site, "alice")
        yield page
