"""The better way: a linear head on vectors that a network has made already, fitted in seconds.

It says "none of them" where even the class that it would answer is not alike enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from faceengine.embedders.embedding import unit_length
from faceengine.training.errors import TrainingCancelledError

#: How freely the logistic regression may follow its examples; which is best is seen on the
#: validation part, where likeness to the middle of a class is tried as well.
FREEDOMS = (1.0, 10.0, 100.0)
#: How fast the probability grows with that likeness, unless the validation part knows better.
SHARPNESS = 20.0
#: Of the logistic regression; from then on it changes no answer.
STEPS = 300
#: The share of strangers that may be taken for somebody.
FALSE_ACCEPTANCE = 0.01
#: Fewer strangers cannot tell where the threshold is.
FEWEST_STRANGERS = 20
#: Probabilities are sharpened or softened at most so much.
SOFTEST, SHARPEST = 8.0, 0.125

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]

#: Told what is done, of how much; says whether to go on.
Progress = Callable[[int, int], bool]


def go_on(_done: int, _total: int) -> bool:
    """In place of a progress that nobody watches."""
    return True


@dataclass(frozen=True, slots=True)
class Examples:
    """Vectors of unit length with the number of the class of each, shapes (n, d) and (n,)."""

    vectors: Floats
    labels: Numbers

    def __getitem__(self, chosen: Numbers) -> Examples:
        return Examples(self.vectors[chosen], self.labels[chosen])

    def __len__(self) -> int:
        return len(self.labels)


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
        shares = _softmax(self.logits(vectors) / self.temperature)
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


def fit_head(
    names: Sequence[str],
    training: Examples,
    validation: Examples,
    strangers: Floats,
    progress: Progress = go_on,
) -> Head:
    """Fit several heads and keep the one that is least surprised by the validation part.

    Each class has an example in training. `strangers` are vectors of none of them; where they are
    few, the validation part stands in. Without either nothing is rejected.
    Raises: TrainingCancelledError when the progress says so.
    """
    middles = _middles(training, len(names))
    total = 1 + len(FREEDOMS)
    heads: list[tuple[float, Head]] = []
    for done, head in enumerate(_candidates(tuple(names), training, middles), start=1):
        heads.append(_calibrate(head, validation))
        if not progress(done, total):
            raise TrainingCancelledError("The training was cancelled.")
    _, best = min(heads, key=itemgetter(0))
    return replace(best, threshold=_threshold(best, validation, strangers))


def _middles(training: Examples, classes: int) -> Floats:
    sums = np.zeros((classes, training.vectors.shape[1]), np.float32)
    np.add.at(sums, training.labels, training.vectors)
    return unit_length(sums)


def _candidates(names: tuple[str, ...], training: Examples, middles: Floats) -> Iterator[Head]:
    nothing = np.zeros(len(names), np.float32)
    weights = middles * np.float32(SHARPNESS)
    yield Head(names, weights, nothing, middles, 1.0, -1.0, "nearest middle of a class")
    for freedom, (weights, bias) in zip(FREEDOMS, _regressions(training), strict=True):
        method = f"logistic regression, C = {freedom:g}"
        yield Head(names, weights, bias, middles, 1.0, -1.0, method)


def _regressions(training: Examples) -> Iterator[tuple[Floats, Floats]]:
    from sklearn.linear_model import LogisticRegression

    for freedom in FREEDOMS:
        fitted = LogisticRegression(C=freedom, max_iter=STEPS).fit(
            training.vectors, training.labels
        )
        weights, bias = fitted.coef_, fitted.intercept_
        if len(weights) == 1:  # of two classes it states only the second
            weights, bias = np.concatenate([-weights, weights]) / 2, np.append(-bias, bias) / 2
        yield weights.astype(np.float32), bias.astype(np.float32)


def _calibrate(head: Head, validation: Examples) -> tuple[float, Head]:
    """How much the validation part surprises the head at the temperature that suits it best (Guo
    2017), and the head at that temperature.

    Surprise is the mean negative logarithm of the probability of what is right.
    """
    from scipy.optimize import minimize_scalar

    if not len(validation):
        return 0.0, head
    logits = head.logits(validation.vectors)
    right = np.arange(len(validation)), validation.labels

    def surprise(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        return float((np.logaddexp.reduce(scaled, axis=1) - scaled[right]).mean())

    bounds = (np.log(SHARPEST), np.log(SOFTEST))
    found = minimize_scalar(surprise, bounds=bounds, method="bounded")
    return float(found.fun), replace(head, temperature=float(np.exp(found.x)))


def _threshold(head: Head, validation: Examples, strangers: Floats) -> float:
    """The similarity that all but FALSE_ACCEPTANCE of the strangers stay below."""
    met: list[Floats] = [head.judge(strangers).similarity] if len(strangers) else []
    if len(strangers) < FEWEST_STRANGERS and len(validation):
        met.append(head.similarity_without(validation))
    return float(np.quantile(np.concatenate(met), 1 - FALSE_ACCEPTANCE)) if met else -1.0


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares
