"""The plots of an evaluation in characters, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from faceengine.command_line import say
from faceengine.evaluation.answers import Answer
from faceengine.evaluation.pairs import BINS, EDGES, FEWEST_ERRORS, PairCounts

MARKS = "●○▲△■□◆◇"
#: Columns for one decade of the false-match rate, decades, and rows.
DECADE, DECADES, HEIGHT = 10, 6, 11
#: Rows of a histogram, and columns of its longest bar.
STEPS, BAR = 16, 28

Answers = Mapping[str, Answer]
Shares = NDArray[np.float64]


def print_plots(answers: Answers) -> None:
    """The ROC of all packs, then the histograms of each."""
    for line in (*_draw_roc(answers), *_draw_scores(answers)):
        say(line)


def _draw_roc(answers: Answers) -> Iterator[str]:
    rates = np.logspace(-DECADES, 0, DECADE * DECADES + 1)
    curves = [_accepted_at(rates, answered.counts) for answered in answers.values()]
    lowest = float(np.floor(10 * np.nanmin(curves)) / 10)
    step = max(1 - lowest, 0.1) / (HEIGHT - 1)
    rows = [[" "] * len(rates) for _ in range(HEIGHT)]
    for mark, curve in zip(MARKS * len(curves), curves, strict=False):
        for column in np.flatnonzero(~np.isnan(curve)):
            rows[min(HEIGHT - 1, round((1 - curve[column]) / step))][column] = mark
    yield ""
    yield "Share of genuine pairs accepted over the false-match rate"
    for number, row in enumerate(rows):
        yield f"{1 - number * step:6.2f} │{''.join(row).rstrip()}"
    yield "       └" + "".join("┴".ljust(DECADE, "─") for _ in range(DECADES)) + "┴"
    yield " " * 6 + "".join(f"1e-{DECADES - n}".ljust(DECADE) for n in range(DECADES)) + " 1"
    names = zip(MARKS * len(curves), answers, strict=False)
    yield " " * 8 + "   ".join(f"{mark} {pack}" for mark, pack in names)


def _accepted_at(rates: Shares, counts: PairCounts) -> Shares:
    """NaN at rates that the pairs are too few for."""
    false_matches, accepted = counts.curve()
    share = accepted[np.searchsorted(-false_matches, -rates)]
    pairs = int(counts.impostor.sum())
    return np.where(rates * pairs >= min(FEWEST_ERRORS, pairs), share, np.nan)


def _draw_scores(answers: Answers) -> Iterator[str]:
    for pack, answered in answers.items():
        counts = answered.counts
        seen = np.flatnonzero(counts.genuine + counts.impostor)
        bounds = np.linspace(seen[0], seen[-1] + 1, STEPS + 1).astype(int)
        impostor, genuine = (_shares(part, bounds) for part in (counts.impostor, counts.genuine))
        yield ""
        yield f"{pack}: pairs of two people ▒ and of one person █ by cosine similarity"
        for start, two, one in zip(bounds, impostor, genuine, strict=False):
            yield f"{EDGES[min(start, BINS)]:6.2f} │{_bar(two, '▒')}│{_bar(one, '█').rstrip()}"


def _shares(counts: NDArray[np.int64], bounds: NDArray[np.int64]) -> Shares:
    """Of each step, as a part of the highest."""
    steps = np.add.reduceat(counts, bounds[:-1])
    return np.asarray(steps / steps.max(), dtype=np.float64)


def _bar(share: float, character: str) -> str:
    return (character * int(np.ceil(share * BAR))).ljust(BAR)
