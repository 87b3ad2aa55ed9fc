"""Carrying a decision out in the admin: the notice says what was done and where to take it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from galleries import history, people
from galleries.admin.base import counted, link
from galleries.decisions import IdentityError
from galleries.models import Batch, Person


def carry_out(
    page: admin.ModelAdmin[Any], request: HttpRequest, decide: Callable[[], Batch]
) -> Batch | None:
    """Decide and say so. Returns the batch, None where nothing was changed."""
    try:
        batch = decide()
    except IdentityError as error:
        page.message_user(request, str(error), level="ERROR")
        return None
    return announce(page, request, batch)


def announce(page: admin.ModelAdmin[Any], request: HttpRequest, batch: Batch) -> Batch | None:
    if not batch.pk:
        page.message_user(request, "That was so already: nothing was changed.")
        return None
    way_back = link("batch", batch.pk, "Look at it or take it back")
    page.message_user(request, format_html("{}. {}", history.describe(batch), way_back))
    return batch


def let_others_follow(page: admin.ModelAdmin[Any], request: HttpRequest, person: Person) -> None:
    """Look anew at the waiting faces that may be a person who was changed."""
    batch = people.reconsider(person, person.gallery.model)
    if count := batch.events.filter(person_to=person).count() if batch else 0:
        page.message_user(request, f"{counted(count, 'face')} that waited joined {person}.")
