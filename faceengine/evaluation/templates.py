"""A person by all faces that are known: found better than by one of them, or by the nearest?

Of people with three faces or more each face in turn is left out, and searched for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from faceengine.evaluation.gathering import Gathered
from faceengine.evaluation.pairs import PairCounts, Vectors, number_people
from faceengine.evaluation.ranking import OpenSearch, deal
from faceengine.templates import summarise

FEWEST_FACES = 3

#: What is kept of a person's faces, given their vectors and qualities: the nearest of it counts.
Enrol: TypeAlias = Callable[[Vectors, NDArray[np.floating]], Vectors]

ONE_FACE, NEAREST_FACE = "one face", "the nearest of all faces"
_BY_FACES: Mapping[str, Enrol] = MappingProxyType(
    {ONE_FACE: lambda vectors, _: vectors[:1], NEAREST_FACE: lambda vectors, _: vectors}
)


def search_by_faces(gathered: Gathered) -> dict[str, OpenSearch]:
    """The peers of templates, by what is compared."""
    return {peer: _search_persons(gathered, enrol) for peer, enrol in _BY_FACES.items()}


def search_by_templates(gathered: Gathered, least: float) -> OpenSearch:
    """Args: `least` as for `summarise`."""
    return _search_persons(gathered, partial(summarise, least=least))


def count_template_pairs(gathered: Gathered, least: float) -> PairCounts:
    """Compare templates with the faces left out, and with all faces of others."""
    vectors, owners = gathered.embeddings, number_people(gathered.people)
    counts = PairCounts.of(np.empty(0), np.empty(0))
    for faces in _faces_of_persons(owners):
        strangers = vectors[owners != owners[faces[0]]]
        for left_out, others in _leave_one_out(faces):
            looks = summarise(vectors[others], gathered.qualities[others], least).T
            counts += PairCounts.of((vectors[left_out] @ looks).max(), (strangers @ looks).max(1))
    return counts


def _search_persons(gathered: Gathered, enrol: Enrol) -> OpenSearch:
    """As `search_openly`: people of each half are searched among those of the same half, and
    strangers, all faces of the other half, among the same people with one face left out."""
    vectors, qualities = gathered.embeddings, gathered.qualities
    owners, halves = number_people(gathered.people), deal(gathered.people)
    mates: list[NDArray[np.float32]] = []
    strangers = np.full(len(owners), -1, np.float32)
    for faces in _faces_of_persons(owners):
        kept = [enrol(vectors[rest], qualities[rest]) for _, rest in _leave_one_out(faces)]
        mates += [(vectors[face] @ one.T).max() for face, one in zip(faces, kept, strict=True)]
        is_unknown = halves != halves[faces[0]]
        alike = (vectors[is_unknown] @ kept[0].T).max(axis=1)
        strangers[is_unknown] = np.maximum(strangers[is_unknown], alike)
    return OpenSearch(np.array(mates, np.float32), strangers)


def _faces_of_persons(owners: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    order = np.argsort(owners, kind="stable")
    for faces in np.split(order, np.flatnonzero(np.diff(owners[order])) + 1):
        if len(faces) >= FEWEST_FACES:
            yield faces


def _leave_one_out(
    faces: NDArray[np.int64],
) -> Iterator[tuple[np.int64, NDArray[np.int64]]]:
    for place, face in enumerate(faces):
        yield face, np.delete(faces, place)
