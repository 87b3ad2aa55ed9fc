"""Taking away what was found by looks."""

import csv
import io
import zipfile
from typing import Any

from django.urls import reverse

from accounts.models import User
from galleries.models import Photo
from search.looks import probes
from tests.drawings import draw
from tests.search.look_pages import SignedIn


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
