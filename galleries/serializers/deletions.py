"""Photos that were deleted and can still be brought back. No pictures: they are shown nowhere."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from galleries.models import DeletedPhoto, Deletion


class DeletionSerializer(serializers.ModelSerializer[Deletion]):
    """Photos that one user deleted in one go, and that come back in one go."""

    user = serializers.SlugRelatedField(  # type: ignore[var-annotated]
        "username", read_only=True, allow_null=True, help_text="The name of who deleted them."
    )
    names = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Of the first photos, to tell one deletion from another.",
    )
    kept_until = serializers.DateTimeField(
        read_only=True, help_text="Some hours later they are deleted for good."
    )

    class Meta:
        model = Deletion
        fields = ("id", "gallery", "user", "photo_count", "names", "deleted_at", "kept_until")
        read_only_fields = fields


class DeletedPhotoSerializer(serializers.ModelSerializer[DeletedPhoto]):
    class Meta:
        model = DeletedPhoto
        fields = ("id", "deletion", "name", "sha256")
        read_only_fields = fields
        extra_kwargs = {"id": {"help_text": "Not that which it had as a photo."}}


class BroughtBackSerializer(serializers.Serializer[Any]):
    photo_count = serializers.IntegerField(help_text="Photos that are in the gallery again.")
