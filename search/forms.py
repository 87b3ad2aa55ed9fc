"""What a search by photo asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from accounts.models import User
from faceengine.packs import Strictness
from galleries.models import Gallery
from search.probes import Probe, ProbeFace

OFFERED_GALLERIES = 100
LEVELS = {
    Strictness.STRICT: ("Strict", "Near-certain matches only; a few true ones are left out."),
    Strictness.NORMAL: ("Normal", "The balance that suits most searches."),
    Strictness.WIDE: ("Wide", "Also old, blurred and turned faces; expect some strangers."),
}


def level_choices() -> list[tuple[str, str]]:
    return [(level.value, LEVELS[level][0]) for level in Strictness]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of `search.queries`. Galleries None is everywhere."""

    faces: tuple[ProbeFace, ...]
    strictness: Strictness
    galleries: QuerySet[Gallery] | None
    offset: int


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
    offset = forms.IntegerField(min_value=0, max_value=100_000, required=False)

    def __init__(self, user: User, probe: Probe, data: QueryDict) -> None:
        super().__init__(data)
        self.usable = [face for face in probe.faces if face.is_usable]
        choices = [(face.number, str(face.number)) for face in self.usable]
        cast("forms.TypedMultipleChoiceField", self.fields["face"]).choices = choices
        _offer_galleries(self, user)

    def question(self) -> Question:
        """What is asked, once the form is valid. The only usable face needs no choosing."""
        data = self.cleaned_data
        faces = [face for face in self.usable if face.number in set(data["face"])]
        return Question(
            faces=tuple(self.usable if len(self.usable) == 1 else faces),
            strictness=Strictness(data["strictness"] or Strictness.NORMAL),
            galleries=data["gallery"] or None,
            offset=data["offset"] or 0,
        )


def offered_galleries(user: User) -> list[Gallery]:
    """The galleries that a search can be narrowed to by ticking them; without a tick it is all."""
    return list(Gallery.objects.visible_to(user)[:OFFERED_GALLERIES])


def _offer_galleries(form: forms.Form, user: User) -> None:
    field = cast("forms.ModelMultipleChoiceField[Gallery]", form.fields["gallery"])
    field.queryset = Gallery.objects.visible_to(user)
