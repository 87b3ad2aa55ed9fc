"""An archive of known people as the matcher finds them, and what two editors decide about it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Page, expect

from faceengine.evaluation.grouping import Agreement, agree_by_face
from galleries import ledger
from galleries.models import Batch, Difference, Face, Person, Rejection
from tests.browser.steps import name_of_face
from tests.faces import places

FIELDS = ("name", "notes", "born_on", "cover", "is_hidden", "is_stranger", "is_removed")


@dataclass(frozen=True)
class Present:
    """All that decisions change: faces and persons by their keys, what is ruled out, the log."""

    faces: dict[int, tuple[object, ...]]
    persons: dict[int, tuple[object, ...]]
    noes: frozenset[tuple[str, int, int]]
    in_force: frozenset[int]

    @classmethod
    def now(cls) -> Present:
        apart = Difference.objects.standing().values_list("one", "other")
        rejected = Rejection.objects.standing().values_list("face", "person")
        return cls(
            {pk: tuple(place) for pk, *place in places()},
            {
                row.pk: tuple(ledger.field_of(row, name) for name in FIELDS)
                for row in Person.objects.all()
            },
            frozenset({("apart", *pair) for pair in apart} | {("not", *pair) for pair in rejected}),
            frozenset(Batch.objects.filter(is_undone=False).values_list("pk", flat=True)),
        )

    def faces_of(self, *persons: int) -> dict[int, tuple[object, ...]]:
        return {face: place for face, place in self.faces.items() if place[0] in persons}


def agreement() -> Agreement:
    """How far persons agree with who is in the photos; a face of nobody is one by itself."""
    faces = Face.objects.select_related("photo").order_by("pk")
    known = [(face, name) for face in faces if (name := name_of_face(face))]
    keys = [(face.person_id or 0, 0 if face.person_id else face.pk) for face, _ in known]
    _, groups = np.unique(keys, axis=0, return_inverse=True)
    return agree_by_face(groups, [name for _, name in known])


def persons_by_name() -> dict[str, int]:
    """The persons that were found, by whom most of their faces show, the largest ones."""
    found: dict[str, int] = {}
    for person in Person.objects.with_faces().largest_first():
        faces = person.faces.select_related("photo")
        name = Counter(name_of_face(face) for face in faces).most_common(1)[0][0]
        found.setdefault(name, person.pk)
    return found


class Editor:
    """Somebody who is signed in, and decides on the page of one person after the other."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site

    def visit(self, person: int) -> None:
        self.page.goto(f"{self.site}/person/{person}")

    def is_told(self, text: str) -> None:
        expect(self.page.locator(".toast")).to_contain_text(text)

    def call(self, person: int, name: str) -> None:
        self.visit(person)
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.locator(".person-rename button").click()
        self.is_told(f"This is {name} now.")

    def say(self, person: int, button: str, *, faces: int, told: str, name: str = "") -> None:
        """Tick the first faces, and press a button that is about them."""
        self.visit(person)
        for number in range(faces):
            self.page.locator(".face-card .pick input").nth(number).check()
        if name:
            self.page.get_by_label("Who this is instead").fill(name)
        self.page.locator(".decide").get_by_role("button", name=button, exact=True).click()
        self.is_told(told)

    def press(self, person: int, button: str, *, told: str) -> None:
        self.visit(person)
        self.page.locator(".person-head").get_by_role("button", name=button, exact=True).click()
        self.is_told(told)

    def tell_apart(self, person: int, name: str) -> None:
        self.visit(person)
        self.page.get_by_role("button", name="Different from …").click()
        self.page.get_by_label("Who is somebody else?").fill(name)
        self.page.get_by_role("button", name="Remember").click()
        self.is_told("are two people")

    def note(self, person: int, text: str) -> None:
        self.visit(person)
        self.page.get_by_text("Date of birth, account, notes").click()
        self.page.get_by_label("Notes").fill(text)
        self.page.locator(".person-edit").get_by_role("button", name="Save").click()
        self.is_told("Saved what is known")

    def delete(self, person: int) -> None:
        self.visit(person)
        self.page.get_by_role("button", name="Delete", exact=True).click()
        self.page.get_by_role("button", name="Delete the person").click()
        self.is_told("is deleted. The photos stayed.")

    def merge(self, gallery: int, source: int, kept: int) -> None:
        """By ticking both among all people."""
        self.page.goto(f"{self.site}/gallery/{gallery}/people")
        for person in (source, kept):
            self.page.locator(f".pick input[value='{person}']").check()
        self.page.get_by_role("button", name="Merge …").click()
        self.page.locator(f"input[name=kept][value='{kept}']").check()
        self.page.get_by_role("button", name="Merge", exact=True).click()
        self.is_told("joined")

    def answer_a_question(self, gallery: int, name: str) -> None:
        self.page.goto(f"{self.site}/gallery/{gallery}/review")
        self.page.get_by_label("Type a name").fill(name)
        self.page.get_by_role("button", name="Save").click()
        expect(self.page.locator(".review-said")).to_contain_text(name)

    def undo(self, gallery: int, sentence: str) -> None:
        """By the button of an entry of the history; what follows is the caller's to look at."""
        self.page.goto(f"{self.site}/gallery/{gallery}/history")
        self.page.get_by_role("button", name=re.compile(f"^Undo: {sentence}")).click()
