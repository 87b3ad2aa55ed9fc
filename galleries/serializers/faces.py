"""Faces: where they are, how good, whose, and who says so."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from galleries.models import Face, Person
from galleries.serializers.fields import DECIMALS, ShortFloat


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
    score = ShortFloat(
        read_only=True,
        help_text="How sure the detector was, on its own scale; -1 if only a human sees the face.",
    )
    quality = ShortFloat(read_only=True, min_value=0, max_value=1)
    landmarks = serializers.SerializerMethodField(
        help_text="[x, y] of left eye, right eye, nose, left and right corner of the mouth; "
        "fractions like those of the box. Empty until a face that was drawn by hand is read."
    )
    person = PersonSerializer(read_only=True, allow_null=True)
    probability = ShortFloat(
        read_only=True,
        allow_null=True,
        help_text="That it is this person, as far as the matcher knows; null if others said so.",
    )
    crop = serializers.HyperlinkedIdentityField("api-face-crop")

    class Meta:
        model = Face
        fields: tuple[str, ...] = (
            *("id", "box", "landmarks", "score", "quality", "weakness"),
            *("source", "person", "assigned_by", "probability", "crop"),
        )
        read_only_fields = fields

    def get_landmarks(self, face: Face) -> list[list[float]]:
        numbers = [round(number, DECIMALS) for number in face.landmarks]
        return [numbers[at : at + 2] for at in range(0, len(numbers), 2)]


class FaceOfPersonSerializer(FaceSerializer):
    """A face with the id of the photo that it is in."""

    class Meta(FaceSerializer.Meta):
        fields = ("photo", *FaceSerializer.Meta.fields)
        read_only_fields = fields
