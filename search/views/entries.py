"""How a picture comes in that is asked with: by the faces in it, or by what it looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from accounts.requests import SignedInRequest
from galleries.face_forms import BoxForm
from search import offers
from search.forms import PictureForm
from search.probes import ProbeError
from search.reception import BusyError, is_too_large, keep_in_memory, too_large_sentence
from search.throttling import seconds_to_wait
from search.views.questions import address, choose
from search.views.refusals import FORGOTTEN, busy, put_off, slow_down

LONGEST_QUESTION = 4000
#: A button of the form: whoever presses it wants the page, with what the form says, and no search.
ONLY_ASK = "only_ask"
TOO_OFTEN = "You searched very often within a minute. Wait for a moment, then choose it again."


class _Named(Protocol):
    @property
    def token(self) -> str: ...


ProbeT = TypeVar("ProbeT", bound=_Named)


@dataclass(frozen=True, slots=True)
class Entry(Generic[ProbeT]):
    """One way to ask, and its pages.

    `tab` is its name, `template` that of the page that asks for a picture; `answer` and
    `answer_without` are those of the addresses of answers with and without one. Of a question
    `kept` stays when another picture is shown, and `begin` adds to it what needs no choosing.
    `remark` is a sentence about all that could be found.
    """

    tab: str
    template: str
    answer: str
    answer_without: str
    kept: tuple[str, ...]
    look_at: Callable[[bytes, User], ProbeT]
    recall: Callable[[str, User], ProbeT | None]
    begin: Callable[[ProbeT, QueryDict], QueryDict] = lambda _probe, question: question
    remark: Callable[[], str] = lambda: ""

    def address(self, probe: ProbeT | None, question: QueryDict) -> str:
        """Of the answer."""
        path = reverse(self.answer, args=[probe.token]) if probe else reverse(self.answer_without)
        return address(path, question)


def enter(request: SignedInRequest, entry: Entry[ProbeT]) -> HttpResponse:
    """Ask for a picture, or look at the one that is sent.

    The view must be exempt from the check of the form's token, which is made here: nothing may
    read the body before `keep_in_memory`.
    """
    if request.method != "POST":
        return ask(request, entry, request.GET)
    keep_in_memory(request)
    if is_too_large(request):
        return ask(request, entry, request.GET, too_large_sentence(), status=413)
    return _receive(request, entry)


@csrf_protect
def _receive(request: SignedInRequest, entry: Entry[ProbeT]) -> HttpResponse:
    if ONLY_ASK in request.POST:
        return redirect(address(request.path, choose(request.POST, *entry.kept)))
    form = PictureForm(request.user, request.POST, request.FILES)
    if not form.is_valid():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        return ask(request, entry, request.POST, " ".join(sentences), status=400)
    picture = form.cleaned_data["photo"]
    return look(request, entry, lambda: entry.look_at(picture.read(), request.user))


def look(
    request: SignedInRequest, entry: Entry[ProbeT], make: Callable[[], ProbeT]
) -> HttpResponse:
    """To the answer of a new probe. Who sent a picture is asked for it again if it has to wait."""
    asked = request.POST if request.method == "POST" else request.GET
    if wait := seconds_to_wait(request.user):
        if request.method == "POST":
            return put_off(ask(request, entry, asked, TOO_OFTEN, status=429), wait)
        return slow_down(request, wait)
    try:
        probe = make()
    except BusyError as error:
        if request.method == "POST":
            return put_off(ask(request, entry, asked, str(error), status=503))
        return busy(request, str(error))
    except ProbeError as error:
        return ask(request, entry, asked, str(error), status=400)
    question = entry.begin(probe, choose(asked, *entry.kept))
    return redirect(entry.address(probe, question))


def ask(
    request: SignedInRequest,
    entry: Entry[ProbeT],
    question: QueryDict,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page that asks for a picture, and keeps what else was asked."""
    galleries = offers.galleries(request.user)
    asked = question.getlist("gallery")
    kept = choose(question, *(key for key in entry.kept if key != "gallery"))
    context = {
        "tab": entry.tab,
        "galleries": galleries,
        "chosen_galleries": [gallery.pk for gallery in galleries if str(gallery.pk) in asked],
        "kept": [(key, value) for key, values in kept.lists() for value in values],
        "problem": problem,
        "remark": entry.remark() if galleries else "",
    }
    return render(request, entry.template, context, status=status)


def with_probe(
    request: SignedInRequest,
    entry: Entry[ProbeT],
    token: str,
    act: Callable[[ProbeT | None], HttpResponseBase],
) -> HttpResponseBase:
    """What comes of a question about a picture, or about none where there is no token."""
    probe = entry.recall(token, request.user) if token else None
    if token and probe is None:
        if request.htmx:
            return HttpResponseClientRedirect(request.get_full_path())
        return ask(request, entry, request.GET, FORGOTTEN, status=410)
    return act(probe)


def draw(
    request: SignedInRequest,
    entry: Entry[ProbeT],
    token: str,
    add: Callable[[ProbeT, BoxForm, QueryDict], ProbeT],
) -> HttpResponse:
    """Ask on with what was drawn in a picture: `add` makes a probe of it, and of the question.

    It may raise ProbeError and BusyError.
    """
    question = QueryDict(request.POST.get("question", "")[:LONGEST_QUESTION], mutable=True)
    question.pop("cursor", None)
    probe = entry.recall(token, request.user)
    if probe is None:
        return ask(request, entry, question, FORGOTTEN, status=410)
    before = entry.address(probe, question)
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait, again=before)
    try:
        drawn = add(probe, BoxForm(request.POST), question)
    except BusyError as error:
        return busy(request, str(error), again=before)
    except ProbeError as error:
        messages.error(request, str(error))
        return redirect(before)
    return redirect(entry.address(drawn, question))
