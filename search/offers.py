"""What the search page offers to choose from; all of it is bounded, whatever the user sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accounts.models import User
from faceengine.packs import Strictness
from galleries.models import Album, Gallery, Person, Photo
from galleries.models.place import DISTANCES
from search.forms import QuestionForm

MOST_GALLERIES = 100
MOST_ALBUMS = 100
MOST_CAMERAS = 50
MOST_NAMES = 20
# where cameras are looked for: reading all photos would take longer than searching
NEWEST_PHOTOS = 20_000
LEVELS = {
    Strictness.STRICT: ("Strict", "Near-certain matches only; a few true ones are left out."),
    Strictness.NORMAL: ("Normal", "The balance that suits most searches."),
    Strictness.WIDE: ("Wide", "Also old, blurred and turned faces; expect some strangers."),
}


@dataclass(frozen=True, slots=True)
class Level:
    """A strictness as the page offers it."""

    value: str
    title: str
    meaning: str
    strangers: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may be typed to mean a person, and where that one is known."""

    text: str
    gallery: str


@dataclass(frozen=True, slots=True)
class FilterOffers:
    """What an answer can be narrowed to, and what it is narrowed to by now.

    `spot` is the photo near which others may have been taken, if that is known.
    """

    galleries: Sequence[Gallery]
    chosen_galleries: Sequence[int]
    albums: Sequence[Album]
    chosen_albums: Sequence[int]
    cameras: Sequence[str]
    spot: Photo | None
    distances: Sequence[int]


def filters(form: QuestionForm, stored_photo: int | None) -> FilterOffers:
    """`stored_photo` is the id of the photo that is asked with, if it is stored."""
    user, data, chosen = form.user, form.cleaned_data, form.filters()
    return FilterOffers(
        galleries=galleries(user),
        chosen_galleries=chosen.galleries,
        albums=albums(user, data["album"]),
        chosen_albums=chosen.albums,
        cameras=cameras(user),
        spot=data["near"] or spot_of(user, stored_photo),
        distances=DISTANCES,
    )


def levels(chosen: Strictness) -> list[Level]:
    return [
        Level(
            value=level.value,
            title=title,
            meaning=meaning,
            strangers=round(1 / level.false_match_rate),
            is_chosen=level == chosen,
        )
        for level, (title, meaning) in LEVELS.items()
    ]


def galleries(user: User) -> list[Gallery]:
    """Those that a search can be narrowed to by ticking them; without a tick it is all."""
    return list(Gallery.objects.visible_to(user)[:MOST_GALLERIES])


def albums(user: User, chosen: Iterable[Album] = ()) -> list[Album]:
    """The newest ones, after those that are chosen already."""
    newest = Album.objects.visible_to(user).select_related("gallery").order_by("-pk")
    return list(dict.fromkeys([*chosen, *newest[:MOST_ALBUMS]]))


def cameras(user: User) -> list[str]:
    newest = Photo.objects.visible_to(user).newest_first().values("pk")[:NEWEST_PHOTOS]
    found = Photo.objects.filter(pk__in=newest).exclude(camera="").order_by("camera")
    return list(found.values_list("camera", flat=True).distinct()[:MOST_CAMERAS])


def spot_of(user: User, photo_id: int | None) -> Photo | None:
    """The photo that is asked with, if it is known where it was taken."""
    if photo_id is None:
        return None
    return Photo.objects.visible_to(user).placed().filter(pk=photo_id).first()


def names(user: User, text: str) -> list[Suggestion]:
    """Persons of all galleries; where two have one name, with the number of each."""
    persons = Person.objects.visible_to(user).listed().named().matching(text)
    found = list(persons.select_related("gallery").order_by("name", "pk")[: MOST_NAMES + 1])
    known = [person.name for person in found]
    return [
        Suggestion(
            f"{person.name} #{person.pk}" if known.count(person.name) > 1 else person.name,
            person.gallery.name,
        )
        for person in found[:MOST_NAMES]
    ]


def called(user: User, text: str) -> list[Person]:
    """Whom a typed name may mean."""
    persons = Person.objects.visible_to(user).called(text).with_faces()
    return list(persons.select_related("gallery").order_by("pk")[:MOST_NAMES])


def similar(user: User, text: str) -> list[Person]:
    """Whom a typed part of a name may mean."""
    persons = Person.objects.visible_to(user).listed().named().matching(text).with_faces()
    return list(persons.select_related("gallery").order_by("name", "pk")[:MOST_NAMES])
