"""Pages that neither skip nor repeat a row while others are added."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request


class Pages(CursorPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """Raises: NotFound for a cursor that somebody wrote themselves."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError):  # a position of the wrong kind for its column
            raise NotFound(self.invalid_cursor_message) from None


class ByName(Pages):
    ordering = ("name", "pk")


class NewestFirst(Pages):
    ordering = "-pk"


class NewestDeviceFirst(Pages):
    ordering = "-created"


class Numbered(PageNumberPagination):
    """Of what is computed as a whole, and has no row to go on from."""

    page_size_query_param = "page_size"
