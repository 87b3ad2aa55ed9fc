"""What can be asked. Lists are repeated in an address: `person=5&person=7`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from rest_framework import serializers

from faceengine.packs import Strictness
from search.combining import Combination
from search.pages import LONGEST_CURSOR, Order
from search.scope import USUAL_KILOMETRES

MAX_FACES = 100
MAX_GALLERIES = 100
MAX_PERSONS = 10
LARGEST_FACE = 100_000
LARGEST_ID = 2**63 - 1
MOST_KILOMETRES = 1000
STRICTNESS_CHOICES = [
    (word.value, f"one of {1 / word.false_match_rate:,.0f} strangers still counts as a match")
    for word in Strictness
]
COMBINATION_CHOICES = [
    (Combination.ANY.value, "a photo shows at least one of those looked for"),
    (Combination.TOGETHER.value, "a photo shows all of them"),
]
ORDER_CHOICES = [
    (Order.LIKENESS.value, "the likeliest"),
    (Order.NEWEST.value, "the newest; those without a date come last"),
    (Order.OLDEST.value, "the oldest; those without a date come last"),
]

#: What was asked, once it is valid.
Words: TypeAlias = Mapping[str, Any]


def _ids(most: int, help_text: str, *, required: bool = False) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=LARGEST_ID),
        required=required,
        allow_empty=not required,
        max_length=most,
        help_text=f"{help_text} Repeat it for several.",
    )


class FiltersSerializer(serializers.Serializer[Any]):
    """Where to look."""

    gallery = _ids(MAX_GALLERIES, "Only in these galleries. Without it, in all of yours.")
    album = _ids(MAX_GALLERIES, "Only in these albums.")
    taken_from = serializers.DateField(required=False, help_text="Not before this day.")
    taken_until = serializers.DateField(required=False, help_text="Not after this day.")
    camera = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=100,
        help_text="Only photos of it, as `camera` of a photo says.",
    )
    name = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=255,
        help_text="Only files with this in their name.",
    )
    least_face = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=LARGEST_FACE,
        help_text="Only faces whose longer side has so many pixels in the original.",
    )

    near = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LARGEST_ID,
        help_text="Only photos taken near this one, a photo with a `latitude`.",
    )
    within = serializers.IntegerField(
        default=USUAL_KILOMETRES,
        min_value=1,
        max_value=MOST_KILOMETRES,
        help_text="How many kilometres away `near` reaches.",
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        first, last = asked.get("taken_from"), asked.get("taken_until")
        if first and last and first > last:
            raise serializers.ValidationError({"taken_from": ["This is after the last day."]})
        return asked


class WhomSerializer(FiltersSerializer):
    """Whom to look for among the persons of galleries, and how sure to be."""

    person = _ids(MAX_PERSONS, "Persons whom a photo must show.")
    without_person = _ids(MAX_PERSONS, "Persons whom no photo may show.")
    combine = serializers.ChoiceField(
        COMBINATION_CHOICES, default=Combination.ANY.value, help_text="How several are meant."
    )
    strictness = serializers.ChoiceField(
        STRICTNESS_CHOICES,
        default=Strictness.NORMAL.value,
        help_text="How alike a face must be.",
    )
    order = serializers.ChoiceField(
        ORDER_CHOICES, default=Order.LIKENESS.value, help_text="Which photos come first."
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        for wanted, unwanted in (("person", "without_person"), ("face", "without_face")):
            if {*asked.get(wanted, ())} & {*asked.get(unwanted, ())}:
                fault = "Somebody is looked for and left out at once: choose one."
                raise serializers.ValidationError({unwanted: [fault]})
        return super().validate(asked)


class PagedSerializer(serializers.Serializer[Any]):
    page_size = serializers.IntegerField(default=48, min_value=1, max_value=100)
    cursor = serializers.CharField(
        required=False, max_length=LONGEST_CURSOR, help_text="As in `next`."
    )


class GroupsPagedSerializer(PagedSerializer):
    page_size = serializers.IntegerField(default=12, min_value=1, max_value=50)


class OneGroupSerializer(serializers.Serializer[Any]):
    group = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="Only one group of the same question: the id of its person, 0 for nobody.",
    )


class FacesSerializer(WhomSerializer):
    """Whom to look for with a probe."""

    face = _ids(
        MAX_FACES,
        "Numbers of the probe's faces. Without it, all usable ones that are not left out.",
    )
    without_face = _ids(MAX_FACES, "Numbers of faces that no photo may show.")


class PersonsSerializer(WhomSerializer):
    """Whom to look for without a probe."""

    person = _ids(MAX_PERSONS, "Persons whom a photo must show.", required=True)


class SearchSerializer(WhomSerializer):
    photo = serializers.FileField(allow_empty_file=True, help_text="It is never written to disk.")
    page_size = serializers.IntegerField(default=48, min_value=1, max_value=100)


class QuestionSerializer(FacesSerializer, OneGroupSerializer, PagedSerializer):
    pass


class GroupsQuestionSerializer(FacesSerializer, GroupsPagedSerializer):
    pass


class PersonsQuestionSerializer(PersonsSerializer, OneGroupSerializer, PagedSerializer):
    pass


class PersonsGroupsQuestionSerializer(PersonsSerializer, GroupsPagedSerializer):
    pass


class ExportQuestionSerializer(FacesSerializer, OneGroupSerializer):
    pass


class PersonsExportQuestionSerializer(PersonsSerializer, OneGroupSerializer):
    pass
