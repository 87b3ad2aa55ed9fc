"""Questions about faces that may or may not be somebody known: “Is this Anna?”"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import BigIntegerField, Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from faceengine.packs import Strictness
from galleries import ledger
from galleries.models import Action, AssignedBy, Event, Face, Gallery, Person, PersonEvent
from galleries.review.outlook import CHECKED, Outlook, Prospect, is_known
from galleries.review.progress import SURE
from galleries.review.questions import (
    Kind,
    Question,
    Skips,
    ask_whether,
    ask_who,
    best_first,
    is_listed,
    is_named,
)

#: From so many confirmed faces on it is known how a person looks.
ENOUGH_CONFIRMED = 3
#: As likely as not.
EVEN = 0.5
#: By these somebody says of each face who it is; a merge is not about single ones.
SAYING = (Action.CONFIRM, Action.MOVE, Action.NAME, Action.SPLIT)

Candidate: TypeAlias = tuple[Face, Person, Prospect]


def most_doubtful(outlook: Outlook, skips: Skips) -> Question | None:
    """A match to be checked, or a person for a waiting face: where an answer changes most.

    A waiting face gains with the probability that it is the person, a match with that of its not
    being so. A waiting face that is more likely somebody else is asked about openly: one answer
    settles it, where one no would only lead to the next.
    """
    gallery = outlook.gallery
    guess = _least_sure(gallery, skips)
    candidate = _best_candidate(outlook, skips)
    likely = gallery.model.calibration.probability
    hope = likely(candidate[2].similarity) if candidate else 0.0
    if guess and guess.person and 1 - (guess.probability or 0.0) >= hope:
        return ask_whether(Kind.DOUBT, [guess], guess.person, guess.probability)
    if candidate is None:
        return None
    face, person, prospect = candidate
    if hope < EVEN:
        return ask_who(gallery, Kind.WAITING, [face], of=1)
    question = ask_whether(Kind.DOUBT, [face], person, hope)
    return replace(question, is_guessed=prospect.is_guessed)


def twice_in_a_photo(gallery: Gallery, skips: Skips) -> Question | None:
    """Mirrors and collages show somebody twice; otherwise one of the faces is somebody else."""
    faces = Face.objects.real().filter(is_listed(), gallery=gallery)
    guessed = Count("pk", filter=Q(assigned_by=AssignedBy.MATCHER))
    pairs = faces.exclude(pk__in=skips.faces).values("photo", "person")
    pairs = pairs.annotate(n=Count("pk"), guessed=guessed).filter(n__gt=1, guessed__gt=0)
    found = pairs.order_by("photo", "person").first()
    if found is None:
        return None
    person = Person.objects.get(pk=found["person"])
    of_photo = faces.filter(photo=found["photo"], person=person)
    return ask_whether(Kind.TWICE, list(best_first(of_photo)), person)


def outlier(gallery: Gallery, skips: Skips) -> Question | None:
    """The match that is least like what is confirmed of its person."""
    with connection.cursor() as cursor:
        cursor.execute(
            _OUTLIER,
            {
                "gallery": gallery.pk,
                "model": gallery.model_id,
                "least": gallery.model.calibration.threshold(Strictness.STRICT),
                "enough": ENOUGH_CONFIRMED,
                "skipped": list(skips.faces),
            },
        )
        row = cursor.fetchone()
    face = Face.objects.select_related("person", "photo").get(pk=row[0]) if row else None
    if face is None or face.person is None:
        return None
    return ask_whether(Kind.OUTLIER, [face], face.person, face.probability)


_OUTLIER = """
WITH matched AS (
    SELECT face.id, face.person_id FROM galleries_face face
    JOIN galleries_person person ON person.id = face.person_id
    WHERE face.gallery_id = %(gallery)s AND face.assigned_by = 'matcher' AND face.verdict = ''
      AND person.name <> '' AND NOT (person.is_hidden OR person.is_stranger OR person.is_removed)
      AND NOT face.id = ANY(%(skipped)s::bigint[])
), middles AS (
    SELECT face.person_id, avg(own.vector) AS middle FROM galleries_face face
    JOIN galleries_facevector own ON own.gallery_id = face.gallery_id AND own.face_id = face.id
    WHERE face.gallery_id = %(gallery)s AND own.model_id = %(model)s AND face.verdict = ''
      AND face.assigned_by IN ('human', 'import')
      AND face.person_id IN (SELECT person_id FROM matched)
    GROUP BY face.person_id HAVING count(*) >= %(enough)s
)
SELECT matched.id FROM matched
JOIN middles ON middles.person_id = matched.person_id
JOIN galleries_facevector own ON own.gallery_id = %(gallery)s AND own.face_id = matched.id
    AND own.model_id = %(model)s
