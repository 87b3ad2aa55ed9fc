"""Forms of the gallery pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.utils import timezone

from accounts.models import User
from galleries.models import Album, Gallery, Membership, Person, Role

#: Persons and faces that one request may change, unless it means all faces of a person.
MAX_PERSONS, MAX_FACES = 100, 500


class GalleryForm(forms.ModelForm[Gallery]):
    class Meta:
        model = Gallery
        fields = ["name"]


class GallerySettingsForm(GalleryForm):
    class Meta(GalleryForm.Meta):
        fields = ["name", "takes_names"]


class AlbumForm(forms.ModelForm[Album]):
    """Needs an instance that knows its gallery, so that a name taken there is noticed."""

    class Meta:
        model = Album
        fields = ["name"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        namesakes = Album.objects.filter(gallery=self.instance.gallery_id, name=name)
        if namesakes.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is an album of this name already.")
        return name


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """All files that were chosen. Each is judged by the upload itself, not by the form."""

    widget = ManyFilesInput(attrs={"multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        if not data:
            raise forms.ValidationError("Choose at least one photo.", code="required")
        return list(data)


class UploadForm(forms.Form):
    photos = ManyFilesField()
    album = forms.CharField(max_length=200, required=False)


class NewMemberForm(forms.Form):
    username = forms.CharField(max_length=150)
    role = forms.ChoiceField(choices=Role.choices, initial=Role.VIEWER)


class RoleForm(forms.ModelForm[Membership]):
    class Meta:
        model = Membership
        fields = ["role"]


class ChosenField(forms.Field):
    """The keys of the rows that were ticked, at most `limit` of them."""

    widget = forms.SelectMultiple

    def __init__(self, *, limit: int, rows: str) -> None:
        super().__init__(required=False)
        self.limit = limit
        self.rows = rows

    def clean(self, value: Any) -> list[int]:
        keys = [int(key) for key in value or [] if key.isascii() and key.isdigit()]
        if len(keys) > self.limit:
            raise forms.ValidationError(f"Choose at most {self.limit} {self.rows} at once.")
        return [key for key in keys if key <= models.BigAutoField.MAX_BIGINT]


class PersonsForm(forms.Form):
    """Persons of a gallery that were chosen, and where they are merged, the one that is kept."""

    person = ChosenField(limit=MAX_PERSONS, rows="persons")
    kept = forms.IntegerField(required=False)
    even_if_different = forms.BooleanField(required=False)


class Decision(models.TextChoices):
    """What may be said about faces of a person."""

    CONFIRM = "confirm"
    REJECT = "reject"
    MOVE = "move"
    SPLIT = "split"
    NOT_A_FACE = "not-a-face"
    COVER = "cover"


class FacesForm(forms.Form):
    """A decision about faces of one person: the ticked ones, or all."""

    decision = forms.ChoiceField(choices=Decision.choices)
    face = ChosenField(limit=MAX_FACES, rows="faces")
    is_all = forms.BooleanField(required=False)
    name = forms.CharField(max_length=200, required=False)


class NameForm(forms.Form):
    """The name of a person; two may have the same if somebody says so."""

    name = forms.CharField(
        max_length=200, error_messages={"required": "Type a name of at most 200 letters."}
    )
    is_namesake = forms.BooleanField(required=False)


class PersonForm(forms.Form):
    """What is known about a person besides the name."""

    born_on = forms.DateField(
        required=False,
        label="Born on",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Photos taken before are never matched.",
    )
    user = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, label="Account", empty_label="No account"
    )
    notes = forms.CharField(
        max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, person: Person, data: Any = None) -> None:
        known = {"born_on": person.born_on, "user": person.user_id, "notes": person.notes}
        super().__init__(data, initial=known)
        members = User.objects.filter(memberships__gallery=person.gallery_id)
        self.fields["user"].queryset = members.order_by("username")  # type: ignore[attr-defined]

    def clean_born_on(self) -> date | None:
        born_on: date | None = self.cleaned_data["born_on"]
        if born_on and born_on > timezone.localdate():
            raise forms.ValidationError("This day is still to come: check the year.")
        return born_on
