"""How many pictures are looked at at one time, and what becomes of the others."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from search.reception import BusyError, Room

SENTENCE = "Come again."


@contextmanager
def waiting(room: Room) -> Iterator[list[str]]:
    """Somebody else who wants a place, in the background; what became of them when it ends."""
    became: list[str] = []

    def want() -> None:
        try:
            with room.place(SENTENCE):
                became.append("came in")
        except BusyError as error:
            became.append(str(error))

    thread = threading.Thread(target=want)
    thread.start()
    yield became
    thread.join(timeout=10)


def test_who_comes_when_all_places_are_taken_waits_for_one() -> None:
    room = Room(places=1, waiting=1, seconds=10)
    with ExitStack() as place:
        place.enter_context(room.place(SENTENCE))
        with waiting(room) as became:
            assert became == []
            place.close()
    assert became == ["came in"]


def test_who_waits_too_long_is_asked_to_come_again() -> None:
    room = Room(places=1, waiting=1, seconds=0.05)
    with room.place(SENTENCE):
        with waiting(room) as became:
            pass
        assert became == [SENTENCE]


def test_who_comes_when_enough_are_waiting_is_sent_away_at_once() -> None:
    room = Room(places=1, waiting=0, seconds=10)
    with room.place(SENTENCE), pytest.raises(BusyError), room.place(SENTENCE):
        pass


def test_a_place_is_given_back_whatever_happened_in_it() -> None:
    room = Room(places=1, waiting=0, seconds=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), room.place(SENTENCE):
            raise ZeroDivisionError
    with room.place(SENTENCE):
        pass


def test_who_was_sent_away_takes_no_place() -> None:
    room = Room(places=1, waiting=1, seconds=0.01)
    with room.place(SENTENCE):
        for _ in range(3):
            with pytest.raises(BusyError), room.place(SENTENCE):
                pass
    with room.place(SENTENCE):
        pass
