"""Matches as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from faceengine.packs import Strictness
from galleries.models import Photo
from galleries.serializers import FaceSerializer, PersonSerializer, PhotoSerializer, ShortFloat
from search.models import SearchRecord
from search.serializers.probes import ProbeSerializer


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
    face = FaceSerializer(
        help_text="The photo's face that is most like one that was asked for; of those asked for "
        "together, the face of the first."
    )
    person = PersonSerializer(source="face.person", allow_null=True)
    similarity = ShortFloat(
        allow_null=True,
        help_text="Cosine of the two embeddings, -1 to 1, of the face that the probability is of; "
        "null where it was said to be the person, and is not alike.",
    )
    others = FaceSerializer(many=True, help_text="The photo's other faces that answer.")
    probability = ShortFloat(
        help_text="That it is the same person, 0 to 1; of those asked for together, of the one of "
        "whom it is least."
    )


class MeantSerializer(serializers.Serializer[Any]):
    """The strictness that was asked with, and what it means."""

    word = serializers.CharField(source="value")
    meaning = serializers.SerializerMethodField()

    def get_meaning(self, strictness: Strictness) -> str:
        strangers = f"{1 / strictness.false_match_rate:,.0f}"
        return f"About 1 in {strangers} strangers would look this similar."


class MatchesSerializer(serializers.Serializer[Any]):
    """Photos that answer, one match a photo."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    total = serializers.IntegerField()
    strictness = MeantSerializer()
    nearest = MatchSerializer(
        many=True, help_text="When nothing is alike enough: what comes closest, below the line."
    )
    results = MatchSerializer(many=True, source="matches")


class GroupSerializer(serializers.Serializer[Any]):
    person = PersonSerializer(allow_null=True, help_text="Null for faces of nobody yet.")
    photo_count = serializers.IntegerField()
    best = MatchSerializer(many=True, help_text="The first of its matches, at most 6.")
    matches = serializers.URLField(help_text="All of them.")


class GroupsSerializer(serializers.Serializer[Any]):
    """Whom the photos show; `total` counts the groups."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    total = serializers.IntegerField()
    strictness = MeantSerializer()
    results = GroupSerializer(many=True, source="groups")


class AnswerSerializer(serializers.Serializer[Any]):
    probe = ProbeSerializer()
    matches = MatchesSerializer()


class SearchRecordSerializer(serializers.ModelSerializer[SearchRecord]):
    user = serializers.SlugRelatedField(  # type: ignore[var-annotated]
        "username", read_only=True, allow_null=True, help_text="Null after the account is gone."
    )

    class Meta:
        model = SearchRecord
        fields = ("id", "user", "searched_at", "kind", "strictness", "hits")
        read_only_fields = fields
