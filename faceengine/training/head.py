"""The better way: a linear head on vectors that a network has made already, fitted in seconds.

It says "none of them" where even the class that it would answer is not alike enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from faceengine.embedders.embedding import unit_length
from faceengine.training.epochs import Audience
from faceengine.training.regression import (
    Examples,
    Floats,
    Numbers,
    Regression,
    softmax,
    surprise,
)

#: How freely the logistic regression may follow its examples; which is best is seen on the
#: validation part, where likeness to the middle of a class is tried as well.
FREEDOMS = (1.0, 10.0, 100.0)
#: How fast the probability grows with that likeness, unless the validation part knows better.
SHARPNESS = 20.0
#: Fewer strangers cannot tell where the threshold is.
FEWEST_STRANGERS = 20
#: Probabilities are sharpened or softened at most so much.
SOFTEST, SHARPEST = 8.0, 0.125
NEAREST = "nearest middle of a class"


@dataclass(frozen=True, slots=True)
class Judged:
    """The class of each vector by its number, how likely that is if it is one of them, 0 to 1, the
    cosine similarity to the middle of that class, and whether that is alike enough."""

    labels: Numbers
    probability: Floats
    similarity: Floats
    is_known: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Head:
    """`weights` and `middles` have shape (classes, d), `bias` (classes,).

    A vector that is less similar to the middle of its class than `threshold` belongs to none.
    `method` says in words what was fitted.
    """

    names: tuple[str, ...]
    weights: Floats
    bias: Floats
    middles: Floats
    temperature: float
    threshold: float
    method: str

    def judge(self, vectors: Floats) -> Judged:
        shares = softmax(self.logits(vectors) / np.float32(self.temperature))
        labels = shares.argmax(axis=1)
        similarity = (vectors * self.middles[labels]).sum(axis=1)
        return Judged(labels, shares.max(axis=1), similarity, similarity >= self.threshold)

    def similarity_without(self, examples: Examples) -> Floats:
        """How similar examples are to the class that they would be taken for if their own were
        unknown: strangers that cost nobody. The middle of a class knows of no other class."""
        logits = self.logits(examples.vectors)
        logits[np.arange(len(examples)), examples.labels] = -np.inf
        others: Floats = (examples.vectors * self.middles[logits.argmax(axis=1)]).sum(axis=1)
        return others

    def logits(self, vectors: Floats) -> Floats:
        logits: Floats = vectors @ self.weights.T + self.bias
        return logits


@dataclass(frozen=True, slots=True)
class Strangers:
    """Vectors of none of the classes, and the share of them that may be taken for one."""

    vectors: Floats
    acceptance: float


def fit_head(
    names: Sequence[str],
    training: Examples,
    validation: Examples,
    strangers: Strangers,
    audience: Audience,
) -> Head:
    """Fit several heads and keep the one that is least surprised by the validation part.

    Each class has an example in training. Where strangers are few, the examples of each class stand
    in for them; without a validation part nothing is rejected then.
    Raises: TrainingCancelledError when the audience does not wait any more.
    """
    heads = [
        _calibrate(head, validation)
        for head in _candidates(tuple(names), training, validation, audience)
    ]
    _, best = min(heads, key=itemgetter(0))
    met = best.judge(strangers.vectors).similarity
    if len(met) >= FEWEST_STRANGERS:
        return replace(best, threshold=float(np.quantile(met, 1 - strangers.acceptance)))
    if len(validation):
        known = Known(best, training, validation)
        return replace(best, threshold=known.threshold(met, strangers.acceptance))
    return best


def _candidates(
    names: tuple[str, ...], training: Examples, validation: Examples, audience: Audience
) -> Iterator[Head]:
    middles = unit_length(_sums(training, len(names))[1])
    weights, nothing = middles * np.float32(SHARPNESS), np.zeros(len(names), np.float32)
    yield Head(names, weights, nothing, middles, 1.0, -1.0, NEAREST)
    for freedom in FREEDOMS:
        audience.check()
        regression = Regression(len(names), freedom, training, validation, audience)
        method = f"logistic regression, C = {freedom:g}"
        yield Head(names, *regression.fit(), middles, 1.0, -1.0, method)


def _sums(examples: Examples, classes: int) -> tuple[Numbers, Floats]:
    """How many examples each class has, and their sums, shapes (classes,) and (classes, d)."""
    sums = np.zeros((classes, examples.vectors.shape[1]), np.float32)
    np.add.at(sums, examples.labels, examples.vectors)
    return np.bincount(examples.labels, minlength=classes), sums


def _calibrate(head: Head, validation: Examples) -> tuple[float, Head]:
    """How much the validation part surprises the head at the temperature that suits it best (Guo
    2017), and the head at that temperature."""
    from scipy.optimize import minimize_scalar

    if not len(validation):
        return 0.0, head
    logits, labels = head.logits(validation.vectors), validation.labels
    found = minimize_scalar(
        lambda power: surprise(logits / np.float32(np.exp(power)), labels),
        bounds=(np.log(SHARPEST), np.log(SOFTEST)),
        method="bounded",
    )
    return float(found.fun), replace(head, temperature=float(np.exp(found.x)))


@dataclass(frozen=True, slots=True)
class Known:
    """What a head learnt and was chosen by, where strangers are too few to set its threshold."""

    head: Head
    training: Examples
    validation: Examples

    def threshold(self, strangers: Floats, acceptance: float) -> float:
        """The similarity that all but a share of strangers stay below, as far as can be told.

        Few classes hardly show how like one of them a stranger may be, but they do show how alike
        those of a class are: the threshold is at least halfway to where that share of them is lost.
        """
        parts = (self.training, self.validation)
        met = np.concatenate([strangers, *map(self.head.similarity_without, parts)])
        classes = len(self.head.names)
        # without their own class they met one class fewer than strangers will
        share = 1 - (1 - acceptance) ** ((classes - 1) / classes)
        below = float(np.quantile(met, 1 - share))
        return max(below, (below + float(np.quantile(self._own(), acceptance))) / 2)

    def _own(self) -> Floats:
        """Similarity to the middle of the own class, as it were without the example itself."""
        counts, sums = _sums(self.training, len(self.head.names))
        shared = self.training[np.flatnonzero(counts[self.training.labels] > 1)]
        middles = unit_length(sums[shared.labels] - shared.vectors)
        own: Floats = np.concatenate(
            [
                (shared.vectors * middles).sum(axis=1),
                (self.validation.vectors * self.head.middles[self.validation.labels]).sum(axis=1),
            ]
        )
        return own
