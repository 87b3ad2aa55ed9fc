"""What a page of the search asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.http import QueryDict

from accounts.models import User
from faceengine.packs import Strictness
from galleries.models import Album, Gallery, Person, Photo
from galleries.models.place import DISTANCES
from search.asking import NOBODY, Asked
from search.combining import Combination
from search.pages import LONGEST_CURSOR, Cursor, CursorError, Order
from search.probes import ProbeFace
from search.scope import USUAL_KILOMETRES, Around, Filters, Scope

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.utils.datastructures import MultiValueDict

MOST_PERSONS = 10
LARGEST_FACE = 100_000
BY_PHOTO, BY_PERSON = "photo", "person"
#: What narrows the answer; the strictness is no filter.
NARROWING = (
    *("gallery", "album", "taken_from", "taken_until", "camera", "name", "least_face", "near"),
)
#: With what says more about one of them.
FILTERS = (*NARROWING, "within")
#: What is kept when another picture is shown: all but the faces of the one before.
KEPT = (*("person", "without_person", "combine", "strictness"), *FILTERS, "order", "by")
# what is typed may be wrong, and is told so; what is chosen is right, or the address is made up
TYPED = frozenset({"taken_from", "taken_until", "camera", "name", "least_face", "__all__"})
WRONG_DAY = {"invalid": "Write a day as 2024-05-31."}
WRONG_SIZE = "Write the least size of a face as a whole number of pixels."


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
        _models_of(self, "gallery").queryset = Gallery.objects.visible_to(user)


class QuestionForm(forms.Form):
    """Whom photos shall show and whom not, how alike, where, and in which order."""

    face = forms.TypedMultipleChoiceField(coerce=int, required=False)
    without_face = forms.TypedMultipleChoiceField(coerce=int, required=False)
    person = forms.ModelMultipleChoiceField(Person.objects.none(), required=False)
    without_person = forms.ModelMultipleChoiceField(Person.objects.none(), required=False)
    combine = forms.ChoiceField(choices=[(one.value, "") for one in Combination], required=False)
    strictness = forms.ChoiceField(choices=[(one.value, "") for one in Strictness], required=False)
    gallery = forms.ModelMultipleChoiceField(Gallery.objects.none(), required=False)
    album = forms.ModelMultipleChoiceField(Album.objects.none(), required=False)
    taken_from = forms.DateField(required=False, error_messages=WRONG_DAY)
    taken_until = forms.DateField(required=False, error_messages=WRONG_DAY)
    camera = forms.CharField(max_length=100, required=False)
    name = forms.CharField(max_length=255, required=False)
    least_face = forms.IntegerField(
        min_value=0,
        max_value=LARGEST_FACE,
        required=False,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), WRONG_SIZE),
    )
    near = forms.ModelChoiceField(Photo.objects.none(), required=False)
    within = forms.TypedChoiceField(
        choices=[(distance, "") for distance in DISTANCES],
        coerce=int,
        required=False,
    )
    order = forms.ChoiceField(choices=[(one.value, "") for one in Order], required=False)
    by = forms.ChoiceField(choices=[(BY_PHOTO, ""), (BY_PERSON, "")], required=False)
    group = forms.IntegerField(min_value=NOBODY, required=False)
    cursor = forms.CharField(max_length=LONGEST_CURSOR, required=False)

    def __init__(self, user: User, data: QueryDict, faces: Sequence[ProbeFace] = ()) -> None:
        super().__init__(data)
        self.user = user
        self.usable = [face for face in faces if face.is_usable]
        choices = [(face.number, "") for face in self.usable]
        for field in ("face", "without_face"):
            cast("forms.TypedMultipleChoiceField", self.fields[field]).choices = choices
        persons = Person.objects.visible_to(user).with_faces().select_related("gallery")
        for field in ("person", "without_person"):
            _models_of(self, field).queryset = persons
        _models_of(self, "gallery").queryset = Gallery.objects.visible_to(user)
        albums = Album.objects.visible_to(user).select_related("gallery")
        _models_of(self, "album").queryset = albums
        cast(
            "forms.ModelChoiceField[Photo]", self.fields["near"]
        ).queryset = Photo.objects.visible_to(user).placed()

    def clean_cursor(self) -> Cursor | None:
        text = self.cleaned_data["cursor"]
        try:
            return Cursor.from_text(text) if text else None
        except CursorError as error:
            raise forms.ValidationError("Begin the search again.") from error

    def clean(self) -> None:
        data = self.cleaned_data
        for asked, unwanted in (("face", "without_face"), ("person", "without_person")):
            if set(data.get(asked) or ()) & set(data.get(unwanted) or ()):
                self.add_error(None, "Somebody is looked for and left out at once: choose one.")
        if len(data.get("person") or ()) + len(data.get("without_person") or ()) > MOST_PERSONS:
            self.add_error(None, f"Name {MOST_PERSONS} people at most.")
        first, last = data.get("taken_from"), data.get("taken_until")
        if first and last and first > last:
            self.add_error(None, "The first day is after the last one.")

    @property
    def is_made_up(self) -> bool:
        """Whether the address asks for what the page does not offer."""
        return bool(self.errors.keys() - TYPED)

    @property
    def problem(self) -> str:
        """What is wrong with what was typed, as sentences; empty if nothing is."""
        sentences = (str(error) for errors in self.errors.values() for error in errors)
        return " ".join(dict.fromkeys(sentences))

    @property
    def is_by_person(self) -> bool:
        return bool(self.cleaned_data["by"] == BY_PERSON)

    @property
    def filter_count(self) -> int:
        return sum(bool(self.cleaned_data.get(field)) for field in NARROWING)

    @property
    def kilometres(self) -> int:
        """How far around a place is looked."""
        return self.cleaned_data["within"] or USUAL_KILOMETRES

    def asked(self) -> Asked:
        """Once the form is valid, or what was typed is wrong: then without it."""
        data = self.cleaned_data
        return Asked(
            Scope(self.user, self.filters()),
            faces=self._faces("face"),
            persons=list(data["person"]),
            without_faces=self._faces("without_face"),
            without_persons=list(data["without_person"]),
            combination=Combination(data["combine"] or Combination.ANY),
            strictness=Strictness(data["strictness"] or Strictness.NORMAL),
            order=Order(data["order"] or Order.LIKENESS),
            group=data["group"],
            cursor=data["cursor"],
        )

    def _faces(self, field: str) -> list[ProbeFace]:
        numbers = set(self.cleaned_data[field])
        return [face for face in self.usable if face.number in numbers]

    def filters(self) -> Filters:
        data = self.cleaned_data
        return Filters(
            galleries=tuple(gallery.pk for gallery in data["gallery"]),
            albums=tuple(album.pk for album in data["album"]),
            taken_from=data.get("taken_from"),
            taken_until=data.get("taken_until"),
            camera=data.get("camera", ""),
            name=data.get("name", ""),
            face_pixels=data.get("least_face") or 0,
            around=self._around(),
        )

    def _around(self) -> Around | None:
        photo: Photo | None = self.cleaned_data["near"]
        place = photo.place if photo else None
        return Around(place, self.kilometres) if place else None


def _models_of(form: forms.Form, field: str) -> forms.ModelMultipleChoiceField[Any]:
    return cast("forms.ModelMultipleChoiceField[Any]", form.fields[field])
