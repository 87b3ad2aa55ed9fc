"""The admin's pages, as a moderator uses them."""

from typing import Any

from django.apps import apps
from django.test import Client
from django.urls import reverse

from galleries.models import Person


def changelist(name: str, query: str = "") -> str:
    return reverse(f"admin:galleries_{name}_changelist") + query


def page_of(person: Person) -> str:
    return reverse("admin:galleries_person_change", args=[person.pk])


def act(client: Client, name: str, action: str, rows: Any, **more: Any) -> str:
    """Carry an action out on some rows of a list; returns the page that follows."""
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(changelist(name), data, follow=True).text


def rows_of(name: str) -> Any:
    return apps.get_model("galleries", name)._default_manager.all()
