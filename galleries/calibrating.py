"""Measure in a gallery what a similarity means there.

Two faces in one photo are almost always two people, and what humans said is one person is one:
pairs of both kinds come for free. Pairs that hang together are thinned out, so that two sisters in
five hundred photos do not speak for all strangers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from django.db import connection
from django.db.models import CharField, Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import MD5, Cast, Coalesce
from django.utils import timezone
from numpy.typing import NDArray

from faceengine.evaluation.pairs import PairCounts
from faceengine.packs import Calibration, Strictness
from faceengine.refining import FEWEST_MATES, Evidence, refine
from galleries.models import AssignedBy, Batch, Face, Gallery, GalleryCalibration, Photo

MOST_PAIRS = 20_000
MOST_PHOTOS, MOST_FACES = 10_000, 60_000
#: No photo and no person says more than this; of a crowd some faces are enough.
PAIRS_OF_ONE, FACES_OF_A_PHOTO = 20, 30
#: Each face is compared with so many others of unknown people.
OTHERS_OF_A_FACE = 5


WIDE = Strictness.WIDE.false_match_rate


class Pair(NamedTuple):
    """Two faces; `source` is the photo, or the person, whose faces they are."""

    one: int
    other: int
    source: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The similarity of each pair, and the half of the gallery, 0 or 1, that it belongs to."""

    similarity: NDArray[np.float64]
    half: NDArray[np.int64]

    def of_half(self, half: int) -> NDArray[np.float64]:
        return np.compress(self.half == half, self.similarity)


@dataclass(frozen=True, slots=True)
class Material:
    """All pairs of a gallery that were compared, and how many of any pairs are of one person."""

    strangers: Compared
    others: Compared
    mates: Compared
    same: int
    pairs: int

    @property
    def evidence(self) -> Evidence:
        return Evidence(
            strangers=self.strangers.similarity,
            others=self.others.similarity,
            mates=self.mates.similarity,
            same=self.same,
            pairs=self.pairs,
        )

    def evidence_of(self, half: int) -> Evidence:
        return Evidence(
            strangers=self.strangers.of_half(half),
            others=self.others.of_half(half),
            mates=self.mates.of_half(half),
            same=self.same,
            pairs=self.pairs,
        )

    def counts_of(self, half: int) -> PairCounts:
        return PairCounts.of(self.mates.of_half(half), self.strangers.of_half(half))


