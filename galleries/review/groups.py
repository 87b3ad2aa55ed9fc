"""Questions about faces without a name: “Who is this?”"""

from __future__ import annotations

import heapq

from django.db.models import Count

from galleries.models import Face, Gallery, Person
from galleries.review.outlook import CHECKED, Outlook
from galleries.review.questions import SHOWN, Kind, Question, Skips, ask_who, best_first, is_listed


def largest_group(gallery: Gallery, skips: Skips) -> Question | None:
    """The unnamed person with most faces."""
    # who has a person is a face, so that an index alone answers
    faces = Face.objects.filter(is_listed(), gallery=gallery, person__name="")
    faces = faces.exclude(person__in=skips.persons)
    counted = faces.values("person").annotate(n=Count("*")).order_by("-n", "person")
    largest = counted.first()
    if largest is None:
        return None
    person = Person.objects.get(pk=largest["person"])
    shown = list(best_first(Face.objects.real().of(person))[:SHOWN])
    return ask_who(gallery, Kind.GROUP, shown, of=largest["n"], group=person)


def largest_waiting(outlook: Outlook, skips: Skips) -> Question | None:
    """Waiting faces that are alike, though too few, or not enough, to open a person."""
    while True:
        known = (
            prospect
            for prospect in outlook.prospects.values()
            if prospect.face_id not in skips.faces and set(prospect.partners) - skips.faces
        )
        largest = heapq.nlargest(
            CHECKED, known, key=lambda item: (len(item.partners), -item.face_id)
        )
        if not largest:
            return None
        wanted = {face for item in largest for face in (item.face_id, *item.partners)}
        waiting = best_first(Face.objects.waiting().filter(gallery=outlook.gallery))
        faces = waiting.in_bulk(wanted)
        for item in largest:
            still = tuple(face for face in item.partners if face in faces)
            if item.face_id not in faces or still != item.partners:
                outlook.set_partners(item, still if item.face_id in faces else ())
            alike = [faces[face] for face in still if face not in skips.faces]
            if item.face_id in faces and alike:
                together = [faces[item.face_id], *alike]
                return ask_who(outlook.gallery, Kind.WAITING, together, of=len(together))


def lonely(gallery: Gallery, skips: Skips) -> Question | None:
    """The best face of those that nobody is like."""
    waiting = best_first(Face.objects.waiting().filter(gallery=gallery))
    face = waiting.exclude(pk__in=skips.faces).first()
    return ask_who(gallery, Kind.WAITING, [face], of=1) if face else None
