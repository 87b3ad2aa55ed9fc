"""Photos that are the same picture, and which of them stay."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from galleries.duplicates import MOST_GROUPS, MOST_IN_GROUP
from galleries.serializers.deletions import DeletionSerializer
from galleries.serializers.persons import KeyField, KeysField
from galleries.serializers.photos import PhotoSerializer


class CopySerializer(serializers.Serializer[Any]):
    """One of several photos that are the same picture."""

    photo = PhotoSerializer()
    names = serializers.ListField(
        child=serializers.CharField(), help_text="Of the persons in it who have one."
    )
    differing_bits = serializers.IntegerField(
        allow_null=True,
        help_text="How much it differs from the best, of 64: 0 is the same picture, 8 the most.",
    )


class DuplicatesSerializer(serializers.Serializer[Any]):
    """Photos that are the same picture: the first is the best, the largest and sharpest."""

    is_sure = serializers.BooleanField(
        help_text="All differ so little that they are the same beyond doubt. Else look first."
    )
    copies = CopySerializer(many=True)


class _CopiesField(KeysField):
    """The ids of one group."""

    def __init__(self, **options: Any) -> None:
        super().__init__(limit=MOST_IN_GROUP, rows="photos", **options)


class KeepOneSerializer(serializers.Serializer[Any]):
    kept = KeyField(help_text="The id of the photo that stays.")
    photos = _CopiesField(help_text="The ids of the group. All but the one that stays go.")


class KeepBestSerializer(serializers.Serializer[Any]):
    groups = serializers.ListField(
        child=_CopiesField(),
        max_length=MOST_GROUPS,
        allow_empty=False,
        help_text="The ids of each group, the best first. Groups that are not sure are left alone.",
        error_messages={
            "max_length": f"Send at most {MOST_GROUPS} groups in one request.",
            "empty": "Send the ids of some groups.",
        },
    )


class KeepAllSerializer(serializers.Serializer[Any]):
    photos = _CopiesField(help_text="The ids of the group.")


class KeptSerializer(serializers.Serializer[Any]):
    deletion = DeletionSerializer(
        allow_null=True, help_text="What brings them back; null if there was nothing to delete."
    )
