"""How well a pack tells people apart: all pairs, and searches among everyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from faceengine.command_line import Measure
from faceengine.evaluation.certainty import measure_certainty, read_off
from faceengine.evaluation.gathering import EvaluationError, Gathered
from faceengine.evaluation.pairs import FEWEST_ERRORS, PairCounts
from faceengine.evaluation.ranking import OpenSearch, rank_faces, search_openly
from faceengine.evaluation.templates import (
    ONE_FACE,
    count_template_pairs,
    search_by_faces,
    search_by_templates,
)
from faceengine.packs import PRIOR, Calibration, Strictness

#: From wide to strict, and one step beyond.
FALSE_MATCH_RATES = (*(word.false_match_rate for word in reversed(Strictness)), 1e-6)
FALSE_POSITIVE_RATE = 0.01


def measure_identification(gathered: Gathered, counts: PairCounts) -> list[Measure]:
    """Args: `counts` of all pairs of the same faces."""
    ranking = rank_faces(gathered.embeddings, gathered.people)
    slope, midpoint = counts.fit_probability()
    return [
        Measure("genuine pairs", int(counts.genuine.sum()), "pairs"),
        Measure("impostor pairs", int(counts.impostor.sum()), "pairs"),
        Measure("most similar is the same person", ranking.first, "share"),
        Measure("mean average precision", ranking.mean, "share"),
        *measure_acceptance(counts, FALSE_MATCH_RATES),
        *_measure_open_search(gathered),
        *_measure_persons(gathered, read_off(counts, "").least_of_a_look),
        *measure_certainty(gathered, counts),
        Measure(f"probability slope (prior {PRIOR:g})", slope, "1/cosine"),
        Measure(f"probability midpoint (prior {PRIOR:g})", midpoint, "cosine"),
    ]


def measure_gathering(gathered: Gathered) -> list[Measure]:
    """What became of the photos. Those that could not be read count neither way."""
    faces, decoded = len(gathered.photos), gathered.decoded
    return [
        Measure("photos that cannot be read", len(gathered.unreadable), "photos"),
        Measure("faces found", faces / decoded, "share"),
        Measure("time a photo", gathered.seconds / decoded * 1000, "ms"),
    ]


def measure_acceptance(counts: PairCounts, false_match_rates: tuple[float, ...]) -> list[Measure]:
    """Share of genuine pairs accepted at each rate (TAR at FMR), and the threshold there."""
    measures = []
    for rate in false_match_rates:
        accepted, threshold = f"accepted at FMR {rate:.0e}", f"threshold at FMR {rate:.0e}"
        if counts.can_tell(rate):
            similarity = counts.threshold(rate)
            measures.append(Measure(accepted, counts.accepted(similarity), "share"))
            measures.append(Measure(threshold, similarity, "cosine"))
        else:
            measures.append(Measure(accepted, None, "share", why=counts.too_few))
            measures.append(Measure(threshold, None, "cosine", why=counts.too_few))
    return measures


def _measure_open_search(gathered: Gathered) -> list[Measure]:
    search = search_openly(gathered.embeddings, gathered.people)
    name = f"FNIR at FPIR {FALSE_POSITIVE_RATE:g}"
    if not search.can_tell(FALSE_POSITIVE_RATE):
        return [Measure(name, None, "share", why=_too_few(search))]
    threshold = search.threshold(FALSE_POSITIVE_RATE)
    return [
        Measure(name, search.missed(threshold), "share"),
        Measure(f"threshold at FPIR {FALSE_POSITIVE_RATE:g}", threshold, "cosine"),
    ]


def _measure_persons(gathered: Gathered, least: float) -> list[Measure]:
    """Persons by templates, against one of their faces and against the nearest of all."""
    searches = {**search_by_faces(gathered), "templates": search_by_templates(gathered, least)}
    names = {by: f"FNIR at FPIR {FALSE_POSITIVE_RATE:g} of persons by {by}" for by in searches}
    ours = searches["templates"]
    if not ours.can_tell(FALSE_POSITIVE_RATE):
        why = _too_few(ours)
        return [Measure(name, None, "share", why=why) for name in names.values()]
    missed = {
        by: search.missed(search.threshold(FALSE_POSITIVE_RATE)) for by, search in searches.items()
    }
    *peers, last = (Measure(names[by], share, "share") for by, share in missed.items())
    target = missed[ONE_FACE] / 2
    return [*peers, replace(last, target=target, ok=missed["templates"] <= target)]


def _too_few(search: OpenSearch) -> str:
    return (
        f"{len(search.mates)} searches for known people and {len(search.strangers)} for "
        "strangers are too few for this rate"
    )


def check_for_calibration(people: Sequence[str]) -> None:
    """Raises: EvaluationError when pairs of these faces cannot tell the strict threshold."""
    counts = np.unique(np.asarray(people), return_counts=True)[1]
    impostors = (counts.sum() ** 2 - (counts**2).sum()) / 2
    needed = FEWEST_ERRORS / Strictness.STRICT.false_match_rate
    if impostors < needed or counts.max(initial=0) < 2:
        raise EvaluationError(
            f"{len(people):,} faces of {len(counts):,} people are too few for a calibration: give "
            f"{needed:,.0f} pairs of different people or more (some 800 photos of many people), "
            "and two photos or more of some."
        )


def calibrate(gathered: Gathered, counts: PairCounts) -> Calibration:
    """Thresholds and probability for a pack, as these photos show them.

    Raises: EvaluationError when the faces are too few.
    """
    check_for_calibration(gathered.people)
    provenance = (
        f"{len(gathered.photos):,} pictures of {len(set(gathered.people)):,} people, all "
        f"{int(counts.genuine.sum()):,} genuine and {int(counts.impostor.sum()):,} impostor pairs; "
        "probability for one genuine pair in a hundred; measured with ./run evaluate identification"
    )
    faces = read_off(counts, provenance)
    templates = count_template_pairs(gathered, faces.least_of_a_look)
    if not templates.can_tell(Strictness.STRICT.false_match_rate):
        return faces
    searches = int(templates.genuine.sum())
    return replace(faces, merged=read_off(templates, f"{searches:,} faces left out of templates"))
