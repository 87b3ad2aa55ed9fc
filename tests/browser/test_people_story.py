"""A wrong merge among people whom the matcher found, taken back a dozen decisions later."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import StorageState, expect

from accounts.models import User
from galleries.models import Gallery, Membership, Role
from tests.browser.archive import Editor, Present, agreement, persons_by_name
from tests.browser.steps import OpenBrowser, complaints_of, import_shuffled, photos_of, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.assets,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]

PEOPLE = (
    "Colin_Farrell",
    "Halle_Berry",
    "Harrison_Ford",
    "Ian_Thorpe",
    "Jack_Straw",
    "Jennifer_Lopez",
    "Kim_Clijsters",
    "Queen_Elizabeth_II",
    "Roh_Moo-hyun",
    "Salma_Hayek",
    "Serena_Williams",
    "Tom_Cruise",
    "Vladimir_Putin",
    "Winona_Ryder",
)
PHOTOS_OF_EACH = 5
LEAST_AGREEMENT = 0.9

Import = Callable[[Sequence[str]], Gallery]
AtWork = Callable[[], AbstractContextManager[tuple[Editor, Editor]]]


@pytest.fixture
def import_people(gallery: Gallery, alice: User, bob: User, site: str, assets: Path) -> Import:
    """Into the gallery of Alice, who owns it, and Bob, who may edit it; the worker reads them."""
    Membership.objects.filter(gallery=gallery, user=bob).update(role=Role.EDITOR)

    def add(names: Sequence[str]) -> Gallery:
        photos = [path for name in names for path in photos_of(name, assets)[:PHOTOS_OF_EACH]]
        import_shuffled(gallery, alice, photos)
        return gallery

    return add


@pytest.fixture
def at_work(site: str, open_browser: OpenBrowser) -> AtWork:
    """Alice and Bob, signed in each in a browser of their own, for a `with` block."""

    kept: dict[str, StorageState] = {}

    @contextmanager
    def both() -> Iterator[tuple[Editor, Editor]]:
        with open_browser() as browser:
            editors = []
            complaints: list[list[str]] = []
            for name in ("alice", "bob"):
                context = browser.new_context(storage_state=kept.get(name))
                page = context.new_page()
                complaints.append(complaints_of(page))
                if name not in kept:
                    sign_in(page, site, name)
                    kept[name] = context.storage_state()
                editors.append(Editor(page, site))
            yield editors[0], editors[1]
            # an undo that is stopped answers 409, which the console notes
            assert [text for texts in complaints for text in texts if "409" not in text] == []

    return both


def decide_a_dozen_times(alice: Editor, bob: Editor, gallery: int, found: dict[str, int]) -> None:
    """About everybody but the two whom somebody took for one."""
    cruise, ford = found["Tom Cruise"], found["Harrison Ford"]
    putin, straw = found["Vladimir Putin"], found["Jack Straw"]
    alice.call(cruise, "Tom Cruise")
    bob.call(ford, "Harrison Ford")
    alice.say(cruise, "Confirm", faces=2, told="2 faces of Tom Cruise confirmed.")
    bob.say(cruise, "Not this person", faces=1, told="1 face taken out")
    alice.say(ford, "Use as cover", faces=1, told="has a new cover")
    bob.say(putin, "New person", faces=2, told="2 faces split off")
    alice.say(putin, "Give", faces=1, name="Harrison Ford", told="1 face given to Harrison Ford.")
    bob.press(straw, "Hide", told="is hidden")
    alice.tell_apart(cruise, "Harrison Ford")
    bob.note(ford, "Signed the guest book.")
    alice.press(found["Ian Thorpe"], "A stranger", told="is a stranger")
    bob.delete(found["Queen Elizabeth II"])
    alice.call(cruise, "Tom Cruise, actor")
    bob.answer_a_question(gallery, "Somebody from the review")


def test_a_wrong_merge_is_taken_back_by_another_editor_and_all_later_decisions_stand(
    import_people: Import, at_work: AtWork, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = import_people(PEOPLE)
    grouped = agreement()
    with capsys.disabled():
        print(  # noqa: T201 - the figure is a result
            f"\n{len(PEOPLE)} people: BCubed precision {grouped.precision:.3f}, "
            f"recall {grouped.recall:.3f}, F {grouped.f:.3f}"
        )
    assert grouped.f >= LEAST_AGREEMENT
    found = persons_by_name()
    lopez, hayek = found["Jennifer Lopez"], found["Salma Hayek"]

    with at_work() as (alice, _):
        alice.call(lopez, "Jennifer Lopez")
    apart = Present.now()
    with at_work() as (alice, bob):
        alice.merge(archive.pk, hayek, lopez)
        decide_a_dozen_times(alice, bob, archive.pk, found)
    merged = Present.now()
    assert len(merged.faces_of(lopez)) == len(apart.faces_of(lopez, hayek))
    with at_work() as (_, bob):
        bob.undo(archive.pk, "alice merged")
        bob.is_told("Taken back: alice merged")
    undone = Present.now()

    both = apart.faces_of(lopez, hayek)
    assert undone.faces == merged.faces | both
    parted = {person: apart.persons[person] for person in (lopez, hayek)}
    assert undone.persons == merged.persons | parted
    assert undone.noes == merged.noes
    assert len(merged.in_force - undone.in_force) == 1


def test_a_decision_in_the_way_is_named_and_the_rest_or_nothing_is_taken_back(
    import_people: Import, at_work: AtWork
) -> None:
    archive = import_people(["Jennifer_Lopez", "Salma_Hayek"])
    found = persons_by_name()
    lopez, hayek = found["Jennifer Lopez"], found["Salma Hayek"]
    apart = Present.now()
    with at_work() as (alice, bob):
        bob.merge(archive.pk, hayek, lopez)
        alice.say(lopez, "Give", faces=1, name="Otto", told="split off, as Otto")
    merged = Present.now()
    with at_work() as (alice, _):
        alice.undo(archive.pk, "bob merged")
        page = alice.page
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Later decisions stand in the way"
        )
        expect(page.locator("main")).to_contain_text("1 of its faces was decided about since")
        expect(page.locator(".log")).to_contain_text("alice split 1 face off")
        page.get_by_role("link", name="Leave it").click()
        expect(page.get_by_role("heading", name="History")).to_be_visible()
    assert Present.now() == merged

    with at_work() as (alice, _):
        alice.undo(archive.pk, "bob merged")
        alice.page.get_by_role("button", name="Undo the rest").click()
        alice.is_told("Left as decided since: 1 face.")
    (given,) = merged.faces_of(person_called(merged, "Otto"))
    undone = Present.now()
    theirs = apart.faces_of(lopez, hayek)
    assert undone.faces == merged.faces | theirs | {given: merged.faces[given]}
    assert undone.noes >= merged.noes


def person_called(present: Present, name: str) -> int:
    return next(key for key, fields in present.persons.items() if fields[0] == name)
