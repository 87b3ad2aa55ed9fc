"""The photos that answer a question, and the page on which the question is changed."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from galleries.models import Person
from search import offers, wording
from search.asking import NOBODY, Asked, answer_in_groups
from search.asking import answer as answer_to
from search.forms import QuestionForm
from search.probes import Probe
from search.throttling import seconds_to_wait
from search.views.entries import with_probe
from search.views.pictures import FACES
from search.views.questions import (
    ALL_FACES,
    NO_FILTERS,
    address,
    further,
    unfiltered,
    without,
    words_of,
)
from search.views.refusals import slow_down

LONGEST_NAME = 200
GROUPS_OF_PAGE = 12


@never_cache
@require_safe
def answer(request: SignedInRequest, token: str = "") -> HttpResponseBase:
    """The faces of a probe and the photos that show the chosen ones.

    Without a token photos of persons by name, without a picture.
    """
    return with_probe(request, FACES, token, lambda probe: _answer(request, probe))


@require_safe
def names(request: SignedInRequest) -> HttpResponse:
    """Suggestions for the name that is being typed."""
    text = request.GET.get("who", "")[:LONGEST_NAME]
    context = {"suggestions": offers.names(request.user, text)}
    return render(request, "search/_names.html", context)


def _answer(request: SignedInRequest, probe: Probe | None) -> HttpResponse:
    """htmx asks for the results alone, or for the next of them."""
    form = QuestionForm(request.user, request.GET, probe.faces if probe else ())
    form.is_valid()
    if form.is_made_up:
        raise Http404("This question cannot be asked.")
    if ALL_FACES in request.GET or NO_FILTERS in request.GET:
        return redirect(address(request.path, _pressed(request.GET, form)))
    sought = "" if request.htmx else request.GET.get("who", "").strip()[:LONGEST_NAME]
    called = offers.called(request.user, sought) if sought else []
    if len(called) == 1:
        return redirect(address(request.path, _with_person(request.GET, called[0])))
    asked = form.asked()
    context = _context(request, probe, form, asked) | {
        "sought": sought,
        "called": called,
        "similar": offers.similar(request.user, sought) if sought and not called else [],
    }
    if asked.is_complete and not form.problem:
        if wait := seconds_to_wait(request.user):
            return slow_down(request, wait)
        context |= _found(request, form, asked)
    return render(request, _template(request, asked), context)


def _found(request: SignedInRequest, form: QuestionForm, asked: Asked) -> dict[str, object]:
    """Groups, if they are asked for and there are any; otherwise matches, or the nearest."""
    if form.is_by_person:
        groups = answer_in_groups(replace(asked, limit=GROUPS_OF_PAGE))
        if groups.total:
            more = further(request, groups.next)
            return {"groups": groups, "total": groups.total, "more": more}
    found = answer_to(asked)
    more = further(request, found.page.next)
    return {"answer": found, "total": found.page.total, "more": more}


def _template(request: SignedInRequest, asked: Asked) -> str:
    if not request.htmx or request.htmx.history_restore_request:
        return "search/answer.html"
    return "search/_more.html" if asked.cursor else "search/_changed.html"


def _context(
    request: SignedInRequest, probe: Probe | None, form: QuestionForm, asked: Asked
) -> dict[str, object]:
    """Of the page as a whole, or of its results alone: the rest stays in the browser then."""
    question = words_of(request.GET)
    context: dict[str, object] = {
        "tab": FACES.tab,
        "probe": probe,
        "form": form,
        "asked": asked,
        "of_whom": wording.of_whom(asked) if asked.is_complete else "",
        "is_together": wording.is_together(asked),
        "question": question.urlencode(),
        "ungrouped": without(question, "group", "by").urlencode(),
        "nobody": NOBODY,
    }
    return context if request.htmx else context | _offers(form, asked, probe)


def _offers(form: QuestionForm, asked: Asked, probe: Probe | None) -> dict[str, object]:
    return {
        "persons": [(person, True) for person in asked.persons]
        + [(person, False) for person in asked.without_persons],
        "chosen": {face.number for face in asked.faces},
        "unwanted": {face.number for face in asked.without_faces},
        "levels": offers.levels(asked.strictness),
        "filters": offers.filters(form, probe.stored_photo if probe else None),
    }


def _with_person(asked: QueryDict, person: Person) -> QueryDict:
    """The same question, with one more to look for."""
    question = words_of(asked)
    if str(person.pk) not in question.getlist("person"):
        question.appendlist("person", str(person.pk))
    return question


def _pressed(asked: QueryDict, form: QuestionForm) -> QueryDict:
    """The question that a button makes of what the form says."""
    if NO_FILTERS in asked:
        return unfiltered(asked)
    question = words_of(asked)
    unwanted = question.getlist("without_face")
    numbers = [str(face.number) for face in form.usable]
    question.setlist("face", [number for number in numbers if number not in unwanted])
    return question
