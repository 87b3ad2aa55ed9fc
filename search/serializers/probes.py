"""Pictures to search with, as JSON. Vectors never leave the server."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from faceengine.faces import Box
from galleries.serializers import BoxSerializer, ShortFloat
from search.probes import ProbeFace


class ProbeFaceSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="Its name in `face` of a question; from 0.")
    box = BoxSerializer()
    score = ShortFloat(help_text="How sure the detector was, on its own scale.")
    quality = ShortFloat(min_value=0, max_value=1)
    weakness = serializers.SerializerMethodField(
        help_text="What makes matches rarer, as of a stored face, or empty."
    )
    is_usable = serializers.BooleanField(help_text="Whether it can be searched with.")
    problem = serializers.CharField(help_text="Why it cannot be searched with, or empty.")
    is_drawn = serializers.BooleanField(help_text="Whether it was marked by hand.")

    def get_weakness(self, face: ProbeFace) -> str:
        return face.weakness or ""


class ShownSerializer(serializers.Serializer[Any]):
    """A picture to search with. Width and height in pixels, of the upright picture."""

    token = serializers.CharField(help_text="Names it, to you alone, for 15 minutes.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class ProbeSerializer(ShownSerializer):
    """A picture to search with. Width and height in pixels, of the upright picture."""

    faces = ProbeFaceSerializer(many=True)


class SentSerializer(serializers.Serializer[Any]):
    """A picture that is sent, or the id of something that is stored: one of them."""

    #: What is said where more than one is sent, or none.
    several: str

    photo = serializers.FileField(
        required=False, allow_empty_file=True, help_text="It is never written to disk."
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if len(asked) != 1:
            raise serializers.ValidationError(self.several)
        return asked


class StoredPictureSerializer(serializers.Serializer[Any]):
    """A face or a photo that is stored already."""

    face = serializers.IntegerField(required=False, help_text="The id of a face of a photo.")
    photo_id = serializers.IntegerField(
        required=False, help_text="The id of a photo: it is asked with by all its faces."
    )


class PictureSerializer(StoredPictureSerializer, SentSerializer):
    """What to search with: a picture, or a face or photo that is stored already."""

    several = "Send either a photo or the id of a face or photo."


class DrawnBoxSerializer(serializers.Serializer[Any]):
    """A box in fractions of the upright picture, wholly or partly inside it."""

    left = serializers.FloatField(min_value=-1, max_value=1)
    top = serializers.FloatField(min_value=-1, max_value=1)
    width = serializers.FloatField(min_value=0, max_value=2)
    height = serializers.FloatField(min_value=0, max_value=2)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not Box(**asked).clipped().area:
            raise serializers.ValidationError("This box lies outside the picture.")
        return asked

    @property
    def box(self) -> Box:
        """What of it lies inside, once it is valid."""
        return Box(**self.validated_data).clipped()
