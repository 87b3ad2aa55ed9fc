"""From similarities to probabilities: a logistic curve fitted to weighted pairs."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

STEPS = 100
LONGEST_STEP = 10.0

Floats: TypeAlias = NDArray[np.float64]


def fit_logistic(similarity: Floats, genuine: Floats, impostor: Floats) -> tuple[float, float]:
    """Slope and midpoint of the curve, by Newton's method.

    Args: for each similarity the weight of the pairs that Platt's targets (1999) count as of one
    person and of two. Both have to weigh more than nothing, which those targets see to.
    """
    middle = similarity.mean()
    design = np.stack([similarity - middle, np.ones(len(similarity))])
    weights = genuine + impostor
    share = float(genuine.sum() / weights.sum())
    coefficients = np.array([1.0, np.log(share / (1 - share))])
    for _ in range(STEPS):
        probability = (1 + np.tanh(coefficients @ design / 2)) / 2  # exp would overflow
        gradient = design @ (genuine - weights * probability)
        curvature = (design * weights * probability * (1 - probability)) @ design.T
        step = np.linalg.solve(curvature, gradient)
        coefficients = coefficients + step / max(1.0, np.abs(step).max() / LONGEST_STEP)
    slope, offset = coefficients
    return float(slope), float(middle - offset / slope)
