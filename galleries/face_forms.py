"""Forms of the faces on the page of a photo."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from faceengine.faces import Box


class FaceDecision(models.TextChoices):
    """What may be said about one face."""

    NAME = "name"
    CONFIRM = "confirm"
    REJECT = "reject"
    NOT_A_FACE = "not-a-face"
    STRANGER = "stranger"


class FaceForm(forms.Form):
    """A decision, and whose face it was when the page was made."""

    decision = forms.ChoiceField(choices=FaceDecision.choices)
    person = forms.IntegerField(required=False)
    name = forms.CharField(
        max_length=200,
        required=False,
        error_messages={"max_length": "A name has at most 200 letters."},
    )


class BoxForm(forms.Form):
    """A box as fractions of the upright photo, wholly or partly inside it."""

    left = forms.FloatField(min_value=-1, max_value=1)
    top = forms.FloatField(min_value=-1, max_value=1)
    width = forms.FloatField(min_value=0, max_value=2)
    height = forms.FloatField(min_value=0, max_value=2)

    def clean(self) -> dict[str, Any]:
        """Refuse a box of which no part lies in the photo."""
        cleaned: dict[str, Any] = self.cleaned_data
        if not self.errors and not self.box.clipped().area:
            raise forms.ValidationError("This box lies outside the photo.")
        return cleaned

    @property
    def box(self) -> Box:
        """Of a valid form."""
        data = self.cleaned_data
        return Box(data["left"], data["top"], data["width"], data["height"])
