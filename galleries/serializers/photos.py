"""Photos, their analysis and their upload."""

from __future__ import annotations

import hashlib
from typing import Any

from rest_framework import serializers

from galleries.models import Album, Analysis, Photo
from galleries.serializers.faces import FaceSerializer
from galleries.serializers.fields import PictureLink

MAX_DIGESTS = 500
SHA256 = r"^[0-9a-fA-F]{64}$"


class AnalysisSerializer(serializers.ModelSerializer[Analysis]):
    sentence = serializers.CharField(
        source="get_reason_display",
        help_text="Why the photo could not be read and what to do about it, or empty.",
    )

    class Meta:
        model = Analysis
        fields = ("state", "stage", "attempts", "reason", "sentence", "queued_at", "finished_at")
        read_only_fields = fields


class PhotoSerializer(serializers.ModelSerializer[Photo]):
    """One picture. Width and height are those of the upright picture, in pixels."""

    uploaded_by = serializers.SlugRelatedField(  # type: ignore[var-annotated]
        "username", read_only=True, allow_null=True, help_text="The user's name."
    )
    analysis = AnalysisSerializer(read_only=True, allow_null=True)
    thumbnail = PictureLink("api-photo-thumbnail")
    preview = PictureLink("api-photo-preview")
    original = serializers.HyperlinkedIdentityField("api-photo-original")

    class Meta:
        model = Photo
        fields: tuple[str, ...] = (
            *("id", "gallery", "albums", "name", "sha256", "byte_size", "media_type"),
            *("width", "height", "taken_at", "camera", "latitude", "longitude"),
            *("uploaded_by", "uploaded_at"),
            *("analysis", "thumbnail", "preview", "original"),
        )
        read_only_fields = fields


class PhotoWithFacesSerializer(PhotoSerializer):
    faces = FaceSerializer(many=True, read_only=True)

    class Meta(PhotoSerializer.Meta):
        fields = (*PhotoSerializer.Meta.fields, "faces")
        read_only_fields = fields


class PhotoFilterSerializer(serializers.Serializer[Any]):
    album = serializers.IntegerField(required=False, help_text="Only photos of this album.")
    state = serializers.ChoiceField(
        Analysis.State.choices, required=False, help_text="Only photos in this state of analysis."
    )


class UploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True, max_length=255)
    album = serializers.PrimaryKeyRelatedField(
        queryset=Album.objects.none(),
        required=False,
        allow_null=True,
        error_messages={"does_not_exist": "This gallery has no such album."},
    )
    sha256 = serializers.RegexField(
        SHA256,
        required=False,
        help_text="Of the file, in hexadecimal. Content that does not match is refused.",
        error_messages={"invalid": "Send the SHA-256 as 64 hexadecimal digits."},
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse a file that changed on its way."""
        expected, file = asked.get("sha256", "").lower(), asked["file"]
        if expected and expected != hashlib.file_digest(file, "sha256").hexdigest():
            fault = "The file that arrived has another SHA-256. Send it again."
            raise serializers.ValidationError({"sha256": [fault]})
        file.seek(0)
        return asked

    # `albums` in the context are those that the photo may be put into
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        if "albums" in self.context:
            fields["album"].queryset = self.context["albums"]  # type: ignore[attr-defined]
        return fields


class DigestsSerializer(serializers.Serializer[Any]):
    sha256 = serializers.ListField(
        child=serializers.RegexField(SHA256), max_length=MAX_DIGESTS, allow_empty=False
    )


class KnownPhotoSerializer(serializers.ModelSerializer[Photo]):
    class Meta:
        model = Photo
        fields = ("id", "sha256")


class KnownPhotosSerializer(serializers.Serializer[Any]):
    known = KnownPhotoSerializer(many=True)
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="The digests whose files are worth sending."
    )
