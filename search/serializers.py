"""Probes and matches as JSON. Vectors never leave the server."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from faceengine.packs import Strictness
from galleries.models import Photo
from galleries.serializers import (
    BoxSerializer,
    FaceSerializer,
    PersonSerializer,
    PhotoSerializer,
    ShortFloat,
)
from search.pages import LONGEST_CURSOR
from search.probes import ProbeFace

MAX_FACES = 100
MAX_GALLERIES = 100
STRICTNESS_CHOICES = [
    (word.value, f"one of {1 / word.false_match_rate:,.0f} strangers still counts as a match")
    for word in Strictness
]


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

    def get_weakness(self, face: ProbeFace) -> str:
        return face.weakness or ""


class ProbeSerializer(serializers.Serializer[Any]):
    """A picture to search with. Width and height in pixels, of the upright picture."""

    token = serializers.CharField(help_text="Names the probe, to you alone, for 15 minutes.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    faces = ProbeFaceSerializer(many=True)


class StoredFaceSerializer(serializers.Serializer[Any]):
    """A face that is stored already."""

    face = serializers.IntegerField(help_text="Its id.")


class PictureSerializer(serializers.Serializer[Any]):
    """What to search with: a picture, or a face that is stored already."""

    photo = serializers.FileField(
        required=False, allow_empty_file=True, help_text="It is never written to disk."
    )
    face = serializers.IntegerField(required=False, help_text="The id of a face of a photo.")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if ("photo" in asked) == ("face" in asked):
            raise serializers.ValidationError("Send either a photo or the id of a face.")
        return asked


class ScopeSerializer(serializers.Serializer[Any]):
    """Where to look, and how sure to be."""

    strictness = serializers.ChoiceField(
        STRICTNESS_CHOICES,
        default=Strictness.NORMAL.value,
        help_text="How alike a face must be.",
    )
    gallery = serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        max_length=MAX_GALLERIES,
        help_text="Only in these galleries; repeat it for several. Without it, in all of yours.",
    )
    page_size = serializers.IntegerField(default=48, min_value=1, max_value=100)


class SearchSerializer(ScopeSerializer):
    photo = serializers.FileField(allow_empty_file=True, help_text="It is never written to disk.")


class QuestionSerializer(ScopeSerializer):
    face = serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        max_length=MAX_FACES,
        help_text="Numbers of the probe's faces, any of which a photo must show; repeat it for "
        "several. Without it, any of the usable ones.",
    )
    cursor = serializers.CharField(
        required=False, max_length=LONGEST_CURSOR, help_text="As in `next`."
    )


class MatchedPhotoSerializer(PhotoSerializer):
    """The part of a photo that a list of matches shows."""

    class Meta:
        model = Photo
        fields: tuple[str, ...] = (
            *("id", "gallery", "name", "sha256", "width", "height", "taken_at"),
            *("thumbnail", "preview", "original"),
        )
        read_only_fields = fields


class MatchSerializer(serializers.Serializer[Any]):
    photo = MatchedPhotoSerializer(source="face.photo")
    face = FaceSerializer(help_text="The photo's face that is most like one that was asked for.")
    person = PersonSerializer(source="face.person", allow_null=True)
    similarity = ShortFloat(
        allow_null=True,
        help_text="Cosine of the two embeddings, -1 to 1; null where the face was said to be the "
        "person, and is not alike.",
    )
    others = FaceSerializer(many=True, help_text="The photo's other faces that answer.")
    probability = ShortFloat(help_text="That it is the same person, 0 to 1.")


class MatchesSerializer(serializers.Serializer[Any]):
    """Photos that show any of the faces asked for, best first, one match a photo."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    total = serializers.IntegerField()
    nearest = MatchSerializer(
        many=True, help_text="When nothing is alike enough: what comes closest, below the line."
    )
    results = MatchSerializer(many=True, source="matches")


class AnswerSerializer(serializers.Serializer[Any]):
    probe = ProbeSerializer()
    matches = MatchesSerializer()
