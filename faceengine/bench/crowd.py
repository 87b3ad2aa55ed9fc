"""Vectors of people who do not exist, spread as those of a labelled folder are."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import psutil
from numpy.typing import NDArray

from faceengine.evaluation.grouping import agree_by_face
from faceengine.evaluation.pairs import Vectors, number_people
from faceengine.grouping import group_faces

CORES = 2
#: How many faces somebody has: most a few, hardly anybody many hundreds.
MEDIAN_FACES, MOST_FACES = 3, 2000
ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Spread:
    """How people differ from each other, and the faces of one person among themselves.

    `middle` has shape (d,); the others, of shape (d, d), make vectors of such a spread out of
    standard normal ones.
    """

    middle: NDArray[np.float32]
    between: NDArray[np.float32]
    within: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Run:
    """What it took to group a crowd, and how well it went."""

    seconds: float
    peak_megabytes: float
    agreement: float
    people: int
    groups: int


def spread_of(embeddings: Vectors, people: Sequence[str]) -> Spread:
    """Of those people who have several faces."""
    numbers = number_people(people)
    sizes = np.bincount(numbers)
    sums = np.zeros((len(sizes), embeddings.shape[1]))
    np.add.at(sums, numbers, embeddings)
    means = sums / sizes[:, None]
    several = sizes > 1
    of_several = several[numbers]
    rests = (embeddings - means[numbers])[of_several]
    # a mean of n faces takes one n-th of their spread with it
    within = rests.T @ rests / (of_several.sum() - several.sum())
    return Spread(
        middle=means[several].mean(axis=0).astype(np.float32),
        between=_root(np.cov(means[several].T)),
        within=_root(within),
    )


def _root(covariance: NDArray[np.floating]) -> NDArray[np.float32]:
    values, vectors = np.linalg.eigh(covariance)
    root: NDArray[np.float32] = (vectors * np.sqrt(np.maximum(values, 0))).astype(np.float32)
    return root


def draw_crowd(spread: Spread, count: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Unit vectors of shape (count, d), and the number of the person of each; always the same."""
    random = np.random.default_rng(0)
    drawn = np.ceil(random.pareto(1.0, count) * MEDIAN_FACES)
    sizes = np.clip(drawn, 1, MOST_FACES).astype(np.int64)
    sizes = sizes[: np.searchsorted(np.cumsum(sizes), count) + 1]
    people = np.repeat(np.arange(len(sizes)), sizes)[:count]
    dimensions = len(spread.middle)
    centres = random.standard_normal((len(sizes), dimensions), dtype=np.float32)
    centres = centres @ spread.between.T + spread.middle
    crowd = np.empty((count, dimensions), np.float32)
    for start in range(0, count, ROWS_AT_ONCE):
        part = slice(start, min(start + ROWS_AT_ONCE, count))
        noise = random.standard_normal((part.stop - start, dimensions), dtype=np.float32)
        faces = noise @ spread.within.T + centres[people[part]]
        crowd[part] = faces / np.linalg.norm(faces, axis=1, keepdims=True)
    return crowd, people


def group_crowd(spread: Spread, count: int, floor: float, threshold: float) -> Run:
    """Draw a crowd and group it on two cores; for a process of its own, as its peak counts."""
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):
        process.cpu_affinity(process.cpu_affinity()[:CORES])
    crowd, people = draw_crowd(spread, count)
    started = time.perf_counter()
    groups = group_faces(crowd, floor, threshold)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    agreement = agree_by_face(groups, people.astype(str).tolist())
    return Run(seconds, peak, agreement.f, int(people[-1]) + 1, int(groups.max()) + 1)
