"""Galleries, their albums and the state of the work on them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.utils.serializer_helpers import ReturnDict

from galleries.models import Album, Gallery, Role
from galleries.serializers.fields import CoverLink


class CalibrationSerializer(serializers.Serializer[Gallery]):
    """The smallest similarities that count as a match, and the pairs of faces they rest on."""

    strict = serializers.FloatField(source="calibration.strict")
    normal = serializers.FloatField(source="calibration.normal")
    wide = serializers.FloatField(source="calibration.wide")
    stranger_pairs = serializers.IntegerField(source="refined_by.stranger_pairs", default=0)
    mate_pairs = serializers.IntegerField(source="refined_by.mate_pairs", default=0)
    computed_at = serializers.DateTimeField(
        source="refined_by.computed_at", default=None, help_text="Null: by the model pack alone."
    )


class GallerySerializer(serializers.ModelSerializer[Gallery]):
    role = serializers.ChoiceField(
        Role.choices, read_only=True, help_text="Yours. Owners and editors may change things."
    )
    model = serializers.SlugRelatedField(  # type: ignore[var-annotated]
        "key", read_only=True, help_text="The model version that its faces are compared by."
    )
    photo_count = serializers.IntegerField(read_only=True)
    member_count = serializers.IntegerField(read_only=True)
    calibration = serializers.SerializerMethodField()
    cover = CoverLink()

    class Meta:
        model = Gallery
        fields = (
            *("id", "name", "role", "model", "takes_names", "photo_count", "member_count"),
            *("calibration", "cover", "created_at"),
        )

    @extend_schema_field(CalibrationSerializer(allow_null=True))
    def get_calibration(self, gallery: Gallery) -> ReturnDict[str, Any] | None:
        """Null while the model cannot be used on the server."""
        return CalibrationSerializer(gallery).data if gallery.model.is_usable else None


class GalleryNameSerializer(serializers.Serializer[Gallery]):
    """The name of a gallery, to make sure that it is the right one."""

    name = serializers.CharField(max_length=200)

    def validate_name(self, name: str) -> str:
        if not self.instance or name != self.instance.name.strip():
            raise serializers.ValidationError(
                "This is not the name of the gallery. Nothing was deleted."
            )
        return name


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
