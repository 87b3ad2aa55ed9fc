"""Searching by looks, as JSON. Vectors and histograms never leave the server."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from faceengine.scenes.swatches import Swatch
from galleries.serializers import ShortFloat
from search.looks.asking import USUAL_WEIGHT, WEIGHT_BESIDE_COLOURS, usual_weight
from search.looks.forms import MOST_COLOURS, PaletteError, to_palette
from search.serializers.matches import MatchedPhotoSerializer
from search.serializers.probes import SentSerializer, ShownSerializer
from search.serializers.questions import FiltersSerializer, PagedSerializer


class SwatchSerializer(serializers.Serializer[Any]):
    colour = serializers.CharField(source="hex", help_text="As #ff8800.")
    share = ShortFloat(help_text="Of the picture, 0 to 1.")


class StoredLookSerializer(serializers.Serializer[Any]):
    """A photo that is stored already."""

    photo_id = serializers.IntegerField(
        required=False, help_text="The id of a photo: what looks like it is searched."
    )


class LookPictureSerializer(StoredLookSerializer, SentSerializer):
    """What to search with: a picture, or a photo that is stored already."""

    several = "Send either a photo or the id of a photo."


class LookSerializer(ShownSerializer):
    """A picture to search with. Width and height in pixels, of the upright picture."""

    swatches = SwatchSerializer(many=True, help_text="The colours that it is mostly made of.")
    has_content = serializers.SerializerMethodField(
        help_text="Whether what it shows can be compared; otherwise only its colours are."
    )

    def get_has_content(self, probe: Any) -> bool:
        return probe.vector is not None


class LookFiltersSerializer(FiltersSerializer):
    """Where to look, and by which colours."""

    # says nothing of whole photos
    least_face = None  # type: ignore[assignment]
    colour = serializers.ListField(
        child=serializers.CharField(max_length=7),
        required=False,
        max_length=MOST_COLOURS,
        help_text="Colours as #ff8800, in place of those of the picture. Repeat it for several.",
    )
    share = serializers.ListField(
        child=serializers.CharField(max_length=3),
        required=False,
        max_length=MOST_COLOURS,
        help_text="How much of each colour, 0 to 100. Repeat it as `colour`.",
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        try:
            self.palette: tuple[Swatch, ...] = to_palette(
                asked.get("colour", []), asked.get("share", [])
            )
        except PaletteError as error:
            raise serializers.ValidationError({"colour": [str(error)]}) from error
        return asked


class LookExportQuestionSerializer(LookFiltersSerializer):
    weight = serializers.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        help_text=f"Of what photos show; the rest is that of the colours. {USUAL_WEIGHT} unless it "
        f"is said, and {WEIGHT_BESIDE_COLOURS} where colours are named.",
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        return {"weight": usual_weight(self.palette), **asked}


class LookQuestionSerializer(LookExportQuestionSerializer, PagedSerializer):
    pass


class LookMatchSerializer(serializers.Serializer[Any]):
    photo = MatchedPhotoSerializer()
    similarity = ShortFloat(
        allow_null=True,
        help_text="The weighted mean of both parts, 1 for the same; null without an example.",
    )
    content = ShortFloat(allow_null=True, help_text="Cosine of what the backbone sees.")
    colour = ShortFloat(allow_null=True, help_text="The share of colours in common, 0 to 1.")
    is_same = serializers.BooleanField(
        help_text="Whether it is the same picture, in whatever size and format."
    )


class LookMatchesSerializer(serializers.Serializer[Any]):
    """Photos that look alike, the most alike first; without an example, the newest."""

    next = serializers.URLField(allow_null=True)
    problem = serializers.CharField(
        help_text="Why photos are compared by their colours only, or empty."
    )
    results = LookMatchSerializer(many=True, source="matches")
