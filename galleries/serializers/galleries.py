"""Galleries, their albums and the state of the work on them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from galleries.models import Album, Gallery, Role
from galleries.serializers.fields import CoverLink


class GallerySerializer(serializers.ModelSerializer[Gallery]):
    role = serializers.ChoiceField(
        Role.choices, read_only=True, help_text="Yours. Owners and editors may change things."
    )
    model = serializers.SlugRelatedField(  # type: ignore[var-annotated]
        "key", read_only=True, help_text="The model version that its faces are compared by."
    )
    photo_count = serializers.IntegerField(read_only=True)
    member_count = serializers.IntegerField(read_only=True)
    cover = CoverLink()

    class Meta:
        model = Gallery
        fields = (
            *("id", "name", "role", "model", "takes_names", "photo_count", "member_count"),
            *("cover", "created_at"),
        )


class AlbumSerializer(serializers.ModelSerializer[Album]):
    photo_count = serializers.IntegerField(read_only=True)
    cover = CoverLink()

    class Meta:
        model = Album
        fields = ("id", "gallery", "name", "photo_count", "cover", "created_at")
        read_only_fields = ("gallery",)


class ProgressSerializer(serializers.Serializer[Any]):
    """How far the photos of a gallery are."""

    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="List them with `/photos?state=failed`.")
    unfinished = serializers.IntegerField(help_text="Ask again in some seconds while not 0.")
    faces = serializers.IntegerField()