WHERE 1 - (own.vector <=> middles.middle) < %(least)s
ORDER BY own.vector <=> middles.middle DESC, matched.id LIMIT 1
"""


def before_birth(gallery: Gallery, skips: Skips) -> Question | None:
    """A face that somebody gave to a person who was not born yet, by the date of the photo."""
    dated = Person.objects.listed().filter(gallery=gallery, born_on__isnull=False)
    born = list(dated.values_list("pk", flat=True))
    early = Face.objects.filter(person__in=born, photo__taken_at__date__lt=F("person__born_on"))
    keys = list(early.exclude(pk__in=skips.faces).order_by("pk").values_list("pk", flat=True))
    # the log is asked about these alone: PostgreSQL would ask it about every face first
    for start in range(0, len(keys), CHECKED):
        face = _not_confirmed_since(keys[start : start + CHECKED])
        if face and face.person:
            return ask_whether(Kind.EARLY, [face], face.person)
    return None


def _not_confirmed_since(face_ids: Sequence[int]) -> Face | None:
    """The first face that nobody confirmed after the date of birth had been entered."""
    said = Event.objects.filter(
        face=OuterRef("pk"),
        person_to=OuterRef("person"),
        batch__action__in=SAYING,
        batch__is_undone=False,
    )
    dated = PersonEvent.objects.filter(person=OuterRef("person"), after__has_key="born_on")
    faces = Face.objects.filter(pk__in=face_ids).annotate(
        said_in=Coalesce(Subquery(_last_batch(said)), 0, output_field=BigIntegerField()),
        dated_in=Coalesce(Subquery(_last_batch(dated)), 1, output_field=BigIntegerField()),
    )
    doubtful = faces.filter(said_in__lt=F("dated_in")).select_related("person", "photo")
    return doubtful.order_by("pk").first()


def _last_batch(events: QuerySet[Event] | QuerySet[PersonEvent]) -> QuerySet[Any, Any]:
    return events.order_by("-pk").values("batch")[:1]


def _least_sure(gallery: Gallery, skips: Skips) -> Face | None:
    """What the matcher doubts most of persons that are known by name."""
    guessed = Face.objects.filter(
        is_named(), gallery=gallery, assigned_by=AssignedBy.MATCHER, probability__lt=SURE
    )
    # only keys are sorted: whole rows of all guesses take several times as long
    keys = guessed.exclude(pk__in=skips.faces).order_by("probability", "pk")
    key = keys.values_list("pk", flat=True).first()
    return Face.objects.select_related("person", "photo").get(pk=key) if key else None


def _best_candidate(outlook: Outlook, skips: Skips) -> Candidate | None:
    """The waiting face that is most like a person, as far as that holds at this moment."""
    while True:
        known = (
            item
            for item in outlook.prospects.values()
            if item.person_id and item.face_id not in skips.faces
        )
        best = heapq.nlargest(CHECKED, known, key=lambda item: (item.similarity, -item.face_id))
        if not best:
            return None
        if found := _first_valid(outlook, best):
            return found


def _first_valid(outlook: Outlook, prospects: Sequence[Prospect]) -> Candidate | None:
    keys = [item.face_id for item in prospects]
    waiting = Face.objects.waiting().filter(gallery=outlook.gallery).select_related("photo")
    faces, refused = waiting.in_bulk(keys), ledger.rejections_of(keys)
    persons = Person.objects.filter(gallery=outlook.gallery).in_bulk(
        [item.person_id for item in prospects if item.person_id]
    )
    for item in prospects:
        face, person = faces.get(item.face_id), persons.get(item.person_id or 0)
        if face and person and _may_be(face, person, refused.get(face.pk, set())):
            return face, person, item
        outlook.forget([item.face_id])
    return None


def _may_be(face: Face, person: Person, refused: Collection[int]) -> bool:
    taken = face.photo.taken_at.date() if face.photo.taken_at else None
    return is_known(person) and person.pk not in refused and person.was_born_by(taken)
