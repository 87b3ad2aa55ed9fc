"""Groups against persons: which changes would make one person of each group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceengine.blocks import BLOCK
from faceengine.grouping import group_faces
from faceengine.packs import Calibration, Strictness
from galleries.models import Line
from galleries.people import FACES_TO_OPEN_A_PERSON, SAME_PHOTO
from galleries.regrouping.material import NOBODY, Faces, Flags, Numbers, Rules

#: Called with the shares of the work that are done and all there are.
Progress = Callable[[int, int], None]
Kind = Line.Kind
#: In place of a group for weak faces that are like none.
NO_GROUP = -1


@dataclass(frozen=True, slots=True)
class Draft:
    """A line to be; `faces` that would move with their probabilities, the surest first."""

    kind: Line.Kind
    person: int | None = None
    other: int | None = None
    faces: tuple[tuple[int, float], ...] = ()
    #: Faces of the persons concerned, where whole persons are moved.
    size: int = 0

    @property
    def face_count(self) -> int:
        return len(self.faces) or self.size


@dataclass(frozen=True, slots=True)
class Case:
    """All faces with the number of the group of each, and what may be done with them."""

    faces: Faces
    groups: Numbers
    rules: Rules
    calibration: Calibration
    homes: dict[int, int]

    @property
    def twice_in_a_photo(self) -> float:
        """The similarity above which two faces of one photo may be one person."""
        strict = self.calibration.threshold(Strictness.STRICT)
        return strict + SAME_PHOTO * (1 - strict)

    def mean(self, members: Numbers) -> NDArray[np.float32]:
        """The mean vector; its product with another mean is the mean of all pairs."""
        average: NDArray[np.float32] = self.faces.vectors[members].mean(axis=0)
        return average


def propose(
    faces: Faces, rules: Rules, calibration: Calibration, progress: Progress
) -> list[Draft]:
    """All changes, doubtful kinds first, and the largest of each kind first."""
    if not len(faces.ids):
        return []
    groups = group(faces, calibration, progress)
    case = Case(faces, groups, rules, calibration, _homes(faces, groups))
    order = np.argsort(groups, kind="stable")
    ends = np.flatnonzero(np.diff(groups[order], append=groups.max() + 1)) + 1
    drafts = [
        draft
        for start, end in zip([0, *ends[:-1]], ends, strict=True)
        if groups[order[start]] != NO_GROUP
        for draft in _lines_of(case, order[start:end])
    ]
    kinds = list(Kind)
    return sorted(drafts, key=lambda draft: (kinds.index(draft.kind), -draft.face_count))


def group(faces: Faces, calibration: Calibration, progress: Progress) -> Numbers:
    """The number of each face's group. Strong faces make the groups, weak ones may come along."""
    groups = np.full(len(faces.ids), NO_GROUP, np.int64)
    strong = np.flatnonzero(~faces.is_weak)
    groups[strong] = group_faces(
        faces.vectors[strong], calibration.wide, calibration.normal, progress
    )
    _attach(faces, groups, strong, calibration.normal)
    return groups


