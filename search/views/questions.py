"""The words of a question, as they stand in the address of an answer."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

from search.forms import FILTERS
from search.pages import Cursor

# buttons of the form, which send what it says by then
ALL_FACES, NO_FILTERS = "all_faces", "no_filters"


def words_of(question: QueryDict) -> QueryDict:
    """The question as it was asked, from its first match on, without what says nothing."""
    return without(choose(question, *question), "cursor", "who", ALL_FACES, NO_FILTERS)


def choose(question: QueryDict, *keys: str) -> QueryDict:
    """What some of the words say."""
    words = QueryDict(mutable=True)
    for key in keys:
        words.setlist(key, [value for value in question.getlist(key) if value])
    return words


def without(question: QueryDict, *keys: str) -> QueryDict:
    words = question.copy()
    for key in keys:
        words.pop(key, None)
    return words


def unfiltered(question: QueryDict) -> QueryDict:
    """What the button says that clears the filters."""
    return without(words_of(question), *FILTERS)


def address(path: str, question: QueryDict) -> str:
    words = question.urlencode()
    return f"{path}?{words}" if words else path


def further(request: HttpRequest, cursor: Cursor | None) -> str:
    """The same question from the next match on; empty at the end."""
    if cursor is None:
        return ""
    question = words_of(request.GET)
    question["cursor"] = cursor.to_text()
    return address(request.path, question)
