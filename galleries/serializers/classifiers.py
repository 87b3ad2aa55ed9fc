"""Classifiers: how far a training is, and how good a version is. Weights never leave the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.utils.serializer_helpers import ReturnDict

from galleries.models import Classifier, ClassifierLabel
from galleries.serializers.fields import ShortFloat
from galleries.training.classic import backbone_for_comparison


class _Figure(ShortFloat):
    """One that not every version has."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, default=None, **options)


class AccuracySerializer(serializers.Serializer[Any]):
    """The share of right answers, on each part of the examples; null where a part is empty."""

    training = _Figure()
    validation = _Figure()
    test = _Figure(help_text="On examples that took no part in the training.")


class WaySerializer(serializers.Serializer[Any]):
    way = serializers.CharField(help_text="How it was trained.")
    seconds = ShortFloat()
    accuracy = AccuracySerializer()
    macro_f1 = _Figure(help_text="On the test part.")
    calibration_error = _Figure(help_text="How far its probabilities are off, on the test part.")


class PartsSerializer(serializers.Serializer[Any]):
    """Examples in each part. Nearly the same pictures, or those of one event, are in one part."""

    training = serializers.IntegerField()
    validation = serializers.IntegerField()
    test = serializers.IntegerField()


class FiguresSerializer(serializers.Serializer[Any]):
    """How good a version is. The first of the `ways` is the one that is used."""

    classes = serializers.IntegerField()
    parts = PartsSerializer()
    ways = WaySerializer(many=True)
    strangers_accepted = _Figure(help_text="The share of what it does not know that it takes.")
    known_turned_away = _Figure(help_text="The share of what it knows that it calls nobody.")


class ClassifierSerializer(serializers.ModelSerializer[Classifier]):
    """One training, and what came of it."""

    asked_by = serializers.SlugRelatedField(  # type: ignore[var-annotated]
        "username", read_only=True, allow_null=True, help_text="The user's name."
    )
    compared = serializers.BooleanField(
        source="is_compared", read_only=True, help_text="With the classic way."
    )
    promoted = serializers.BooleanField(
        source="is_promoted", read_only=True, help_text="Whether it is in use."
    )
    accuracy = _Figure(read_only=True, help_text="On the test part, if there is one.")
    figures = serializers.SerializerMethodField()

    class Meta:
        model = Classifier
        fields: tuple[str, ...] = (
            *("id", "gallery", "task", "version", "state", "percent", "problem", "compared"),
            *("promoted", "made_of", "example_count", "accuracy", "figures"),
            *("asked_by", "asked_at", "started_at", "finished_at", "promoted_at"),
        )
        read_only_fields = fields
        extra_kwargs = {
            "percent": {"help_text": "How far it is, while its state is queued or running."},
            "problem": {"help_text": "Why it failed and what to do, or empty."},
        }

    @extend_schema_field(FiguresSerializer(allow_null=True))
    def get_figures(self, classifier: Classifier) -> ReturnDict[str, Any] | None:
        """Null until it is done, and once it was removed."""
        return FiguresSerializer(classifier.figures).data if classifier.figures else None


class PointSerializer(serializers.Serializer[Any]):
    phase = serializers.CharField()
    step = serializers.IntegerField()
    loss = ShortFloat()
    accuracy = ShortFloat()
    validation_loss = _Figure()
    validation_accuracy = _Figure()


class ClassifierWithCurveSerializer(ClassifierSerializer):
    """With the course of its training, at most some hundred points."""

    curve = serializers.SerializerMethodField()

    class Meta(ClassifierSerializer.Meta):
        fields = (*ClassifierSerializer.Meta.fields, "curve")
        read_only_fields = fields

    @extend_schema_field(PointSerializer(many=True))
    def get_curve(self, classifier: Classifier) -> Sequence[dict[str, Any]]:
        names = [*PointSerializer().fields]
        return [dict(zip(names, point, strict=True)) for point in classifier.curve]


class ClassSerializer(serializers.ModelSerializer[ClassifierLabel]):
    """How well a class is told apart, on examples that it was not learnt from."""

    name = serializers.CharField(read_only=True)
    precision = _Figure(read_only=True)
    recall = _Figure(read_only=True)

    class Meta:
        model = ClassifierLabel
        fields = (
            *("number", "name", "person", "album"),
            *("learnt_from", "examples", "answers", "right", "precision", "recall"),
        )
        read_only_fields = fields


class ClassifierFilterSerializer(serializers.Serializer[Any]):
    task = serializers.ChoiceField(
        Classifier.Task.choices, required=False, help_text="Only those of people, or of albums."
    )


class TrainSerializer(serializers.Serializer[Any]):
    task = serializers.ChoiceField(
        Classifier.Task.choices,
        help_text="To learn people from confirmed faces, or albums from their photos.",
    )
    compare = serializers.BooleanField(
        default=False, help_text="Try the classic way, too: minutes instead of seconds."
    )

    def validate_compare(self, compare: bool) -> bool:  # noqa: FBT001 - REST framework's signature
        if compare and backbone_for_comparison() is None:
            raise serializers.ValidationError(
                "The classic way needs the weights of a backbone, and none is here. Train without "
                "it, or ask the administrator to install them with ./run models."
            )
        return compare
