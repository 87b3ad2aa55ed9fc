"""Plots of several packs as PNG: ROC, score histograms, errors against rejection."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from faceengine.evaluation.answers import Answer
from faceengine.evaluation.gathering import EvaluationError
from faceengine.evaluation.pairs import EDGES, FEWEST_ERRORS
from faceengine.evaluation.rejection import STEPS
from faceengine.figures import new_figure, to_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEPS_OF_SCORES = 80
#: So that packs differ in grey print, too.
STYLES = ("-", "--", ":", "-.")

Answers = Mapping[str, Answer]


def make_folder(folder: Path) -> None:
    """Raises: EvaluationError when plots cannot be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from error


def save_plots(answers: Answers, folder: Path) -> list[Path]:
    """Write the plots that the answers allow, and say which files they are.

    Raises: EvaluationError when the folder cannot be written to.
    """
    make_folder(folder)
    figures = {"roc.png": draw_roc(answers), "scores.png": draw_scores(answers)}
    if any(answered.curves for answered in answers.values()):
        figures["quality.png"] = draw_rejection(answers)
    try:
        for name, figure in figures.items():
            (folder / name).write_bytes(to_png(figure))
    except OSError as error:
        raise _cannot_write(folder, error) from error
    return [folder / name for name in figures]


def _cannot_write(folder: Path, error: OSError) -> EvaluationError:
    return EvaluationError(
        f"The plots cannot be written to {folder} ({error.strerror}): give another folder."
    )


def draw_roc(answers: Answers) -> Figure:
    """Share of genuine pairs accepted over the false-match rate, as far as pairs can tell it."""
    figure, (axes,) = _new_panels(1)
    lowest = 1.0
    for style, (pack, answered) in zip(cycle(STYLES), answers.items(), strict=False):
        false_matches, accepted = answered.counts.curve()
        smallest = min(1.0, FEWEST_ERRORS / answered.counts.impostor.sum())
        shown = false_matches >= smallest
        axes.plot(false_matches[shown], accepted[shown], style, label=pack, linewidth=1.8)
        lowest = min(lowest, float(accepted[shown].min()))
    axes.set(
        title="Genuine pairs accepted (ROC)",
        xlabel="false-match rate",
        ylabel="share of genuine pairs accepted",
        xscale="log",
        xlim=(None, 1),
        ylim=(max(0.0, lowest - 0.05), 1.005),
    )
    axes.legend(loc="lower right")
    return figure


def draw_scores(answers: Answers) -> Figure:
    """How often pairs of one person, and of two, have a similarity; one panel a pack."""
    figure, panels = _new_panels(len(answers))
    for axes, (pack, answered) in zip(panels, answers.items(), strict=True):
        counts = answered.counts
        seen = np.flatnonzero(counts.genuine + counts.impostor)
        bounds = np.linspace(seen[0], seen[-1] + 1, STEPS_OF_SCORES + 1).astype(int)
        for label, part in (("two people", counts.impostor), ("one person", counts.genuine)):
            shares = np.add.reduceat(part, bounds[:-1]) / max(1, part.sum())
            axes.stairs(shares, EDGES[bounds], label=label, fill=True, alpha=0.55)
        axes.set(title=pack, ylabel="share of pairs")
        axes.legend(loc="upper left")
    panels[-1].set_xlabel("cosine similarity")
    return figure


def draw_rejection(answers: Answers) -> Figure:
    """False non-matches over the share of faces turned away; one panel a false-match rate."""
    lines: dict[float, dict[str, list[float]]] = {}
    for pack, answered in answers.items():
        for curve in answered.curves:
            lines.setdefault(curve.false_match_rate, {})[pack] = curve.misses
    figure, panels = _new_panels(len(lines))
    for axes, rate in zip(panels, sorted(lines), strict=True):
        for style, (pack, misses) in zip(cycle(STYLES), lines[rate].items(), strict=False):
            percent = np.array(STEPS[: len(misses)]) * 100
            axes.plot(percent, misses, style, label=pack, marker="o", markersize=3)
        axes.set(
            title=f"threshold at a false-match rate of {rate:.0e}", ylabel="false non-match rate"
        )
        axes.set_ylim(bottom=0)
        axes.legend()
    panels[-1].set_xlabel("faces of lowest quality turned away, %")
    return figure


def _new_panels(panels: int) -> tuple[Figure, list[Axes]]:
    """One below the other."""
    figure = new_figure(7.5, 1.6 + 3.4 * panels)
    axes = [figure.add_subplot(panels, 1, number + 1) for number in range(panels)]
    for one in axes:
        one.grid(visible=True, which="both", alpha=0.25)
    return figure, axes
