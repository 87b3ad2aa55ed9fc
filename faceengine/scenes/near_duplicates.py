"""Which of very many pictures are the same one, by their hashes.

Multi-index hashing (Norouzi, Punjani and Fleet 2012): hashes that differ in few bits differ in one
bit at most in one of several bands, and each band is looked up as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from faceengine.scenes.hashing import HASH_BITS, NEAR

Hashes: TypeAlias = NDArray[np.uint64]
Numbers: TypeAlias = NDArray[np.intp]


def group_near(
    hashes: Hashes, apart: Collection[frozenset[int]] = (), most: int = 24
) -> list[list[int]]:
    """Put pictures into groups around the best, by their numbers, without those that are alone.

    Args: `hashes` of the pictures, the best first; pairs of numbers that are not to be in one
        group; how many a group may have.

    All of a group are near its first, which is the best of them: a chain of pictures, each a bit
    different from the one before, does not become one group.
    """
    unique, places = np.unique(hashes, return_inverse=True)
    same: dict[int, list[int]] = {}
    for number, place in enumerate(places.tolist()):
        same.setdefault(place, []).append(number)
    near: dict[int, list[int]] = {place: [place] for place, own in same.items() if len(own) > 1}
    for one, other in near_pairs(unique).tolist():
        near.setdefault(one, [one]).append(other)
        near.setdefault(other, [other]).append(one)
    groups, taken = [], set()
    for first in sorted(number for place in near for number in same[place]):
        if first in taken:
            continue
        around = (number for place in near[int(places[first])] for number in same[place])
        free = sorted(number for number in around if number not in taken and number != first)
        others = [number for number in free if frozenset((first, number)) not in apart]
        if others:
            groups.append([first, *others[: most - 1]])
            taken.update(groups[-1])
    return groups


def near_pairs(hashes: Hashes, near: int = NEAR) -> Numbers:
    """Numbers of all pairs that differ in `near` bits or fewer, shape (pairs, 2); no hash twice."""
    found = [np.empty((0, 2), np.intp)]
    for one, other in _candidates(hashes, near // 2 + 1):
        is_near = np.bitwise_count(hashes[one] ^ hashes[other]) <= near
        found.append(np.stack((one[is_near], other[is_near]), axis=1))
    pairs = np.sort(np.concatenate(found), axis=1)
    return np.asarray(np.unique(pairs, axis=0), np.intp)


def _candidates(hashes: Hashes, bands: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Pairs that differ in one bit or none of a band, each once for every such band."""
    borders = [HASH_BITS * band // bands for band in range(bands + 1)]
    for low, high in pairwise(borders):
        mask = np.uint64((1 << (high - low)) - 1)
        keys = ((hashes >> np.uint64(low)) & mask).astype(np.intp)
        order = np.argsort(keys, kind="stable")
        counts = np.bincount(keys, minlength=1 << (high - low))
        starts = np.cumsum(counts) - counts
        for flipped in (0, *(1 << bit for bit in range(high - low))):
            # of two that differ in a bit, those without it ask for those with it
            asking = np.flatnonzero((keys & flipped) == 0)
            wanted = keys[asking] ^ flipped
            found = counts[wanted]
            one = np.repeat(asking, found)
            before = np.repeat(np.cumsum(found) - found - starts[wanted], found)
            other = order[np.arange(len(one)) - before]
            yield (one, other) if flipped else (one[one < other], other[one < other])
