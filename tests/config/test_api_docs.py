"""The description of the API: complete, valid, and readable in a browser."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    # Playwright runs an event loop in this thread, in which Django would refuse its database
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser.new_page()
        browser.close()


def generated(folder: Path, **options: bool) -> Any:
    GENERATOR_STATS.reset()  # warnings of an earlier test in this process are not ours
    file = folder / "schema.json"
    call_command("spectacular", format="openapi-json", file=str(file), **options)
    return json.loads(file.read_text())


def test_the_schema_is_complete_and_valid(tmp_path: Path) -> None:
    schema = generated(tmp_path, fail_on_warn=True, validate=True)

    operations = [
        operation for operations in schema["paths"].values() for operation in operations.values()
    ]
    assert len(operations) >= 20
    assert all("summary" in operation for operation in operations)
    assert all("default" in operation["responses"] for operation in operations)


def test_no_answer_of_the_schema_contains_a_vector(tmp_path: Path) -> None:
    schemas = generated(tmp_path)["components"]["schemas"]
    names = {name for schema in schemas.values() for name in schema.get("properties", {})}
    assert "landmarks" in names
    assert not names & {"vector", "vectors", "embedding", "embeddings"}


def test_the_schema_can_be_read_without_a_sign_in() -> None:
    answer = Client().get("/api/v1/schema", headers={"accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Likeness"


@pytest.mark.browser
def test_the_page_of_the_api_works_under_the_content_security_policy(
    live_server: LiveServer, page: Page
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(f"{live_server.url}/api/v1/docs")
    page.wait_for_selector("#operations-tokens-tokens_create")
    page.locator("#operations-tokens-tokens_create").click()
    page.wait_for_selector("text=Exchange name and password")

    assert complaints == []
