"""Faces → groups, each meant to be one person, without knowing anyone.

Every face is linked to its nearest neighbours, and the graph is cut by the Leiden algorithm (Traag,
Waltman and van Eck 2019, doi:10.1038/s41598-019-41695-z) with the constant Potts model. A link
weighs as much as its similarity exceeds `floor`, no link weighs 0, and the resolution is
`threshold - floor`: so a group holds together where its mean similarity exceeds `threshold`,
strangers counting as `floor`. Both come from the calibration of a pack (its wide and its normal
threshold), and nothing else has to be chosen.

Someone with many more faces than links a face comes out of that in several groups. Their faces are
as alike as ever, so groups are joined whose mean similarity, of all pairs, exceeds `threshold`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceengine.blocks import blocks

NEIGHBOURS = 40
#: Rounds of Leiden; on 2,606 pictures of LFW the groups no longer change after the third.
ROUNDS = 5
#: Thresholds are known to four decimals; Leiden asks for a resolution above 0.
FINEST = 1e-4
#: A fixed seed, so that the same faces give the same groups.
SEED = 1

#: Called with the number of faces linked and of all: most of the time goes there.
Progress = Callable[[int, int], None]
Numbers = NDArray[np.int64]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of faces, each pair once, `one` < `other`; arrays of shape (links,)."""

    one: Numbers
    other: Numbers
    similarity: Vectors


def say_nothing(done: int, total: int) -> None:
    """The progress of work that nobody watches."""


def group_faces(
    embeddings: Vectors, floor: float, threshold: float, progress: Progress = say_nothing
) -> Numbers:
    """The number of its group for each face, counted from 0.

    Args: unit-length vectors of shape (n, dimensions); cosine similarities, `floor` <= `threshold`.
    """
    links = link_neighbours(embeddings, floor, progress=progress)
    return join_alike(embeddings, cut(links, len(embeddings), floor, threshold), threshold)


def link_neighbours(
    embeddings: Vectors,
    floor: float,
    neighbours: int = NEIGHBOURS,
    progress: Progress = say_nothing,
) -> Links:
    """Each face with the most similar others (exact search), as far as they exceed `floor`."""
    count = len(embeddings)
    wanted = min(neighbours, count - 1)
    if wanted < 1:
        return Links(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
    parts = []
    for block in blocks(count):
        similarities = _to_others(embeddings, block)
        # a tenth of the time of `nonzero` of two dimensions
        row, column = np.divmod(np.flatnonzero(_is_near(similarities, floor, wanted)), count)
        parts.append((block.start + row, column, similarities[row, column]))
        progress(block.stop, count)
    first, second, similarity = (np.concatenate(part) for part in zip(*parts, strict=True))
    pairs = np.minimum(first, second) * count + np.maximum(first, second)
    pairs, kept = np.unique(pairs, return_index=True)
    return Links(pairs // count, pairs % count, similarity[kept])


def _is_near(similarities: Vectors, floor: float, wanted: int) -> NDArray[np.bool_]:
    """Where the largest numbers of each row are, at most `wanted` and all above `floor`.

    Hardly any number is above it, so that picking among those takes half of picking among all.
    """
    is_near: NDArray[np.bool_] = similarities > floor
    for row in np.flatnonzero(np.count_nonzero(is_near, axis=1) > wanted):
        near = np.flatnonzero(is_near[row])
        order = np.argpartition(similarities[row, near], len(near) - wanted)
        is_near[row, near[order[: len(near) - wanted]]] = False
    return is_near


def cut(links: Links, count: int, floor: float, threshold: float) -> Numbers:
    """Group `count` faces by the links between them; a face without a link stays alone."""
    groups = np.arange(count)
    if len(links.one):
        from graspologic_native import leiden_csr

        starts, others, weights = _to_rows(links, count, floor)
        _, communities = leiden_csr(
            starts,
            others,
            weights,
            count,
            resolution=max(threshold - floor, FINEST),
            use_modularity=False,
            iterations=ROUNDS,
            seed=SEED,
        )
        for face, community in communities.items():
            groups[face] = count + community
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _to_rows(
    links: Links, count: int, floor: float
) -> tuple[Numbers, NDArray[np.int32], NDArray[np.float64]]:
    """The weights as a sparse symmetric matrix: where each row starts, its columns, its numbers."""
    row = np.concatenate([links.one, links.other])
    column = np.concatenate([links.other, links.one])
    order = np.lexsort((column, row))
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count))])
    weights = np.tile(links.similarity - floor, 2).astype(np.float64)
    return starts.astype(np.int64), column[order].astype(np.int32), weights[order]


def join_alike(embeddings: Vectors, groups: Numbers, threshold: float) -> Numbers:
    """Join each group to the one most like it, while the mean similarity of such two is enough.

    Faces that are alone stay alone.
    """
    while len(pairs := _most_alike(embeddings, groups, threshold)):
        heads = np.arange(int(groups.max()) + 1)
        for one, other in pairs.tolist():
            heads[heads == heads[other]] = heads[one]
        groups = np.unique(heads[groups], return_inverse=True)[1].astype(np.int64)
    return groups


def _most_alike(embeddings: Vectors, groups: Numbers, threshold: float) -> Numbers:
    """Pairs of groups, each with its most similar other one, shape (pairs, 2)."""
    sizes = np.bincount(groups)
    several = np.flatnonzero(sizes > 1)
    if len(several) < 2:
        return np.empty((0, 2), np.int64)
    starts = np.cumsum(sizes) - sizes
    sums = np.add.reduceat(embeddings[np.argsort(groups, kind="stable")], starts)
    means = sums[several] / sizes[several, None]  # their products are means over all pairs
    pairs = []
    for block in blocks(len(several)):
        similarities = _to_others(means, block)
        best = similarities.argmax(axis=1)
        is_alike = similarities.max(axis=1) > threshold
        pairs.append(np.stack([several[block][is_alike], several[best[is_alike]]], axis=1))
    return np.concatenate(pairs)


def _to_others(vectors: NDArray[np.floating], block: slice) -> NDArray[np.floating]:
    """Products of the vectors in a block with all vectors; least with themselves."""
    products: NDArray[np.floating] = vectors[block] @ vectors.T
    rows = np.arange(len(products))
    products[rows, block.start + rows] = -np.inf
    return products