def due() -> QuerySet[Gallery]:
    """Galleries with photos or decisions that are not measured yet, the longest waiting first."""
    photos = Photo.objects.filter(gallery=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    batches = Batch.objects.filter(gallery=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    newest = Gallery.objects.annotate(
        newest_photo=Subquery(photos), newest_batch=Coalesce(Subquery(batches), 0)
    )
    changed = newest.exclude(newest_photo=None).exclude(
        measured__model=F("model"),
        measured__last_photo=F("newest_photo"),
        measured__last_batch=F("newest_batch"),
    )
    return changed.order_by(F("measured__computed_at").asc(nulls_first=True), "pk")


def ask(gallery: Gallery) -> None:
    """Have it measured soon, whether anything changed or not."""
    now = {"asked_at": timezone.now()}
    GalleryCalibration.objects.update_or_create(
        gallery=gallery, defaults=now, create_defaults={**now, "model": gallery.model}
    )


def work_off_asked() -> bool:
    """Measure one gallery that somebody asked for. Returns whether there was one."""
    asked = GalleryCalibration.objects.asked().select_related("gallery__model").first()
    if asked is None:
        return False
    # first, or a gallery that breaks the worker is measured again and again
    GalleryCalibration.objects.filter(pk=asked.pk).update(asked_at=None)
    measure(asked.gallery)
    return True


def measure(gallery: Gallery) -> GalleryCalibration | None:
    """Compare faces of the gallery, and keep what that says; None while its model is not ready."""
    if not gallery.model.is_usable:
        return None
    calibration = gallery.model.calibration
    # read before the faces: what comes meanwhile is measured the next time
    known = {"last_photo": _newest(Photo, gallery), "last_batch": _newest(Batch, gallery)}
    material = _gather(gallery)
    before, after = _errors(calibration, material)
    measured, _ = GalleryCalibration.objects.update_or_create(
        gallery=gallery,
        defaults={
            **asdict(refine(calibration, material.evidence)),
            **known,
            "model": gallery.model,
            "stranger_pairs": len(material.strangers.similarity),
            "mate_pairs": len(material.mates.similarity),
            "error_before": before,
            "error_after": after,
            "computed_at": timezone.now(),
        },
    )
    return measured


def _newest(model: type[Photo | Batch], gallery: Gallery) -> int:
    newest = model.objects.filter(gallery=gallery).order_by("-pk").values_list("pk", flat=True)
    return newest.first() or 0


def _gather(gallery: Gallery) -> Material:
    faces = Face.objects.filter(gallery=gallery).real()
    count = faces.count()
    groups = faces.exclude(person=None).values("person").annotate(n=Count("pk"))
    same = groups.aggregate(pairs=Sum(F("n") * (F("n") - 1) / 2))["pairs"] or 0
    return Material(
        strangers=_compare(gallery, _thin(list(_pairs_of_strangers(gallery)), MOST_PAIRS)),
        others=_compare(gallery, _pairs_of_others(gallery)),
        mates=_compare(gallery, _thin(list(_pairs_of_mates(gallery)), MOST_PAIRS)),
        same=int(same),
        pairs=count * (count - 1) // 2,
    )


def _errors(calibration: Calibration, material: Material) -> tuple[float | None, float | None]:
    """The calibration errors of the pack's numbers and of refined ones at the gallery's own share,
    each half judging what was refined by the other; None where the pairs are too few to judge."""
    before, after = [], []
    for half in (0, 1):
        counts, evidence = material.counts_of(half), material.evidence_of(1 - half)
        if not counts.can_tell(WIDE) or counts.genuine.sum() < FEWEST_MATES:
            return None, None
        refined = refine(calibration, evidence).apply(calibration)
        before.append(counts.calibration_error(calibration, evidence.share))
        after.append(counts.calibration_error(refined, evidence.share))
    return float(np.mean(before)), float(np.mean(after))


def _pairs_of_strangers(gallery: Gallery) -> Iterator[Pair]:
    """Two good faces in one photo, unless they are of one person; of two persons one pair."""
    strong = Face.objects.filter(gallery=gallery).real().strong()
    several = strong.values("photo").annotate(n=Count("pk")).filter(n__gte=2)
    chosen = several.order_by(_shuffled("photo")).values("photo")[:MOST_PHOTOS]
    rows = strong.filter(photo__in=chosen).order_by("photo", _shuffled("pk"))
    met: set[frozenset[int | None]] = set()
    for photo, faces in _grouped(rows.values_list("photo", "pk", "person")[:MOST_FACES]):
        found = []
        for (_, one, person), (_, other, somebody) in combinations(faces[:FACES_OF_A_PHOTO], 2):
            both = frozenset({person, somebody})
            if (len(both) < 2 and person is not None) or both in met:
                continue
            if None not in both:
                met.add(both)
            found.append(Pair(one, other, photo))
        yield from _thin(found, PAIRS_OF_ONE)


def _pairs_of_others(gallery: Gallery) -> list[Pair]:
    """Two good faces of two photos, of which nobody knows that they are one person's."""
    strong = Face.objects.filter(gallery=gallery).real().strong().order_by(_shuffled("pk"))
    faces = list(strong.values_list("pk", "photo", "person")[: MOST_PAIRS // OTHERS_OF_A_FACE])
    return [
        Pair(one, other, one)
        for step in range(1, OTHERS_OF_A_FACE + 1)
        for (one, photo, person), (other, elsewhere, somebody) in zip(
            faces, faces[step:], strict=False
        )
        if photo != elsewhere and (person is None or person != somebody)
    ]


def _pairs_of_mates(gallery: Gallery) -> Iterator[Pair]:
    """Two good faces of a person in two photos, as humans said."""
    strong = Face.objects.filter(gallery=gallery, assigned_by=AssignedBy.HUMAN).real().strong()
    rows = strong.exclude(person=None).order_by("person", _shuffled("pk"))
    for person, faces in _grouped(rows.values_list("person", "pk", "photo")[:MOST_FACES]):
        found = [
            Pair(one, other, person)
            for (_, one, photo), (_, other, elsewhere) in pairwise(faces)
            if photo != elsewhere
        ]
        yield from _thin(found, PAIRS_OF_ONE)


def _grouped(
    rows: Iterable[tuple[int, int, int | None]],
) -> Iterator[tuple[int, list[tuple[int, int, int | None]]]]:
    for source, group in groupby(rows, key=itemgetter(0)):
        yield source, list(group)


def _shuffled(column: str) -> MD5:
    """An order that has nothing to do with when a photo came, and is the same each time."""
    return MD5(Cast(column, CharField()))


def _thin(pairs: Sequence[Pair], most: int) -> Sequence[Pair]:
    """At most so many, evenly from all of them."""
    return pairs[:: max(1, -(-len(pairs) // most))]


def _compare(gallery: Gallery, pairs: Sequence[Pair]) -> Compared:
    """In the database, so that no vector has to be moved; a pair without vectors is left out."""
    one, other = [pair.one for pair in pairs], [pair.other for pair in pairs]
    with connection.cursor() as cursor:
        key = {"gallery": gallery.pk, "model": gallery.model_id}
        cursor.execute(_SIMILARITIES, {"one": one, "other": other, **key})
        rows = cursor.fetchall()
    halves = [pairs[place - 1].source % 2 for place, _ in rows]
    similarity = np.array([similarity for _, similarity in rows], np.float64)
    return Compared(similarity, np.array(halves, np.int64))


_SIMILARITIES = """
SELECT pair.place, 1 - (one.vector <=> other.vector)
FROM unnest(%(one)s::bigint[], %(other)s::bigint[]) WITH ORDINALITY AS pair (one, other, place)
JOIN galleries_facevector AS one ON one.face_id = pair.one
    AND one.gallery_id = %(gallery)s AND one.model_id = %(model)s
JOIN galleries_facevector AS other ON other.face_id = pair.other
    AND other.gallery_id = %(gallery)s AND other.model_id = %(model)s
"""
