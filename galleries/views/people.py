"""The people of a gallery: found, merged, hidden."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import identities
from galleries.decisions import DifferentPeopleError, IdentityError
from galleries.forms import PersonsForm
from galleries.models import Gallery, Person
from galleries.models.person import PersonQuerySet
from galleries.views import notices
from galleries.views.lookup import editable_gallery, visible_gallery

CARDS_PER_PAGE = 60
# names that a field suggests while somebody types
SUGGESTIONS = 20
FILTERS = {"all": "All", "named": "Named", "unnamed": "Unnamed", "hidden": "Hidden and strangers"}


@require_safe
def people(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = visible_gallery(request.user, gallery_id)
    show = request.GET.get("show", "")
    show = show if show in FILTERS else "all"
    text = request.GET.get("q", "").strip()[:200]
    persons = _filtered(Person.objects.filter(gallery=gallery), show).matching(text)
    rows = persons.with_faces().noticeable().named_first()
    context = {
        "gallery": gallery,
        "page": Paginator(rows, CARDS_PER_PAGE).get_page(request.GET.get("page")),
        "filters": FILTERS,
        "show": show,
        "text": text,
    }
    return render(request, "galleries/people.html", context)


@require_safe
def names(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Suggestions for what is being typed, as `name` or `into`."""
    gallery = visible_gallery(request.user, gallery_id)
    text = request.GET.get("name", "") or request.GET.get("into", "")
    context = {"names": suggest_names(gallery, text[:200])}
    return render(request, "galleries/_people_names.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Several become one, once somebody has chosen who is kept.

    The persons come as `person`, or one of them by name as `into`.
    """
    gallery = editable_gallery(request.user, gallery_id)
    form = PersonsForm(request.POST or request.GET)
    persons = _chosen(gallery, form)
    if into := request.GET.get("into", ""):
        persons += [person for person in _called(request, gallery, into) if person not in persons]
    if len(persons) < 2:
        messages.error(request, _problem(form) or "Choose at least two people to merge.")
        return _back_from_merge(request, gallery, persons)
    kept = next((one for one in persons if one.pk == form.cleaned_data.get("kept")), None)
    if request.method != "POST" or kept is None:
        return _ask_who_is_kept(request, gallery, persons)
    return _merge(request, gallery, persons, kept, form)


@require_POST
def hide(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = editable_gallery(request.user, gallery_id)
    form = PersonsForm(request.POST)
    chosen = _chosen(gallery, form)
    try:
        batch = identities.hide_persons(chosen, request.user)
        who = str(chosen[0]) if len(chosen) == 1 else f"{len(chosen)} people"
        notices.tell(request, f"{who} hidden: find them under “Hidden and strangers”.", batch)
    except IdentityError as error:
        messages.error(request, _problem(form) or str(error))
    return notices.back(request, reverse("people", args=[gallery.pk]))


def suggest_names(gallery: Gallery, text: str = "") -> list[str]:
    """What may be typed to mean somebody: where two have one name, with the number of each."""
    persons = Person.objects.filter(gallery=gallery).present().named().matching(text)
    found = list(persons.order_by("name", "pk").values_list("pk", "name")[: SUGGESTIONS + 1])
    known = [name for _, name in found]
    return [f"{name} #{pk}" if known.count(name) > 1 else name for pk, name in found[:SUGGESTIONS]]


def find_called(gallery: Gallery, text: str) -> Person | None:
    """The person of the gallery whom a typed name means. Raises: IdentityError if it may be two."""
    found = list(Person.objects.filter(gallery=gallery).present().called(text).order_by("pk")[:3])
    if len(found) > 1:
        numbers = " or ".join(f"“{person.name} #{person.pk}”" for person in found)
        raise IdentityError(f"Several people are called “{text.strip()}”: type {numbers}.")
    return found[0] if found else None


def _filtered(persons: PersonQuerySet, show: str) -> PersonQuerySet:
    if show == "hidden":
        return persons.set_aside()
    listed = persons.listed()
    return {"named": listed.named(), "unnamed": listed.unnamed()}.get(show, listed)


def _chosen(gallery: Gallery, form: PersonsForm) -> list[Person]:
    """The persons that a form names, the likeliest to be kept first."""
    if not form.is_valid():
        return []
    persons = Person.objects.filter(gallery=gallery, pk__in=form.cleaned_data["person"]).present()
    return list(persons.with_faces().named_first())


def _called(request: HttpRequest, gallery: Gallery, text: str) -> list[Person]:
    """The person of that name as a list, empty after saying why there is none."""
    try:
        found = find_called(gallery, text)
    except IdentityError as error:
        messages.error(request, str(error))
        return []
    if found is None:
        messages.error(request, f"Nobody in this gallery is called “{text}”. Check the spelling.")
        return []
    return list(Person.objects.filter(pk=found.pk).with_faces())


def _ask_who_is_kept(
    request: SignedInRequest,
    gallery: Gallery,
    persons: list[Person],
    problem: IdentityError | None = None,
) -> HttpResponse:
    """The page before a merge, with what somebody said against it, or with the name of both."""
    name = request.GET.get("name", "")
    names = {person.name for person in persons if person.name}
    context = {
        "gallery": gallery,
        "persons": persons,
        "problem": problem,
        "has_several_names": len(names) > 1,
        "name": name if len(persons) == 2 else "",
        "renamed": next((one for one in persons if one.name.lower() != name.lower()), None),
    }
    return render(request, "galleries/people_merge.html", context, status=409 if problem else 200)


def _merge(
    request: SignedInRequest,
    gallery: Gallery,
    persons: Iterable[Person],
    kept: Person,
    form: PersonsForm,
) -> HttpResponse:
    others = [person for person in persons if person.pk != kept.pk]
    try:
        batch = identities.merge_persons(
            others,
            kept,
            request.user,
            even_if_different=form.cleaned_data["even_if_different"],
        )
    except DifferentPeopleError as error:
        return _ask_who_is_kept(request, gallery, [kept, *others], error)
    except IdentityError as error:
        messages.error(request, str(error))
        return redirect("people", gallery.pk)
    sentence = f"{notices.faces(batch.face_count)} joined {kept}."
    notices.tell(request, sentence + notices.let_follow(kept, gallery), batch)
    return redirect("person", kept.pk)


def _back_from_merge(
    request: SignedInRequest, gallery: Gallery, persons: list[Person]
) -> HttpResponse:
    page = reverse("person", args=[persons[0].pk]) if persons else ""
    return notices.back(request, page or reverse("people", args=[gallery.pk]))


def _problem(form: PersonsForm) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)
