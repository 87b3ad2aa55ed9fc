"""What the admin's pages of rows inside a gallery have in common."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from accounts.models import User
from galleries.models import Gallery

RowT = TypeVar("RowT", bound=Model)
# what Django's confirmation page shows: names, counts, missing permissions, protected rows
Doomed: TypeAlias = tuple[list[str], dict[str, int], set[str], list[str]]

#: Rows that one action takes: each may be many decisions in the log.
MAX_ROWS = 500
TOO_MANY_ROWS = f"Choose at most {MAX_ROWS} rows at once."


class VisibleRowsAdmin(admin.ModelAdmin[RowT]):
    """Rows of the galleries that the administrator is a member of."""

    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RowT]:
        return self.model.objects.visible_to(request.user)  # type: ignore[attr-defined, no-any-return]


class NothingTyped(admin.ModelAdmin[RowT]):
    """Rows that only the code writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(NothingTyped[RowT], VisibleRowsAdmin[RowT]):
    """Rows of one's galleries that only the engine writes."""


class ModeratedAdmin(VisibleRowsAdmin[RowT]):
    """Rows that some members of their gallery may change: its owners and editors."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change = super().has_change_permission(request, obj)
        return may_change and (obj is None or may_edit(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_delete = super().has_delete_permission(request, obj)
        return may_delete and (obj is None or may_edit(request, obj))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Say to whom may only look why there is nothing to change."""
        row = self.get_object(request, object_id) if request.method == "GET" else None
        if row and (closed := galleries_closed_to(request, [row])):
            self.message_user(request, only_look_at(closed), level="WARNING")
        return super().change_view(request, object_id, form_url, extra_context)

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> Doomed:
        """Name the rows only: listing all that goes with them would have no bound."""
        rows = list(itertools.islice(objs, MAX_ROWS + 1))
        kind = str(self.opts.verbose_name_plural)
        if len(rows) > MAX_ROWS:
            return [], {}, set(), [TOO_MANY_ROWS]
        closed = galleries_closed_to(request, rows)
        names = [str(row) for row in rows]
        return names, {kind: len(rows)}, set(), [only_look_at(closed)] if closed else []

    def chosen(self, request: HttpRequest, queryset: QuerySet[RowT]) -> list[RowT]:
        """The rows of an action, or none and a message that says why not."""
        rows = list(queryset[: MAX_ROWS + 1])
        if len(rows) > MAX_ROWS:
            self.refuse(request, TOO_MANY_ROWS)
            return []
        if closed := galleries_closed_to(request, rows):
            self.refuse(request, only_look_at(closed))
            return []
        return rows

    def refuse(self, request: HttpRequest, text: str) -> None:
        self.message_user(request, text, level="ERROR")


def who(request: HttpRequest) -> User:
    """The administrator: behind the admin's door there is always somebody."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("Nobody is signed in.")
    return user


def may_edit(request: HttpRequest, row: Any) -> bool:
    """Whether the administrator's role in the row's gallery lets him change it."""
    return Gallery.objects.editable_by(request.user).filter(pk=row.gallery_id).exists()


def galleries_closed_to(request: HttpRequest, rows: Iterable[Any]) -> list[Gallery]:
    """The galleries of the rows in which the administrator may only look."""
    touched = {row.gallery_id for row in rows}
    open_ones = Gallery.objects.editable_by(request.user).values("pk")
    return list(Gallery.objects.filter(pk__in=touched).exclude(pk__in=open_ones))


def only_look_at(galleries: Iterable[Gallery]) -> str:
    names = ", ".join(f"“{gallery}”" for gallery in galleries)
    return (
        f"You may look at {names} but not change anything there. "
        "Ask an owner to make you an editor."
    )


def image(address: str, text: str) -> SafeString:
    return format_html('<img src="{}" alt="{}" height="80" loading="lazy">', address, text)


def counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def moment(time: datetime) -> str:
    return date_format(localtime(time), "j M Y, H:i")


def link(name: str, pk: int | None, text: str) -> SafeString:
    """To the admin's page of a row."""
    return format_html(
        '<a href="{}">{}</a>', reverse(f"admin:galleries_{name}_change", args=[pk]), text
    )
