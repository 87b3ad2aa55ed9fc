"""Fixtures that several tests of the search by looks begin with."""

from tests.search.look_pages import photos

__all__ = ["photos"]
