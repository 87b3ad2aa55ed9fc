"""What a decision about identities leaves on the next page: a sentence and its undo."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from galleries import people
from galleries.models import Action, Album, AlbumAnswer, Batch, Deletion, Gallery, Person

# as `base.html` knows them
REDO, DELETED, ANSWERED = "redo-", "deleted-", "answered-"


def tell(request: HttpRequest, sentence: str, batch: Batch) -> None:
    """Say on the next page what was done, with a button that undoes the batch.

    The batch travels as the message's extra tag; `base.html` makes the button of it. What takes
    back an undo does the first batch again, and its button says so.
    """
    if not batch.pk:
        messages.info(request, "That was so already: nothing has changed.")
    else:
        is_undo = batch.action == Action.UNDO
        tag = f"{REDO}{batch.pk}" if is_undo else str(batch.pk)
        messages.success(request, sentence, extra_tags=tag)


def tell_deletion(request: HttpRequest, deletion: Deletion) -> None:
    """Say on the next page how many photos were deleted, with a button that brings them back."""
    sentence = f"{photos(deletion.photo_count)} deleted."
    messages.success(request, sentence, extra_tags=f"{DELETED}{deletion.pk}")


def tell_answers(request: HttpRequest, album: Album, answers: Sequence[AlbumAnswer]) -> None:
    """Say on the next page what was said of photos and an album, with a button that undoes it."""
    if not answers:
        messages.info(request, "That was so already: nothing has changed.")
        return
    count = photos(len(answers))
    if answers[0].is_here:
        sentence = f"{count} added to “{album}”."
    else:
        sentence = f"{count} will not be offered for “{album}” again."
    messages.success(request, sentence, extra_tags=f"{ANSWERED}{answers[0].round}")


def let_follow(person: Person, gallery: Gallery) -> str:
    """Let waiting faces join a person about whom somebody decided; the sentence that says so.

    Empty if none joined.
    """
    batch = people.reconsider(person, gallery.model)
    count = batch.events.filter(person_to=person).count() if batch else 0
    return f" {faces(count)} that waited joined {person}." if count else ""


def faces(count: int) -> str:
    return f"{count:,} face{'' if count == 1 else 's'}"


def photos(count: int) -> str:
    return f"{count:,} photo{'' if count == 1 else 's'}"


def back(request: HttpRequest, page: str) -> HttpResponse:
    """Return to the page that asked, where it names itself; else to `page`."""
    return redirect(asking_page(request) or page)


def asking_page(request: HttpRequest) -> str:
    """The address that `back` names, if it lies on this server; else nothing."""
    asked = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure())
    return asked if is_ours else ""
