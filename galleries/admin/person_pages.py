"""The steps between an action on persons and its decision: choosing, and being warned."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from galleries import identities, purging
from galleries.admin.base import MAX_ROWS, counted, who
from galleries.admin.decisions import announce, carry_out, let_others_follow
from galleries.decisions import DifferentPeopleError, IdentityError
from galleries.models import Difference, Face, Gallery, Person

FACES_PER_PAGE = 100

PersonPage = admin.ModelAdmin[Person]


def merge(page: PersonPage, request: HttpRequest, persons: Sequence[Person]) -> HttpResponse | None:
    """Ask who is kept; then merge. None leads back to the list."""
    if len(persons) < 2 or len({person.gallery_id for person in persons}) > 1:
        text = "Choose two or more persons of one gallery, who are one and the same."
        page.message_user(request, text, level="ERROR")
        return None
    kept = next((row for row in persons if str(row.pk) == request.POST.get("kept")), None)
    if kept is None:
        return _ask(
            page, request, persons, "merge", "Merge persons", told_apart=_told_apart(persons)
        )
    others = [person for person in persons if person.pk != kept.pk]
    insist = "even_if_different" in request.POST
    try:
        batch = identities.merge_persons(others, kept, who(request), even_if_different=insist)
    except DifferentPeopleError:
        return _ask(
            page,
            request,
            persons,
            "merge",
            "Merge persons",
            told_apart=_told_apart(persons),
            kept=kept,
        )
    except IdentityError as error:
        page.message_user(request, str(error), level="ERROR")
        return None
    announce(page, request, batch)
    let_others_follow(page, request, kept)
    return None


def purge(page: PersonPage, request: HttpRequest, persons: Sequence[Person]) -> HttpResponse | None:
    """For owners, after a warning: the one thing that cannot be taken back."""
    owned = Gallery.objects.owned_by(request.user).values("pk")
    touched = {person.gallery_id for person in persons}
    if others := Gallery.objects.filter(pk__in=touched).exclude(pk__in=owned):
        names = ", ".join(f"“{gallery}”" for gallery in others)
        text = (
            f"Nothing brings a purged person back, so only an owner may purge: ask one of {names}."
        )
        page.message_user(request, text, level="ERROR")
        return None
    if "sure" not in request.POST:
        return _ask(page, request, persons, "purge", "Purge persons")
    for person in persons:
        pk = person.pk
        purging.purge_person(person)
        _note_purge(request, pk)
    page.message_user(
        request, f"Purged: {counted(len(persons), 'person')}. The faces stay in the photos."
    )
    return None


def faces_of(page: PersonPage, request: HttpRequest, object_id: str) -> dict[str, Any]:
    """What the page of a person shows beside the fields: its faces, newest photo first."""
    person = page.get_object(request, object_id)
    if person is None:
        return {}
    faces = Face.objects.of(person).select_related("photo").order_by("-photo", "pk")
    shown = Paginator(faces, FACES_PER_PAGE).get_page(request.GET.get("faces"))
    return {"faces": shown, "may_decide": page.has_change_permission(request, person)}


def decide_about_faces(page: PersonPage, request: HttpRequest, person_id: int) -> HttpResponse:
    """Split the chosen faces off, or confirm or reject them, or say that they are none."""
    person = page.get_object(request, str(person_id))
    if person is None:
        raise Http404
    if request.method != "POST" or not page.has_change_permission(request, person):
        raise PermissionDenied
    faces = _chosen_faces(request, person)
    if len(faces) > MAX_ROWS:
        page.message_user(request, f"Choose at most {MAX_ROWS} faces at once.", level="ERROR")
    elif not faces:
        page.message_user(request, "Choose some faces first.", level="ERROR")
    else:
        _decide(page, request, person, faces)
    return redirect("admin:galleries_person_change", person.pk)


def _decide(page: PersonPage, request: HttpRequest, person: Person, faces: Sequence[Face]) -> None:
    actor = who(request)
    match request.POST.get("decision"):
        case "split":
            _split(page, request, person, faces)
        case "confirm":
            carry_out(page, request, partial(identities.move_faces, faces, person, actor))
        case "reject":
            carry_out(page, request, partial(identities.reject_faces, faces, person, actor))
        case "no-faces":
            carry_out(page, request, partial(identities.mark_as_no_faces, faces, actor))
        case _:
            page.message_user(request, "Choose what to do with the faces.", level="ERROR")


def _split(page: PersonPage, request: HttpRequest, person: Person, faces: Sequence[Face]) -> None:
    name = request.POST.get("name", "").strip()[:200]
    try:
        batch, newcomer = identities.split_person(person, faces, who(request), name)
    except IdentityError as error:
        page.message_user(request, str(error), level="ERROR")
        return
    announce(page, request, batch)
    let_others_follow(page, request, newcomer)


def _chosen_faces(request: HttpRequest, person: Person) -> list[Face]:
    """Those of the person that the form names."""
    named = [int(key) for key in request.POST.getlist("face") if key.isascii() and key.isdigit()]
    return list(Face.objects.of(person).filter(pk__in=named[: MAX_ROWS + 1]))


def _ask(
    page: PersonPage,
    request: HttpRequest,
    persons: Sequence[Person],
    step: str,
    title: str,
    **context: Any,
) -> HttpResponse:
    """A page between the action and the decision, which sends the same action again."""
    every = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "media": page.media,
        "title": title,
        "persons": persons,
        "checkbox": ACTION_CHECKBOX_NAME,
        **context,
    }
    return TemplateResponse(request, f"admin/galleries/person/{step}.html", every)


def _told_apart(persons: Sequence[Person]) -> list[Difference]:
    keys = [person.pk for person in persons]
    among = Difference.objects.standing().filter(Q(one__in=keys) & Q(other__in=keys))
    return list(among.select_related("one", "other")[:MAX_ROWS])


def _note_purge(request: HttpRequest, person_id: int) -> None:
    """Keep in the admin's own journal that somebody was purged, and by whom, but no name."""
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Person), object_id=str(person_id)
    )
    nobody = f"Purged {person_id}"
    about.update(object_repr=nobody, change_message="")
    LogEntry.objects.create(
        user=who(request),
        content_type=ContentType.objects.get_for_model(Person),
        object_id=str(person_id),
        object_repr=nobody,
        action_flag=DELETION,
    )
