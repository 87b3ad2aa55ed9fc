"""Fixtures that several tests of the search begin with."""

from tests.search.question_pages import photos

__all__ = ["photos"]
