"""Persons, and what may be decided about them and their faces."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import BigAutoField
from django.utils import timezone
from rest_framework import serializers

from accounts.models import User
from galleries.models import Person
from galleries.serializers.fields import PictureLink

MAX_FACES = 500
MAX_PERSONS = 100
MAX_NOTES = 10_000


class KeyField(serializers.IntegerField):
    """The id of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=BigAutoField.MAX_BIGINT, **options)


class KeysField(serializers.ListField):
    """Ids of rows, each once."""

    def __init__(self, *, limit: int, rows: str, **options: Any) -> None:
        super().__init__(
            child=KeyField(),
            max_length=limit,
            allow_empty=False,
            error_messages={
                "max_length": f"Send at most {limit} {rows} in one request.",
                "empty": f"Send the ids of some {rows}.",
            },
            **options,
        )


class PortraitLink(PictureLink):
    """The crop of the cover, or else of the best face, of rows that went through `with_faces`."""

    def __init__(self) -> None:
        super().__init__("api-face-crop", lookup_field="portrait_id", exists_if="portrait_id")


class KnownPersonSerializer(serializers.ModelSerializer[Person]):
    """A person of a gallery. A name is empty until somebody names this person."""

    user = serializers.SlugRelatedField(  # type: ignore[var-annotated]
        "username", read_only=True, allow_null=True, help_text="The name of the person's account."
    )
    hidden = serializers.BooleanField(source="is_hidden", read_only=True)
    stranger = serializers.BooleanField(source="is_stranger", read_only=True)
    face_count = serializers.IntegerField(read_only=True)
    portrait = PortraitLink()

    class Meta:
        model = Person
        fields = (
            *("id", "gallery", "name", "notes", "born_on", "user", "hidden", "stranger"),
            *("cover", "face_count", "portrait", "created_at"),
        )
        read_only_fields = fields
        extra_kwargs = {"cover": {"help_text": "The id of the face that was chosen, if any was."}}


class PersonFilterSerializer(serializers.Serializer[Any]):
    filter = serializers.ChoiceField(
        [
            ("named", "Those with a name, by name"),
            ("unnamed", "Those that nobody has named yet"),
            ("hidden", "Those that were hidden, and strangers"),
        ],
        required=False,
        help_text="Without it all that are neither hidden nor strangers.",
    )
    q = serializers.CharField(required=False, max_length=200, help_text="A part of the name.")


class PersonEditSerializer(serializers.Serializer[Any]):
    """What is to be changed; all the rest stays."""

    name = serializers.CharField(required=False, max_length=200)
    notes = serializers.CharField(required=False, allow_blank=True, max_length=MAX_NOTES)
    born_on = serializers.DateField(
        required=False, allow_null=True, help_text="Photos taken before are never matched."
    )
    user = serializers.SlugRelatedField(
        "username",
        queryset=User.objects.none(),
        required=False,
        allow_null=True,
        error_messages={"does_not_exist": "No member of this gallery has this name."},
    )
    cover = KeyField(required=False, help_text="The id of one of the person's faces.")
    hidden = serializers.BooleanField(required=False)
    stranger = serializers.BooleanField(
        required=False, help_text="Nobody to be named, and nobody is asked about."
    )

    def validate_born_on(self, born_on: date | None) -> date | None:
        if born_on and born_on > timezone.localdate():
            raise serializers.ValidationError("This day is still to come: check the year.")
        return born_on

    # `members` in the context are those whose account may be linked
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        if "members" in self.context:
            fields["user"].queryset = self.context["members"]  # type: ignore[attr-defined]
        return fields


class DecisionSerializer(serializers.Serializer[Any]):
    """What a decision has done."""

    batches = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="What to undo, the last first, to take it back; empty if nothing was changed.",
    )
    joined = serializers.IntegerField(
        help_text="Faces that waited and have joined the person because of it."
    )
    person = KnownPersonSerializer(
        allow_null=True, help_text="Who was changed or opened; null if there is nobody any more."
    )


class FacesSerializer(serializers.Serializer[Any]):
    faces = KeysField(limit=MAX_FACES, rows="faces")


class MergeSerializer(serializers.Serializer[Any]):
    persons = KeysField(limit=MAX_PERSONS, rows="persons", help_text="Who goes into this person.")
    even_if_different = serializers.BooleanField(
        default=False, help_text="Merge also those of whom somebody said that they are different."
    )


class SplitSerializer(FacesSerializer):
    name = serializers.CharField(
        default="", allow_blank=True, max_length=200, help_text="Of the new person, if known."
    )


class MoveSerializer(FacesSerializer):
    """Where the faces go: to a person, or to whoever has a name; it is opened if nobody has."""

    person = KeyField(required=False)
    name = serializers.CharField(required=False, max_length=200)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if ("person" in asked) == ("name" in asked):
            raise serializers.ValidationError("Send either the id of a person or a name.")
        return asked


class DifferentSerializer(serializers.Serializer[Any]):
    person = KeyField(help_text="Who is somebody else.")
