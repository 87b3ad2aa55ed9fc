"""Which question comes next."""

from __future__ import annotations

from galleries.models import Gallery
from galleries.review import doubts, groups
from galleries.review.outlook import Outlook
from galleries.review.questions import Question, Skips

#: Waiting faces that are looked at while somebody thinks, or before a lonely one is asked about.
PATIENCE = 24


def next_question(gallery: Gallery, skips: Skips) -> Question | None:
    """The most useful question that is open; None if there is nothing left to ask."""
    outlook = Outlook.of(gallery)
    try:
        return (
            groups.largest_group(gallery, skips)
            or groups.largest_waiting(outlook, skips)
            or doubts.most_doubtful(outlook, skips)
            or doubts.twice_in_a_photo(gallery, skips)
            or doubts.outlier(gallery, skips)
            or doubts.before_birth(gallery, skips)
            or _last(outlook, skips)
        )
    finally:
        outlook.keep()


def look_ahead(gallery: Gallery) -> None:
    """Use a moment in which somebody thinks to find out more about the waiting faces."""
    outlook = Outlook.of(gallery)
    outlook.look_further(PATIENCE)
    outlook.keep()


def _last(outlook: Outlook, skips: Skips) -> Question | None:
    """Whoever is like nobody, once it is known that nobody is."""
    if outlook.look_further(PATIENCE):
        found = groups.largest_waiting(outlook, skips) or doubts.most_doubtful(outlook, skips)
        if found:
            return found
    return groups.lonely(outlook.gallery, skips)
