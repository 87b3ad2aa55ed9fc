"""Forms of the gallery pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from galleries.models import Album, Gallery, Membership, Role


class GalleryForm(forms.ModelForm[Gallery]):
    class Meta:
        model = Gallery
        fields = ["name"]


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
