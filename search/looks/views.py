"""The photos that look alike, and the page on which the question is changed."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from faceengine.scenes.swatches import Swatch
from galleries import scenes
from search import offers
from search.forms import QuestionForm
from search.looks.asking import WEIGHT_BESIDE_COLOURS, Asked
from search.looks.asking import answer as answer_to
from search.looks.forms import MOST_COLOURS, UNUSED, PaletteError, WeightForm, palette_of
from search.looks.pictures import LOOKS
from search.looks.probes import LookProbe
from search.scope import Scope
from search.throttling import seconds_to_wait
from search.views.entries import with_probe
from search.views.questions import NO_FILTERS, address, further, unfiltered, without, words_of
from search.views.refusals import slow_down


@dataclass(frozen=True, slots=True)
class Question:
    """What a page was asked, and the form that shows it."""

    form: QuestionForm
    asked: Asked


@never_cache
@require_safe
def answer(request: SignedInRequest, token: str = "") -> HttpResponseBase:
    """Photos that look like a probe.

    Without a token photos of some colours, or by what is known of them, without a picture.
    """
    return with_probe(request, LOOKS, token, lambda probe: _answer(request, probe))


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
        weight=weight.weight_beside(palette),
        cursor=form.cleaned_data.get("cursor"),
    )
    return Question(form, asked)


def _answer(request: SignedInRequest, probe: LookProbe | None) -> HttpResponse:
    """htmx asks for the results alone, or for the next of them."""
    question = read(request, probe)
    if NO_FILTERS in request.GET:
        return redirect(address(request.path, unfiltered(request.GET)))
    context = _context(request, question)
    if not question.form.problem:
        if wait := seconds_to_wait(request.user):
            return slow_down(request, wait)
        page = answer_to(question.asked)
        context |= {"page": page, "more": further(request, page.next)}
    return render(request, _template(request, question.asked), context)


def _template(request: SignedInRequest, asked: Asked) -> str:
    if not request.htmx or request.htmx.history_restore_request:
        return "search/looks/answer.html"
    return "search/looks/_matches.html" if asked.cursor else "search/looks/_changed.html"


def _context(request: SignedInRequest, question: Question) -> dict[str, object]:
    """Of the page as a whole, or of its results alone: the rest stays in the browser then."""
    asked, words = question.asked, words_of(request.GET)
    context: dict[str, object] = {
        "tab": LOOKS.tab,
        "probe": asked.probe,
        "form": question.form,
        "asked": asked,
        "question": words.urlencode(),
        "uncoloured": without(words, "colour", "share").urlencode(),
    }
    return context if request.htmx else context | _offers(question)


def _offers(question: Question) -> dict[str, object]:
    probe = question.asked.probe
    return {
        "filters": offers.filters(question.form, probe.stored_photo if probe else None),
        "colours": _rows(question.asked.palette),
        "weight_beside_colours": WEIGHT_BESIDE_COLOURS,
        "problem": scenes.problem() if probe and probe.vector is None else "",
    }


def _rows(palette: tuple[Swatch, ...]) -> list[tuple[str, int]]:
    """The fields of a palette: those of unused colours have no share."""
    rows = [(one.hex, round(one.share * 100)) for one in palette]
    return [*rows, *[(UNUSED, 0)] * (MOST_COLOURS - len(rows))]
