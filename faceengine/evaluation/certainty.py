"""Is a match of 90 % right nine times in ten? The calibration error of what a search finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faceengine.command_line import Measure
from faceengine.evaluation.gathering import Gathered
from faceengine.evaluation.pairs import PairCounts, count_pairs
from faceengine.evaluation.ranking import deal
from faceengine.evaluation.templates import count_template_pairs
from faceengine.packs import PRIOR, Calibration, Strictness

#: The expected calibration error that the matches of a search stay below.
TARGET = 0.03


def read_off(counts: PairCounts, provenance: str) -> Calibration:
    """Thresholds and probability as these pairs show them."""
    strict, normal, wide = (counts.threshold(word.false_match_rate) for word in Strictness)
    slope, midpoint = counts.fit_probability()
    return Calibration(
        strict, normal, wide, slope, midpoint, provenance, strangers=counts.strangers()
    )


def measure_certainty(gathered: Gathered, counts: PairCounts) -> list[Measure]:
    """People are dealt into two halves; each half judges the curve of the other.

    Args: `counts` of all pairs of the same faces.
    """
    halves = deal(gathered.people)
    parts = [_those(gathered, halves == half) for half in (0, 1)]
    by_faces = [count_pairs(part.embeddings, part.people) for part in parts]
    least = read_off(counts, "").least_of_a_look
    by_templates = [count_template_pairs(part, least) for part in parts]
    own = float(counts.genuine.sum() / (counts.genuine.sum() + counts.impostor.sum()))
    return [
        _measure(f"calibration error{of} (prior {said})", halved, prior)
        for of, halved in (("", by_faces), (" of templates", by_templates))
        for said, prior in ((f"{PRIOR:g}", PRIOR), ("of these photos", own))
    ]


def _measure(name: str, halves: Sequence[PairCounts], prior: float) -> Measure:
    if not all(half.has_hits for half in halves):
        why = "half of the people are too few to judge the curve of the others"
        return Measure(name, None, "share", why=why)
    one, other = (read_off(half, "").at_prior(prior) for half in halves)
    errors = [halves[1].calibration_error(one, prior), halves[0].calibration_error(other, prior)]
    error = float(np.mean(errors))
    return Measure(name, error, "share", target=TARGET, ok=error <= TARGET)


def _those(gathered: Gathered, chosen: NDArray[np.bool_]) -> Gathered:
    photos = [photo for photo, is_chosen in zip(gathered.photos, chosen, strict=True) if is_chosen]
    return replace(
        gathered,
        embeddings=gathered.embeddings[chosen],
        qualities=gathered.qualities[chosen],
        photos=photos,
    )
