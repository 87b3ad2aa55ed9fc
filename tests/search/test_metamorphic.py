"""Whatever others do in galleries that I do not see changes nothing that I am told."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from galleries import analysis, identities, uploads
from galleries.models import Face, FaceVector, Gallery, Person, Photo
from search import probes
from tests.drawings import COLOURS, draw
from tests.phones import Phone, phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

Colours = st.lists(st.sampled_from(sorted(COLOURS)), min_size=1, max_size=4)
FLOOD = 300


@dataclass(frozen=True)
class Mine:
    """What Alice has, and asks again and again."""

    phone: Phone
    browser: Client
    token: str
    nobody: str
    anna: Person

    def answers(self) -> list[Any]:
        """Pages, matches, groups, tables: together, without others, by name, in part, nearest."""
        probe, nobody = f"/probes/{self.token}", f"/probes/{self.nobody}"
        anna = self.anna.pk
        asked: list[tuple[str, dict[str, Any]]] = [
            (f"{probe}/matches", {"face": 0}),
            (f"{probe}/matches", {"combine": "together", "order": "newest", "page_size": 2}),
            (f"{probe}/matches", {"face": 0, "without_person": anna, "strictness": "wide"}),
            (f"{probe}/matches", {"face": 0, "name": "drawing", "least_face": 10}),
            (f"{probe}/groups", {"page_size": 1}),
            (f"{nobody}/matches", {}),
            ("/matches", {"person": anna}),
        ]
        heard = [self.phone.ask("get", address, **words) for address, words in asked]
        table: Any = self.phone.get(f"/api/v1{probe}/matches.csv")
        page = self.browser.get(reverse("search-answer", args=[self.token]), {"face": 0})
        html = re.sub(r"[A-Za-z0-9]{64}", "csrf", page.content.decode())
        return [*heard, b"".join(table.streaming_content), page.status_code, html]


@dataclass(frozen=True)
class Theirs:
    """What Mallory does, in galleries of her own."""

    user: User
    gallery: Gallery

    def add_photo(self, colours: list[str]) -> None:
        picture = SimpleUploadedFile("drawing.png", draw(*colours))
        photo = uploads.add_photo(self.gallery, picture, self.user).photo
        analyse_everything()
        album, _ = self.gallery.albums.get_or_create(name="Party")
        assert photo is not None
        album.photos.add(photo, through_defaults={"gallery": self.gallery})

    def name_somebody(self, number: int) -> None:
        """By the name that Alice uses, too."""
        if face := self._face(number):
            identities.open_person_of([face], self.user, "Anna")

    def refuse(self, number: int) -> None:
        if face := self._face(number):
            identities.mark_as_no_faces([face], self.user)

    def merge(self, number: int) -> None:
        persons = list(Person.objects.present().filter(gallery=self.gallery)[:2])
        if len(persons) == 2:
            identities.merge_persons([persons[number % 2]], persons[1 - number % 2], self.user)

    def open_gallery(self, _number: int) -> None:
        Gallery.create_owned_by(self.user, "Summer")

    def flood(self, number: int) -> None:
        """Very many faces that are just like one that is looked for."""
        if (face := self._face(number)) is None:
            return
        copies = [_copy_of(face) for _ in range(FLOOD)]
        vector = face.vectors.get()
        Face.objects.bulk_create(copies)
        FaceVector.objects.bulk_create(
            FaceVector(gallery=self.gallery, face=copy, model=vector.model, vector=vector.vector)
            for copy in copies
        )

    def _face(self, number: int) -> Face | None:
        faces = Face.objects.filter(gallery=self.gallery, vectors__isnull=False).order_by("pk")
        return faces[number % len(faces)] if faces else None


#: What Mallory does, and with what.
Deeds = st.one_of(
    st.tuples(st.just("add_photo"), Colours),
    st.tuples(
        st.sampled_from(["name_somebody", "refuse", "merge", "open_gallery", "flood"]),
        st.integers(0, 1000),
    ),
)


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def _copy_of(face: Face) -> Face:
    fields = ("gallery_id", "photo_id", "left", "top", "width", "height", "landmarks")
    same = {field: getattr(face, field) for field in (*fields, "score", "quality", "weakness")}
    return Face(**same)


@pytest.fixture
def mine(
    add_drawing: Callable[..., Photo],
    alice: User,
    signed_in: Callable[[User], Client],
    settings: Settings,
) -> Mine:
    settings.LIKENESS_SEARCHES_PER_MINUTE = 100_000
    for colours in (["red"], ["red", "blue"], ["blue"], ["red", "blue", "green"], ["green"]):
        add_drawing(*colours)
    analyse_everything()
    blue = Face.objects.filter(photo__faces__isnull=False).order_by("pk")[1]
    anna = identities.open_person_of([blue], alice, "Anna")[1]
    return Mine(
        phone=phone_of(alice),
        browser=signed_in(alice),
        token=probes.look_at(draw("red", "blue"), alice).token,
        nobody=probes.look_at(draw("violet"), alice).token,
        anna=anna,
    )


@pytest.mark.parametrize("path", ["exactly", "through the index"])
def test_what_others_do_changes_no_answer_no_order_and_no_count_of_mine(
    mine: Mine, mallory: User, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    if path == "through the index":
        monkeypatch.setattr("galleries.neighbours.EXACT_ROWS", 0)
    before = mine.answers()
    assert [status for status, _ in before[:7]] == [200] * 7
    assert before[5][1]["nearest"]
    theirs = Theirs(mallory, Gallery.create_owned_by(mallory, "Summer"))

    @hypothesis_settings(max_examples=12, suppress_health_check=[*HealthCheck])
    @given(deeds=st.lists(Deeds, min_size=1, max_size=6))
    def check(deeds: list[tuple[str, Any]]) -> None:
        with transaction.atomic():
            for deed, what in [("add_photo", ["red", "blue"]), *deeds]:
                getattr(theirs, deed)(what)
            assert mine.answers() == before
            transaction.set_rollback(True)

    check()


def test_what_others_do_is_told_to_them(mine: Mine, mallory: User) -> None:
    """That the test above does something: she finds what she added."""
    theirs = Theirs(mallory, Gallery.create_owned_by(mallory, "Summer"))
    theirs.add_photo(["red"])
    theirs.flood(0)
    phone = phone_of(mallory)
    picture = SimpleUploadedFile("who.png", draw("red"))
    found = phone.send("/search", photo=picture)[1]["matches"]
    assert found["total"] == 1
    assert len(found["results"][0]["others"]) == 0
    assert np.isfinite(found["results"][0]["probability"])
