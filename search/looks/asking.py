"""Photos by example, by colours, by what is known of them, or by all of it in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from faceengine.scenes.hashing import NEAR, distance
from faceengine.scenes.swatches import Swatch
from galleries import scenes
from galleries.looks import Alike, Example, most_alike
from galleries.models import Photo, PhotoLook
from galleries.models.photo import PhotoQuerySet
from search import log
from search.looks.probes import LookProbe
from search.pages import Cursor, Key, cut
from search.scope import Scope

#: The weight of the content unless it is said. A little colour finds more of one place and light,
#: .012 to .017 of mAP with photos of people, and less of one kind of thing, .003 to .004; at 0.9 it
#: is .020 to .028 more and .010 to .011 less (docs/benchmarks.md).
USUAL_WEIGHT = 0.95
#: The same where colours are named, which at the usual weight change hardly anything.
WEIGHT_BESIDE_COLOURS = 0.5
#: So many photos are put in the order of likeness; what comes behind them has little in common.
MOST = 480


@dataclass(frozen=True, slots=True)
class Asked:
    """What photos shall look like, and where they are looked for.

    Without a probe and colours it is a list of photos by what is known of them, newest first.
    Colours of a palette take the place of those of the probe.
    """

    scope: Scope
    probe: LookProbe | None = None
    palette: tuple[Swatch, ...] = ()
    weight: float = USUAL_WEIGHT
    cursor: Cursor | None = None
    limit: int = 48

    @property
    def is_by_example(self) -> bool:
        return bool(self.probe or self.palette)

    @property
    def example(self) -> Example:
        """Of a question that is by example."""
        if not self.palette:
            assert self.probe is not None  # noqa: S101 - the condition above
            return self.probe.example
        colours = scenes.example_of_palette([(one.colour, one.share) for one in self.palette])
        return replace(colours, scene=self.probe.example.scene) if self.probe else colours


@dataclass(frozen=True, slots=True)
class Match:
    """A photo that answers. The numbers are None where nothing was compared.

    `similarity` is the weighted mean of `content` (a cosine) and `colour` (0 to 1).
    """

    photo: Photo
    similarity: float | None = None
    content: float | None = None
    colour: float | None = None
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """`is_by_content` says whether what photos show was compared, and not their colours alone."""

    matches: tuple[Match, ...]
    next: Cursor | None
    is_by_content: bool = False


def usual_weight(palette: Sequence[Swatch]) -> float:
    return WEIGHT_BESIDE_COLOURS if palette else USUAL_WEIGHT


def answer(asked: Asked) -> Page:
    """Some of the photos; the owners of the galleries can see that it was asked by example."""
    if not asked.is_by_example:
        return _newest(asked)
    example = asked.example
    # a page that is not the first may begin anywhere among the most alike
    most = asked.limit + 1 if asked.cursor is None else MOST
    ranked = _rank(asked, example, most)
    at = cut([_key(alike) for alike in ranked], asked.cursor, asked.limit)
    matches = load(asked, ranked[at.start : at.end])
    if asked.cursor is None:
        shown = [match.photo for match in matches]
        log.record_looks(asked.scope, shown, question=_fingerprint(asked, example))
    return Page(matches, at.next, example.scene is not None and asked.weight > 0)


def ranking(asked: Asked) -> list[Alike]:
    """All that are in the order of likeness, to be taken away."""
    example = asked.example
    ranked = _rank(asked, example, MOST)
    first = load(asked, ranked[: asked.limit])
    shown = [match.photo for match in first]
    log.record_looks(asked.scope, shown, question=_fingerprint(asked, example))
    return ranked


def listed(asked: Asked) -> PhotoQuerySet:
    """Photos by what is known of them alone."""
    return asked.scope.photos().newest_first()


def load(asked: Asked, ranked: Sequence[Alike]) -> tuple[Match, ...]:
    """Without what was deleted meanwhile."""
    keys = [alike.photo_id for alike in ranked]
    photos = asked.scope.photos().select_related("gallery").in_bulk(keys)
    same = _same_pictures(asked.probe, keys)
    return tuple(
        Match(
            photos[alike.photo_id],
            alike.similarity,
            alike.content,
            alike.colour,
            is_same=alike.photo_id in same,
        )
        for alike in ranked
        if alike.photo_id in photos
    )


def _rank(asked: Asked, example: Example, most: int) -> list[Alike]:
    photos = asked.scope.photos()
    if asked.probe and asked.probe.stored_photo:
        photos = photos.exclude(pk=asked.probe.stored_photo)
    return most_alike(photos, example, asked.weight, most)


def _newest(asked: Asked) -> Page:
    photos = listed(asked).select_related("gallery")
    if asked.cursor:
        photos = photos.older_than(asked.cursor.key[2])
    found = list(photos[: asked.limit + 1])
    shown = found[: asked.limit]
    is_more = len(found) > asked.limit
    return Page(tuple(map(Match, shown)), Cursor((0.0, 0.0, shown[-1].pk)) if is_more else None)


def _key(alike: Alike) -> Key:
    return alike.similarity, 0.0, alike.photo_id


def _same_pictures(probe: LookProbe | None, photos: Sequence[int]) -> set[int]:
    """Those of the photos that are the picture itself, in whatever size and format."""
    if probe is None or probe.hash is None:
        return set()
    hashes = PhotoLook.objects.hashed().filter(photo__in=photos).values_list("photo", "hash")
    return {
        photo
        for photo, known in hashes
        if known is not None and distance(probe.hash, known) <= NEAR
    }


def _fingerprint(asked: Asked, example: Example) -> str:
    """The same for every page, weight and form of one answer."""
    what = sha256(example.colours.tobytes())
    if example.scene:
        what.update(example.scene.vector.tobytes())
    return sha256(f"{what.hexdigest()} {asked.scope.filters!r}".encode()).hexdigest()
