"""The log of decisions, and taking them back."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from galleries import history
from galleries.models import Batch
from galleries.serializers.persons import KeyField


class BatchSerializer(serializers.ModelSerializer[Batch]):
    """One decision of somebody, of the matcher or of an import."""

    sentence = serializers.SerializerMethodField(help_text="Who did what, to be read.")
    actor = serializers.SlugRelatedField(  # type: ignore[var-annotated]
        "username", read_only=True, allow_null=True, help_text="The user's name."
    )
    undone = serializers.BooleanField(source="is_undone", read_only=True)

    class Meta:
        model = Batch
        fields = (
            *("id", "gallery", "action", "source", "actor", "sentence", "face_count"),
            *("undone", "undoes", "created_at"),
        )
        read_only_fields = fields
        extra_kwargs = {
            "undone": {"help_text": "Whether it was taken back."},
            "undoes": {"help_text": "The id of what it took back; undo it to do that again."},
        }

    def get_sentence(self, batch: Batch) -> str:
        return history.describe(batch)


class HistoryFilterSerializer(serializers.Serializer[Any]):
    person = KeyField(required=False, help_text="Only what is about this person.")


class UndoSerializer(serializers.Serializer[Any]):
    rest = serializers.BooleanField(
        default=False, help_text="Take back what later decisions leave, instead of nothing."
    )


class UndoneSerializer(serializers.Serializer[Any]):
    """What was taken back, and what could not be because of later decisions, the `obstacles`."""

    detail = serializers.CharField(help_text="A sentence for the user.")
    batches = serializers.ListField(
        child=serializers.IntegerField(), help_text="What to undo to do it again."
    )
    face_count = serializers.IntegerField(help_text="Faces that stay as they are.")
    persons = serializers.ListField(
        child=serializers.IntegerField(), help_text="Persons that stay as they are."
    )
    obstacles = BatchSerializer(many=True)
