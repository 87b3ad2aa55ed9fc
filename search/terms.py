"""Who is looked for: a face of a picture, or a person by all that is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from faceengine.packs import Calibration
from faceengine.templates import summarise
from galleries.models import Face, FaceVector, ModelVersion, Person
from search.probes import ProbeFace

#: Faces of a person of which its templates are made, the best ones.
BEST_FACES = 200

#: Unit vectors of one model, shape (n, dimensions), float32.
Vectors: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Term:
    """One whom photos shall show, or shall not. `vectors` by model key; any of them may be alike.

    What people decided about `person` holds in the search: faces that are not it are not found. If
    the term `is_whole_person`, all of its own are, however unlike. `merged` names the models whose
    vectors here are middles of several faces: their similarities mean something else.
    """

    vectors: Mapping[str, Vectors]
    person: Person | None = None
    is_whole_person: bool = False
    merged: frozenset[str] = frozenset()

    def meaning(self, key: str, calibration: Calibration) -> Calibration:
        """What a similarity to this term means, by the model of that key."""
        return calibration.of_middles if key in self.merged else calibration


def of_faces(faces: Sequence[ProbeFace]) -> list[Term]:
    """What was said of whom a stored face shows holds for what is found by it, too."""
    known = Person.objects.present().in_bulk([face.person for face in faces if face.person])
    return [
        Term(
            {key: vector[np.newaxis] for key, vector in face.vectors.items()},
            known.get(face.person or 0),
        )
        for face in faces
    ]


def of_person(person: Person) -> Term:
    """A person by the whole set of faces that humans, imports and the matcher gave it.

    Those that the matcher doubted count less: a wrong one would draw strangers in.
    """
    best = Face.objects.of(person).real().surest_first()[:BEST_FACES]
    qualities = dict(best.values_list("pk", "quality"))
    rows = FaceVector.objects.filter(gallery=person.gallery_id, face__in=list(qualities))
    found: dict[int, list[tuple[Vectors, float]]] = {}
    for model, face, vector in rows.values_list("model", "face", "vector"):
        found.setdefault(model, []).append((np.array(vector, np.float32), qualities[face]))
    usable = [model for model in ModelVersion.objects.filter(pk__in=found) if model.is_usable]
    return Term(
        vectors={model.key: _summarise(found[model.pk], model.calibration) for model in usable},
        person=person,
        is_whole_person=True,
        merged=frozenset(model.key for model in usable if len(found[model.pk]) > 1),
    )


def _summarise(faces: Sequence[tuple[Vectors, float]], calibration: Calibration) -> Vectors:
    vectors = np.stack([vector for vector, _ in faces])
    qualities = np.array([quality for _, quality in faces])
    return summarise(vectors, qualities, calibration.least_of_a_look)
