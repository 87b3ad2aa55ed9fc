"""Pages that neither skip nor repeat a row while others are added."""

from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class ByName(Pages):
    ordering = ("name", "pk")


class NewestFirst(Pages):
    ordering = "-pk"
