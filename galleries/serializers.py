"""Galleries and what is in them as JSON. Vectors never leave the server."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import Model
from rest_framework import serializers

from galleries.models import Album, Analysis, Face, Gallery, Person, Photo, Role

MAX_DIGESTS = 500
DECIMALS = 6
SHA256 = r"^[0-9a-fA-F]{64}$"


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
            *("id", "name", "role", "model", "photo_count", "member_count"),
            *("cover", "created_at"),
        )


class AlbumSerializer(serializers.ModelSerializer[Album]):
    photo_count = serializers.IntegerField(read_only=True)
    cover = CoverLink()

    class Meta:
        model = Album
        fields = ("id", "gallery", "name", "photo_count", "cover", "created_at")
        read_only_fields = ("gallery",)


class AnalysisSerializer(serializers.ModelSerializer[Analysis]):
    sentence = serializers.CharField(
        source="get_reason_display",
        help_text="Why the photo could not be read and what to do about it, or empty.",
    )

    class Meta:
        model = Analysis
        fields = ("state", "stage", "attempts", "reason", "sentence", "queued_at", "finished_at")
        read_only_fields = fields


class ProgressSerializer(serializers.Serializer[Any]):
    """How far the photos of a gallery are."""

    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="List them with `/photos?state=failed`.")
    unfinished = serializers.IntegerField(help_text="Ask again in some seconds while not 0.")
    faces = serializers.IntegerField()


class BoxSerializer(serializers.Serializer[Any]):
    """Fractions (0 to 1) of the upright picture's width and height, from its upper left corner."""

    left = ShortFloat()
    top = ShortFloat()
    width = ShortFloat()
    height = ShortFloat()


class PersonSerializer(serializers.ModelSerializer[Person]):
    class Meta:
        model = Person
        fields = ("id", "name")
        extra_kwargs = {"name": {"help_text": "Empty until somebody names this person."}}


class FaceSerializer(serializers.ModelSerializer[Face]):
    box = BoxSerializer(read_only=True)
    score = ShortFloat(read_only=True, help_text="How sure the detector was, on its own scale.")
    quality = ShortFloat(read_only=True, min_value=0, max_value=1)
    landmarks = serializers.SerializerMethodField(
        help_text="[x, y] of left eye, right eye, nose, left and right corner of the mouth; "
        "fractions like those of the box."
    )
    person = PersonSerializer(read_only=True, allow_null=True)
    crop = serializers.HyperlinkedIdentityField("api-face-crop")

    class Meta:
        model = Face
        fields: tuple[str, ...] = (
            *("id", "box", "landmarks", "score", "quality", "weakness"),
            *("source", "person", "crop"),
        )
        read_only_fields = fields

    def get_landmarks(self, face: Face) -> list[list[float]]:
        numbers = [round(number, DECIMALS) for number in face.landmarks]
        return [numbers[at : at + 2] for at in range(0, len(numbers), 2)]


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
            *("width", "height", "taken_at", "camera", "uploaded_by", "uploaded_at"),
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