def _attach(faces: Faces, groups: Numbers, strong: Numbers, threshold: float) -> None:
    """Put each weak face into the group that it is most like, if it is enough."""
    weak = np.flatnonzero(faces.is_weak)
    sizes = np.bincount(groups[strong], minlength=1)
    several = np.flatnonzero(sizes > 1)
    if not (len(weak) and len(several)):
        return
    order = strong[np.argsort(groups[strong], kind="stable")]
    starts = (np.cumsum(sizes) - sizes)[several]
    means = np.stack(
        [
            faces.vectors[order[start : start + sizes[number]]].mean(axis=0)
            for start, number in zip(starts, several, strict=True)
        ]
    )
    for part in np.array_split(weak, len(weak) * len(means) // BLOCK + 1):
        similarities = faces.vectors[part] @ means.T
        is_alike = similarities.max(axis=1) > threshold
        groups[part[is_alike]] = several[similarities.argmax(axis=1)[is_alike]]


def _homes(faces: Faces, groups: Numbers) -> dict[int, int]:
    """The group where each person is: that of most faces, those given by humans before all."""
    has_both = (faces.persons != NOBODY) & (groups != NO_GROUP)
    pairs = np.stack([faces.persons[has_both], groups[has_both]], axis=1)
    weights = np.where(faces.is_fixed[has_both], len(faces.ids) + 1, 1)
    cells, index = np.unique(pairs, axis=0, return_inverse=True)
    totals = np.bincount(index.ravel(), weights, minlength=len(cells))
    # the heaviest comes last, and stays
    return {int(person): int(home) for person, home in cells[np.argsort(totals, kind="stable")]}


def _lines_of(case: Case, members: Numbers) -> Iterator[Draft]:
    """What would make one person of a group."""
    faces = case.faces
    number = int(case.groups[members[0]])
    owners = faces.persons[members]
    by_owner = {int(owner): members[owners == owner] for owner in np.unique(owners)}
    waiting = by_owner.pop(NOBODY, members[:0])
    residents = {p: theirs for p, theirs in by_owner.items() if case.homes[p] == number}
    strays = {p: theirs for p, theirs in by_owner.items() if p not in residents}
    merges, kept = _merge(case, residents)
    yield from merges
    for person, theirs in strays.items():
        yield from _split(case, person, theirs, kept)
    if len(kept) == 1:
        yield from _join(case, waiting, kept[0], residents[kept[0]])
    elif not residents and len(waiting) > sum(map(len, strays.values())):
        yield from _open(case, waiting)


def _merge(case: Case, residents: dict[int, Numbers]) -> tuple[list[Draft], list[int]]:
    """Join persons of one group as far as nothing speaks against it; and those that remain."""
    drafts: list[Draft] = []
    parts: dict[int, list[int]] = {}
    for person in sorted(residents, key=lambda person: _rank(case, person, residents[person])):
        alike = {
            kept: similarity
            for kept, absorbed in parts.items()
            if all(case.rules.may_absorb(one, person) for one in (kept, *absorbed))
            and (similarity := _likeness(case, residents[kept], residents[person]))
            >= _least(case, residents[kept], residents[person])
        }
        if not alike:
            parts[person] = []
            continue
        best = max(alike, key=lambda kept: alike[kept])
        parts[best].append(person)
        drafts.append(Draft(Kind.MERGE, best, person, size=len(residents[person])))
    return drafts, list(parts)


def _rank(case: Case, person: int, theirs: Numbers) -> tuple[bool, bool, int, int]:
    """Who stays when persons are merged: named ones first, then those whom humans gave faces."""
    somebody = case.rules.persons.get(person)
    is_plain = somebody is None or not somebody.is_described
    return not (somebody and somebody.name), is_plain, -len(theirs), person


def _likeness(case: Case, one: Numbers, other: Numbers) -> float:
    return float(case.mean(one) @ case.mean(other))


def _least(case: Case, one: Numbers, other: Numbers) -> float:
    """How alike two must be to be one: more if a photo shows both."""
    photos = case.faces.photos
    are_together = bool(np.isin(photos[one], photos[other]).any())
    return case.twice_in_a_photo if are_together else case.calibration.normal


def _split(case: Case, person: int, theirs: Numbers, kept: list[int]) -> Iterator[Draft]:
    """Faces that the matcher gave to a person, and that are with others, or by themselves."""
    faces, rules = case.faces, case.rules
    moving = theirs[~faces.is_fixed[theirs]]
    if not rules.is_open(person) or len(moving) < len(theirs) or len(kept) > 1:
        return
    at_home = np.flatnonzero((faces.persons == person) & (case.groups == case.homes[person]))
    if _likeness(case, theirs, at_home) >= case.calibration.wide:
        return
    other = kept[0] if kept else None
    if other is not None:
        moving = moving[_allowed(case, moving, other)]
    if _can_open(faces, moving):
        yield Draft(Kind.SPLIT, person, other, _with_probability(case, moving, moving))


def _join(case: Case, waiting: Numbers, person: int, theirs: Numbers) -> Iterator[Draft]:
    faces = case.faces
    allowed = waiting[_allowed(case, waiting, person)]
    joining = _once_a_photo(case, allowed, theirs, set(faces.photos[theirs].tolist()))
    if len(joining):
        yield Draft(Kind.JOIN, person, None, _with_probability(case, joining, theirs))


def _open(case: Case, waiting: Numbers) -> Iterator[Draft]:
    members = _once_a_photo(case, waiting, waiting, set())
    if _can_open(case.faces, members):
        yield Draft(Kind.NEW, None, None, _with_probability(case, members, members))


def _allowed(case: Case, members: Numbers, person: int) -> Flags:
    faces = case.faces
    return np.array(
        [
            case.rules.may_be(int(faces.ids[member]), int(faces.photos[member]), person)
            for member in members
        ],
        dtype=bool,
    )


def _once_a_photo(case: Case, members: Numbers, templates: Numbers, seen: set[int]) -> Numbers:
    """The faces most like the templates, one of each photo that is not `seen` yet.

    A face so alike that it can only be a mirror or a collage comes along.
    """
    likeness = _to_mean(case, members, templates)
    chosen = []
    for place in np.argsort(-likeness, kind="stable").tolist():
        photo = int(case.faces.photos[members[place]])
        least = case.twice_in_a_photo if photo in seen else case.calibration.wide
        if likeness[place] >= least:
            chosen.append(place)
            seen.add(photo)
    return members[chosen]


def _can_open(faces: Faces, members: Numbers) -> bool:
    strong = members[~faces.is_weak[members]]
    return len(np.unique(faces.photos[strong])) >= FACES_TO_OPEN_A_PERSON


def _to_mean(case: Case, members: Numbers, templates: Numbers) -> NDArray[np.float32]:
    """The mean similarity of each face to the templates, itself left out."""
    vectors = case.faces.vectors
    own = np.isin(members, templates)
    sums = vectors[members] @ vectors[templates].sum(axis=0) - own
    means: NDArray[np.float32] = (sums / np.maximum(len(templates) - own, 1)).astype(np.float32)
    return means


def _with_probability(
    case: Case, members: Numbers, templates: Numbers
) -> tuple[tuple[int, float], ...]:
    likeness = _to_mean(case, members, templates)
    pairs = (
        (int(case.faces.ids[member]), round(case.calibration.probability(float(alike)), 2))
        for member, alike in zip(members, likeness, strict=True)
    )
    return tuple(sorted(pairs, key=lambda pair: -pair[1]))
