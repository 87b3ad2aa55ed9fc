"""Numbers and addresses as the API writes them."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from rest_framework import serializers

DECIMALS = 6


class ShortFloat(serializers.FloatField):
    """Six decimals: a tenth of a pixel in the largest picture, at a third of the length."""

    def to_representation(self, value: Any) -> Any:
        return round(float(value), DECIMALS)


class PictureLink(serializers.HyperlinkedIdentityField):
    """The address of something made from a photo; null as long as `exists_if` is."""

    def __init__(self, view_name: str, *, lookup_field: str = "pk", exists_if: str = "width"):
        super().__init__(
            view_name, allow_null=True, lookup_field=lookup_field, lookup_url_kwarg="pk"
        )
        self.exists_if = exists_if

    def get_url(self, obj: Model, view_name: str, request: Any, format: str | None) -> str | None:  # noqa: A002 - REST framework's name
        if getattr(obj, self.exists_if) is None:
            return None
        return super().get_url(obj, view_name, request, format)


class CoverLink(PictureLink):
    """The thumbnail of the newest photo, of rows that went through `with_cover`."""

    def __init__(self) -> None:
        super().__init__("api-photo-thumbnail", lookup_field="cover_id", exists_if="cover_id")
