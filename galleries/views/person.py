"""One person: who it is, all faces, and what may be said about them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeAlias

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import SignedInRequest
from galleries import identities
from galleries.decisions import IdentityError
from galleries.forms import NameForm, PersonForm
from galleries.models import AssignedBy, Batch, Face, Gallery, Person
from galleries.views import notices
from galleries.views.history import entries_of
from galleries.views.lookup import visible_gallery
from galleries.views.people import find_called, suggest_names

FACES_PER_PAGE = 60
LATEST = 10

View: TypeAlias = Callable[[SignedInRequest, int], HttpResponse]


def refusable(view: View) -> View:
    """Let a decision that cannot be carried out become a sentence on the person's page."""

    @wraps(view)
    def ask(request: SignedInRequest, person_id: int) -> HttpResponse:
        try:
            return view(request, person_id)
        except IdentityError as error:
            messages.error(request, str(error))
            return redirect("person", person_id)

    return ask


@require_safe
def person(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Who was merged or deleted has no page any more, but a history."""
    anybody = Person.objects.filter(gallery__in=Gallery.objects.visible_to(request.user))
    found = get_object_or_404(anybody, pk=person_id)
    if not found.is_removed:
        return _page(request, found)
    messages.info(request, f"{found} was merged or deleted. Here is how.")
    return redirect(f"{reverse('history', args=[found.gallery_id])}?person={found.pk}")


@require_POST
@refusable
def edit(request: SignedInRequest, person_id: int) -> HttpResponse:
    changed = _editable(request, person_id)
    form = PersonForm(changed, request.POST)
    if not form.is_valid():
        return _page(request, changed, form)
    batch = identities.edit_person(changed, request.user, **form.cleaned_data)
    left = f" {notices.faces(batch.face_count)} from before left." if batch.face_count else ""
    notices.tell(request, f"Saved what is known about {changed}.{left}", batch)
    return redirect("person", person_id)


@require_POST
@refusable
def name(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Name a person; where another has the name already, ask whether they are the same."""
    named = _editable(request, person_id)
    form = NameForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["name"]))
        return redirect("person", person_id)
    text = form.cleaned_data["name"]
    namesakes = Person.objects.filter(gallery=named.gallery_id).present().called(text)
    other = namesakes.exclude(pk=named.pk).order_by("pk").first()
    if other and not form.cleaned_data["is_namesake"]:
        query = QueryDict(mutable=True)
        query.setlist("person", [str(other.pk), str(named.pk)])
        query["name"] = text
        return redirect(f"{reverse('people-merge', args=[named.gallery_id])}?{query.urlencode()}")
    batch = identities.name_person(named, text, request.user)
    joined = notices.let_follow(named, _gallery(request, named))
    notices.tell(request, f"This is {named} now.{joined}", batch)
    return redirect("person", person_id)


@require_POST
@refusable
def tell_apart(request: SignedInRequest, person_id: int) -> HttpResponse:
    one = _editable(request, person_id)
    text = request.POST.get("name", "")
    other = find_called(_gallery(request, one), text)
    if other is None or other == one:
        raise IdentityError(f"Nobody else in this gallery is called “{text}”.")
    batch = identities.tell_apart(one, other, request.user)
    notices.tell(request, f"Remembered: {one} and {other} are two people.", batch)
    return redirect("person", person_id)


@require_POST
@refusable
def hide(request: SignedInRequest, person_id: int) -> HttpResponse:
    said = "{} is hidden: the lists leave this person out."
    return _set_aside(request, person_id, identities.hide_person, said)


@require_POST
@refusable
def show(request: SignedInRequest, person_id: int) -> HttpResponse:
    return _set_aside(request, person_id, identities.show_person, "{} is in the lists again.")


@require_POST
@refusable
def stranger(request: SignedInRequest, person_id: int) -> HttpResponse:
    said = "{} is a stranger: nobody is asked about this person again."
    return _set_aside(request, person_id, identities.mark_as_stranger, said)


@require_POST
@refusable
def delete(request: SignedInRequest, person_id: int) -> HttpResponse:
    doomed = _editable(request, person_id)
    batch = identities.delete_person(doomed, request.user)
    notices.tell(request, f"{doomed} is deleted. The photos stayed.", batch)
    return redirect("people", doomed.gallery_id)


def _set_aside(
    request: SignedInRequest,
    person_id: int,
    decide: Callable[[Person, User], Batch],
    sentence: str,
) -> HttpResponse:
    changed = _editable(request, person_id)
    notices.tell(request, sentence.format(changed), decide(changed, request.user))
    return redirect("person", person_id)


def _page(request: SignedInRequest, shown: Person, form: PersonForm | None = None) -> HttpResponse:
    gallery = _gallery(request, shown)
    faces = Face.objects.of(shown).select_related("photo")
    is_doubtful_first = request.GET.get("order") == "doubtful"
    ranked = faces.least_sure_first() if is_doubtful_first else faces.newest_first()
    latest = Batch.objects.filter(gallery=gallery).about(shown).decided().newest_first()
    context = {
        "gallery": gallery,
        "person": Person.objects.with_faces().select_related("user").get(pk=shown.pk),
        "page": Paginator(ranked, FACES_PER_PAGE).get_page(request.GET.get("page")),
        "confirmed_count": faces.filter(assigned_by=AssignedBy.HUMAN).count(),
        "is_doubtful_first": is_doubtful_first,
        "entries": entries_of(latest[:LATEST]),
        "form": form or PersonForm(shown),
        "names": suggest_names(gallery) if gallery.may_edit else [],
    }
    status = 400 if form else 200
    return render(request, "galleries/person.html", context, status=status)


def _editable(request: SignedInRequest, person_id: int) -> Person:
    found: Person = get_object_or_404(Person.objects.editable_by(request.user), pk=person_id)
    return found


def _gallery(request: SignedInRequest, person: Person) -> Gallery:
    return visible_gallery(request.user, person.gallery_id)
