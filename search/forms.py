"""What a search by photo asks for."""

from __future__ import annotations

from typing import cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from accounts.models import User
from faceengine.packs import Strictness
from galleries.models import Gallery
from search.asking import Asked
from search.pages import LONGEST_CURSOR, Cursor, CursorError
from search.probes import Probe
from search.scope import Filters, Scope

OFFERED_GALLERIES = 100
LEVELS = {
    Strictness.STRICT: ("Strict", "Near-certain matches only; a few true ones are left out."),
    Strictness.NORMAL: ("Normal", "The balance that suits most searches."),
    Strictness.WIDE: ("Wide", "Also old, blurred and turned faces; expect some strangers."),
}


def level_choices() -> list[tuple[str, str]]:
    return [(level.value, LEVELS[level][0]) for level in Strictness]


class PictureForm(forms.Form):
    """The picture to ask with, and the galleries to look in (none: all)."""

    # an empty file passes here: looking at it says what to do about it
    photo = forms.FileField(
        allow_empty_file=True, error_messages={"required": "Choose a photo to search with."}
    )
    gallery = forms.ModelMultipleChoiceField(Gallery.objects.none(), required=False)

    def __init__(
        self, user: User, data: QueryDict, files: MultiValueDict[str, UploadedFile[bytes]]
    ) -> None:
        super().__init__(data, files)
        _offer_galleries(self, user)


class QuestionForm(forms.Form):
    """Which of a probe's faces, how alike, where, and from which match on."""

    face = forms.TypedMultipleChoiceField(coerce=int, required=False)
    strictness = forms.ChoiceField(choices=level_choices, required=False)
    gallery = forms.ModelMultipleChoiceField(Gallery.objects.none(), required=False)
    cursor = forms.CharField(max_length=LONGEST_CURSOR, required=False)

    def __init__(self, user: User, probe: Probe, data: QueryDict) -> None:
        super().__init__(data)
        self.user = user
        self.usable = [face for face in probe.faces if face.is_usable]
        choices = [(face.number, str(face.number)) for face in self.usable]
        cast("forms.TypedMultipleChoiceField", self.fields["face"]).choices = choices
        _offer_galleries(self, user)

    def clean_cursor(self) -> Cursor | None:
        text = self.cleaned_data["cursor"]
        try:
            return Cursor.from_text(text) if text else None
        except CursorError as error:
            raise forms.ValidationError("Begin the search again.") from error

    def asked(self) -> Asked:
        """What is asked, once the form is valid. The only usable face needs no choosing."""
        data = self.cleaned_data
        faces = [face for face in self.usable if face.number in set(data["face"])]
        galleries = tuple(gallery.pk for gallery in data["gallery"])
        return Asked(
            Scope(self.user, Filters(galleries=galleries)),
            faces=self.usable if len(self.usable) == 1 else faces,
            strictness=Strictness(data["strictness"] or Strictness.NORMAL),
            cursor=data["cursor"],
        )


def offered_galleries(user: User) -> list[Gallery]:
    """The galleries that a search can be narrowed to by ticking them; without a tick it is all."""
    return list(Gallery.objects.visible_to(user)[:OFFERED_GALLERIES])


def _offer_galleries(form: forms.Form, user: User) -> None:
    field = cast("forms.ModelMultipleChoiceField[Gallery]", form.fields["gallery"])
    field.queryset = Gallery.objects.visible_to(user)
