"""Names that come with photos: other programs wrote them into the file, or its folder says them.

They are taken over once, when a photo is first read, before the matcher looks at its faces. So
nothing is said again after it was taken back, and somebody who was purged stays forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from faceengine.faces import Box
from faceengine.same_face import SAME_FACE_OVERLAP
from faceengine.xmp import NamedRegion
from galleries import faces, ledger, people
from galleries.decisions import list_names, tidy
from galleries.ledger import Place
from galleries.models import Action, AssignedBy, Batch, Event, Face, ModelVersion, Person, Photo

#: Regions are read against the guideline if their overlaps with the faces sum up to so much more.
MUCH_BETTER = 1.25
#: Faces that a file may add to those that were found. Each is searched for in its box, which takes
#: some models a second.
MOST_ADDED = 20


@dataclass(frozen=True, slots=True)
class Claim:
    """What came with a photo: who is seen in a box. `face` is None where no face was found."""

    name: str
    box: Box
    face: Face | None

    @property
    def key(self) -> str:
        """By which two spellings are one name."""
        return self.name.casefold()


@transaction.atomic
def take_names(
    photo: Photo, rows: Sequence[Face], written: Sequence[NamedRegion], model: ModelVersion
) -> bool:
    """Give the faces of a photo, `rows`, the names that came with it, as one batch.

    A face of which a human has said something stays as it is; where no face was found, one is added
    as if it were drawn. Returns whether there is any of those, which has to be described.
    """
    if not (photo.takes_names or photo.named_after):
        return False
    ledger.lock_gallery(photo.gallery_id)
    # as they are under the lock, and with the day and the size that were just read
    photo.refresh_from_db(fields=["takes_names", "named_after", "taken_at", "width", "height"])
    claims = _by_regions(photo, rows, written) if photo.takes_names else []
    subject = f"the file “{photo.name}”"
    if not claims:
        claims, subject = _by_folder(photo, rows), f"the folder of “{photo.name}”"
    Photo.objects.filter(pk=photo.pk).update(takes_names=False, named_after="")
    if not claims:
        return False
    batch = ledger.open_batch(
        photo.gallery_id, Action.IMPORT, actor=photo.uploaded_by, subject=subject
    )
    given = _settle(batch, photo, claims)
    batch.target = ledger.shorten(list_names(given))
    batch.save(update_fields=["target"])
    ledger.close_batch(batch)
    for person in given:
        people.reconsider(person, model)
    return any(claim.face is None for claims in given.values() for claim in claims)


def _by_regions(photo: Photo, rows: Sequence[Face], written: Sequence[NamedRegion]) -> list[Claim]:
    """Programs differ in whether regions are turned with the picture: the faces decide.

    In doubt they are, as the guideline says; but a box without a face may then be anywhere.
    """
    readings = [[item.box for item in written], [item.unturned for item in written]]
    pairs = [faces.pair(photo, boxes, rows) for boxes in readings]
    fits = [
        sum(boxes[number].overlap(face.box) for number, face in found.items())
        for boxes, found in zip(readings, pairs, strict=True)
    ]
    chosen = 1 if fits[1] > MUCH_BETTER * fits[0] else 0
    boxes, found = readings[chosen], pairs[chosen]
    is_sure = bool(found) or readings[0] == readings[1]
    claims: list[Claim] = []
    for number, item in enumerate(written):
        face, box = found.get(number), boxes[number]
        if face or (is_sure and _may_be_added(box, photo, rows, claims)):
            claims.append(Claim(tidy(item.name), box, face))
    return claims


def _may_be_added(box: Box, photo: Photo, rows: Sequence[Face], claims: Sequence[Claim]) -> bool:
    """Unless a face there has another's name, nothing can be made out, or there are too many."""
    is_free = all(box.overlap(claim.box) < SAME_FACE_OVERLAP for claim in claims)
    if not is_free or sum(claim.face is None for claim in claims) >= MOST_ADDED:
        return False
    return faces.is_large_enough(photo, box) and not faces.pair(photo, [box], rows)


def _by_folder(photo: Photo, rows: Sequence[Face]) -> list[Claim]:
    """Only of one face it is certain that it is the one that the folder means."""
    real = [row for row in rows if not row.verdict]
    if not photo.named_after or len(real) != 1:
        return []
    return [Claim(photo.named_after, real[0].box, real[0])]


def _settle(batch: Batch, photo: Photo, claims: Sequence[Claim]) -> dict[Person, list[Claim]]:
    """Returns the persons that got faces, each with what was claimed for it."""
    rows = [claim.face for claim in claims if claim.face]
    settled, refused = _settled(rows), ledger.rejections_of(row.pk for row in rows)
    claims = [claim for claim in claims if not (claim.face and claim.face.pk in settled)]
    meant = _persons_meant(batch, claims)
    given: dict[Person, list[Claim]] = {}
    for claim in claims:
        person = meant[claim.key][0]
        is_refused = claim.face is not None and person.pk in refused.get(claim.face.pk, ())
        # whom of two a name means only a human knows
        if len(meant[claim.key]) == 1 and not is_refused and _was_born(person, photo):
            given.setdefault(person, []).append(claim)
    places = {
        (claim.face or faces.add_drawn(photo, claim.box)).pk: Place.by_import(person)
        for person, own in given.items()
        for claim in own
    }
    ledger.place_faces(batch, places, source=AssignedBy.IMPORT)
    return given


def _settled(rows: Collection[Face]) -> set[int]:
    """Ids of faces of which a human or an import has said something, or that are a stranger's."""
    said = Event.objects.filter(face__in=rows).exclude(batch__source=AssignedBy.MATCHER)
    # whoever draws a face does not say whose it is
    said = said.exclude(batch__action=Action.DRAW)
    strangers = Face.objects.filter(pk__in=[row.pk for row in rows], person__is_stranger=True)
    settled = {*said.values_list("face", flat=True), *strangers.values_list("pk", flat=True)}
    return settled | {row.pk for row in rows if row.verdict}


def _persons_meant(batch: Batch, claims: Sequence[Claim]) -> dict[str, list[Person]]:
    """The persons of each name, whatever its case; where there is none, one is opened."""
    meant: dict[str, list[Person]] = {claim.key: [] for claim in claims}
    called = Q(pk=None)
    for claim in claims:
        called |= Q(name__iexact=claim.name)
    for person in Person.objects.present().filter(called, gallery=batch.gallery_id):
        meant.setdefault(person.name.casefold(), []).append(person)
    missing: dict[str, str] = {}
    for claim in claims:
        if not meant[claim.key]:
            missing.setdefault(claim.key, claim.name)
    for person in ledger.open_persons(batch, [Person(name=name) for name in missing.values()]):
        meant[person.name.casefold()].append(person)
    return meant


def _was_born(person: Person, photo: Photo) -> bool:
    return person.was_born_by(photo.taken_at.date() if photo.taken_at else None)
