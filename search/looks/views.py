"""The photos that look alike, and the page on which the question is changed."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.requests import SignedInRequest
from faceengine.scenes.swatches import Swatch
from galleries import scenes
from galleries.models.place import DISTANCES
from search import offers
from search.forms import FILTERS, QuestionForm
from search.looks.asking import Asked, Page
from search.looks.asking import answer as answer_to
from search.looks.forms import MOST_COLOURS, UNUSED, PaletteError, WeightForm, palette_of
from search.looks.pictures import ask
from search.looks.probes import LookProbe, recall
from search.scope import Scope
from search.throttling import seconds_to_wait
from search.views.refusals import FORGOTTEN, slow_down


@dataclass(frozen=True, slots=True)
class Question:
    """What a page was asked, and the form that shows it."""

    form: QuestionForm
    asked: Asked


@never_cache
@require_safe
def answer(request: SignedInRequest, token: str) -> HttpResponse:
    """Photos that look like a probe."""
    probe = recall(token, request.user)
    if probe is None:
        if request.htmx:
            return HttpResponseClientRedirect(request.get_full_path())
        return ask(request, request.GET, FORGOTTEN, status=410)
    return _answer(request, probe)


@never_cache
@require_safe
def answer_photos(request: SignedInRequest) -> HttpResponse:
    """Photos of some colours, or by what is known of them, without a picture."""
    return _answer(request, None)


def read(request: SignedInRequest, probe: LookProbe | None) -> Question:
    """Raises: Http404 where the address asks for what the page does not offer."""
    form, weight = QuestionForm(request.user, request.GET), WeightForm(request.GET)
    form.is_valid()
    if form.is_made_up or not weight.is_valid():
        raise Http404("This question cannot be asked.")
    try:
        palette = palette_of(request.GET)
    except PaletteError as error:
        raise Http404(str(error)) from error
    asked = Asked(
        Scope(request.user, form.filters()),
        probe=probe,
        palette=palette,
        weight=weight.weight_or_usual,
        cursor=form.cleaned_data.get("cursor"),
    )
    return Question(form, asked)


def _answer(request: SignedInRequest, probe: LookProbe | None) -> HttpResponse:
    """htmx asks for the results alone, or for the next of them."""
    question = read(request, probe)
    context = _context(request, question)
    if not question.form.problem:
        if wait := seconds_to_wait(request.user):
            return slow_down(request, wait)
        page = answer_to(question.asked)
        context |= {"page": page, "more": _more(request, page)}
    return render(request, _template(request, question.asked), context)


def _template(request: SignedInRequest, asked: Asked) -> str:
    if not request.htmx or request.htmx.history_restore_request:
        return "search/looks/answer.html"
    return "search/looks/_matches.html" if asked.cursor else "search/looks/_results.html"


def _context(request: SignedInRequest, question: Question) -> dict[str, object]:
    """Of the page as a whole, or of its results alone: the rest stays in the browser then."""
    asked, words = question.asked, _words(request.GET)
    context: dict[str, object] = {
        "probe": asked.probe,
        "form": question.form,
        "asked": asked,
        "question": words.urlencode(),
        "unfiltered": _without(words, *FILTERS).urlencode(),
        "whole": _without(words, "colour", "share").urlencode(),
        "is_of_looks": True,
    }
    return context if request.htmx else context | _offers(request, question)


def _offers(request: SignedInRequest, question: Question) -> dict[str, object]:
    user, asked, data = request.user, question.asked, question.form.cleaned_data
    stored = asked.probe.stored_photo if asked.probe else None
    return {
        "galleries": offers.galleries(user),
        "chosen_galleries": asked.scope.filters.galleries,
        "albums": offers.albums(user, data["album"]),
        "chosen_albums": asked.scope.filters.albums,
        "cameras": offers.cameras(user),
        "spot": data["near"] or offers.spot_of(user, stored),
        "distances": DISTANCES,
        "colours": _rows(asked.palette),
        "problem": scenes.problem() if asked.probe and asked.probe.vector is None else "",
    }


def _rows(palette: tuple[Swatch, ...]) -> list[tuple[str, int]]:
    """The fields of a palette: those of unused colours have no share."""
    rows = [(one.hex, round(one.share * 100)) for one in palette]
    return [*rows, *[(UNUSED, 0)] * (MOST_COLOURS - len(rows))]


def _words(question: QueryDict) -> QueryDict:
    """The question as it was asked, from its first photo on, without what says nothing."""
    words = QueryDict(mutable=True)
    for key, values in question.lists():
        words.setlist(key, [value for value in values if value])
    return _without(words, "cursor")


def _without(question: QueryDict, *keys: str) -> QueryDict:
    words = question.copy()
    for key in keys:
        words.pop(key, None)
    return words


def _more(request: SignedInRequest, page: Page) -> str:
    """The same question from the next photo on; empty at the end."""
    if page.next is None:
        return ""
    question = _words(request.GET)
    question["cursor"] = page.next.to_text()
    return f"{request.path}?{question.urlencode()}"
