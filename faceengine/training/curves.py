"""Pictures of a training: loss and accuracy over the epochs, and what was taken for what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from faceengine.figures import new_figure
from faceengine.training.epochs import Epoch
from faceengine.training.scoring import Scores

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: More names than that cannot be read beside a matrix.
MOST_NAMES = 60


def draw_curves(epochs: Sequence[Epoch]) -> Figure:
    """A dotted line stands where a phase ends."""
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(7.5, 7.0)
    numbers = np.arange(1, len(epochs) + 1)
    ends = [
        place for place, (one, other) in enumerate(pairwise(epochs)) if one.phase != other.phase
    ]
    lines = (
        ("loss", [one.loss for one in epochs], [one.validation_loss for one in epochs]),
        ("accuracy", [one.accuracy for one in epochs], [one.validation_accuracy for one in epochs]),
    )
    for place, (label, training, validation) in enumerate(lines, start=1):
        axes = figure.add_subplot(2, 1, place)
        axes.plot(numbers, training, "-", label="training", marker=".")
        known = np.array([np.nan if value is None else value for value in validation])
        axes.plot(numbers, known, "--", label="validation", marker=".")
        for end in ends:
            axes.axvline(end + 1.5, color="grey", linestyle=":")
        axes.set(ylabel=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(visible=True, alpha=0.25)
        axes.legend()
    figure.axes[0].set_title("Training by epoch")
    figure.axes[-1].set_xlabel("epoch")
    return figure


def draw_confusion(title: str, scores: Scores) -> Figure:
    """Rows are what is right, each scaled to 1; columns are what was answered."""
    classes = len(scores.names)
    side = min(16.0, 4.0 + 0.18 * min(classes, MOST_NAMES))
    figure = new_figure(side + 1.0, side)
    axes = figure.add_subplot(1, 1, 1)
    totals = np.maximum(scores.confusion.sum(axis=1, keepdims=True), 1)
    picture = axes.imshow(scores.confusion / totals, cmap="viridis", vmin=0.0, vmax=1.0)
    if classes <= MOST_NAMES:
        axes.set_xticks(range(classes), scores.names, rotation=90, fontsize=7)
        axes.set_yticks(range(classes), scores.names, fontsize=7)
    axes.set(title=title, xlabel="answered", ylabel="right")
    figure.colorbar(picture, ax=axes, label="share of the class", shrink=0.8)
    return figure
