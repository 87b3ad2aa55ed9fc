"""How well faces fall into groups of one person each, when nobody is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faceengine.command_line import Measure
from faceengine.evaluation.gathering import Gathered
from faceengine.evaluation.pairs import Vectors, number_people
from faceengine.grouping import group_faces

PEER = "Chinese Whispers"
#: It compares all pairs one by one and keeps them: 13,000 faces took it two minutes and a gigabyte.
MOST_WHISPERED = 6000


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far groups and people agree, 0 to 1."""

    precision: float
    recall: float

    @property
    def f(self) -> float:
        """Harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def measure_grouping(gathered: Gathered, floor: float, threshold: float) -> list[Measure]:
    """Leiden against dlib's Chinese Whispers on the same vectors.

    Args: the similarities at which a pack's matches are wide and normal.
    """
    people = gathered.people
    measures = [Measure("people", len(set(people)), "people")]
    ours = _judge(group_faces(gathered.embeddings, floor, threshold), people)
    if len(people) > MOST_WHISPERED:
        return measures + ours
    theirs = _judge(whisper(gathered.embeddings, threshold), people)
    pairs = zip(ours, theirs, strict=True)
    return measures + [_compare(our, their) for our, their in pairs]


def _judge(groups: NDArray[np.int64], people: Sequence[str]) -> list[Measure]:
    measures = [Measure("groups", int(groups.max()) + 1, "groups")]
    for name, agree in (("BCubed", agree_by_face), ("pairwise", agree_by_pair)):
        agreement = agree(groups, people)
        measures += [
            Measure(f"{name} precision", agreement.precision, "share"),
            Measure(f"{name} recall", agreement.recall, "share"),
            Measure(f"{name} F", agreement.f, "share"),
        ]
    return measures


def _compare(ours: Measure, theirs: Measure) -> Measure:
    """The number of groups is neither better nor worse."""
    ratio = None
    if ours.unit == "share" and ours.value is not None and theirs.value:
        ratio = ours.value / theirs.value
    return replace(ours, peer=PEER, peer_value=theirs.value, ratio=ratio)


def whisper(embeddings: Vectors, threshold: float) -> NDArray[np.int64]:
    """dlib's own way to group faces, as its examples and face_recognition's users do it."""
    import dlib

    vectors = [dlib.vector(vector) for vector in embeddings.astype(np.float64)]
    distance = math.sqrt(2 - 2 * threshold)  # of unit vectors, for a cosine similarity
    return np.array(dlib.chinese_whispers_clustering(vectors, distance), dtype=np.int64)


def agree_by_face(groups: NDArray[np.int64], people: Sequence[str]) -> Agreement:
    """BCubed (Bagga and Baldwin 1998): of each face's group and person, averaged over faces.

    Precision is the share of its group that is its person, recall the share of its person that is
    in its group.
    """
    together, group, person = _cross(groups, people)
    faces = len(groups)
    return Agreement(
        precision=float((together**2 / np.bincount(groups)[group]).sum() / faces),
        recall=float((together**2 / np.bincount(number_people(people))[person]).sum() / faces),
    )


def agree_by_pair(groups: NDArray[np.int64], people: Sequence[str]) -> Agreement:
    """Of all pairs in one group, those of one person, and the other way round.

    Without any pair in a group nothing is wrong: then precision is 1.
    """
    right = _pairs(_cross(groups, people)[0])
    grouped, owned = _pairs(np.bincount(groups)), _pairs(np.bincount(number_people(people)))
    return Agreement(right / grouped if grouped else 1.0, right / owned if owned else 1.0)


def _pairs(sizes: NDArray[np.int64]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _cross(
    groups: NDArray[np.int64], people: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """How many faces each group shares with each person; the group; the person."""
    names = number_people(people)
    people_count = int(names.max()) + 1
    cells, together = np.unique(groups * people_count + names, return_counts=True)
    return together.astype(np.int64), cells // people_count, cells % people_count
