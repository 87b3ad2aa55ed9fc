"""Who is looked for: a face of a picture, or a person by all that is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from faceengine.templates import summarise
from galleries.models import Face, FaceVector, Person
from search.probes import ProbeFace

#: Faces of a person of which its templates are made, the best ones.
BEST_FACES = 200

#: Unit vectors of one model, shape (n, dimensions), float32.
Vectors: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Term:
    """One whom photos shall show, or shall not. `vectors` by model key; any of them may be alike.

    What people decided about `person` holds in the search: with it, its own faces are found however
    unlike they are, and those that somebody said are not it are not.
    """

    vectors: Mapping[str, Vectors]
    person: Person | None = None


def of_face(face: ProbeFace) -> Term:
    return Term({key: vector[np.newaxis] for key, vector in face.vectors.items()})


def of_person(person: Person) -> Term:
    """A person by the whole set of faces that humans, imports and the matcher gave it.

    Those that the matcher doubted count less: a wrong one would draw strangers in.
    """
    best = Face.objects.of(person).real().surest_first()[:BEST_FACES]
    known = dict(best.values_list("pk", "quality"))
    rows = FaceVector.objects.filter(gallery=person.gallery_id, face__in=list(known))
    found: dict[str, list[tuple[Vectors, float]]] = {}
    for key, face, vector in rows.values_list("model__key", "face", "vector"):
        found.setdefault(key, []).append((np.array(vector, np.float32), known[face]))
    return Term(
        {
            key: summarise(np.stack([one for one, _ in pairs]), np.array([q for _, q in pairs]))
            for key, pairs in found.items()
        },
        person,
    )
