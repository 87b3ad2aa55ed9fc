"""Multinomial logistic regression whose course can be watched, and ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from faceengine.training.epochs import Audience, Epoch

#: Iterations, after which no answer changes any more.
STEPS = 100

Numbers: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Examples:
    """Vectors of unit length with the number of the class of each, shapes (n, d) and (n,)."""

    vectors: Floats
    labels: Numbers

    def __getitem__(self, chosen: Numbers) -> Examples:
        return Examples(self.vectors[chosen], self.labels[chosen])

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(slots=True)
class Regression:
    """Finds the weights, shape (classes, d), and the bias, shape (classes,), that surprise the
    examples least, as far as weights may grow: `freedom` is the C of scikit-learn."""

    classes: int
    freedom: float
    training: Examples
    validation: Examples
    audience: Audience
    step: int = 0

    def fit(self) -> tuple[Floats, Floats]:
        """Raises: TrainingCancelledError."""
        from scipy.optimize import minimize

        size = self.classes * (self.training.vectors.shape[1] + 1)
        found = minimize(
            self._loss,
            np.zeros(size),
            jac=True,
            method="L-BFGS-B",
            callback=self._tell,
            options={"maxiter": STEPS, "gtol": 1e-6},
        )
        return self._parts(found.x)

    def _parts(self, parameters: NDArray[np.float64]) -> tuple[Floats, Floats]:
        table = parameters.astype(np.float32).reshape(self.classes, -1)
        return table[:, :-1], table[:, -1]

    def _loss(self, parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """The mean surprise and the price of large weights, and how both change."""
        weights, bias = self._parts(parameters)
        vectors, labels = self.training.vectors, self.training.labels
        logits = vectors @ weights.T + bias
        price = 1 / (self.freedom * len(labels))
        loss = surprise(logits, labels) + price * float((weights**2).sum()) / 2
        excess = softmax(logits)
        excess[np.arange(len(labels)), labels] -= 1
        excess /= len(labels)
        change = np.column_stack([excess.T @ vectors + price * weights, excess.sum(axis=0)])
        return loss, change.ravel().astype(np.float64)

    def _tell(self, parameters: NDArray[np.float64]) -> None:
        self.step += 1
        figures = self._figures(self.training, parameters)
        beside = self._figures(self.validation, parameters) if len(self.validation) else (None,) * 2
        phase = f"logistic regression, C = {self.freedom:g}"
        self.audience.watch(Epoch(phase, self.step, *figures, *beside))
        self.audience.check()

    def _figures(self, examples: Examples, parameters: NDArray[np.float64]) -> tuple[float, float]:
        weights, bias = self._parts(parameters)
        logits = examples.vectors @ weights.T + bias
        accuracy = float((logits.argmax(axis=1) == examples.labels).mean())
        return surprise(logits, examples.labels), accuracy


def softmax(logits: Floats) -> Floats:
    """Shares that sum to 1 in each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def surprise(logits: Floats, labels: Numbers) -> float:
    """The mean negative logarithm of the probability of what is right."""
    rows, top = np.arange(len(labels)), logits.max(axis=1)
    # not logaddexp.reduce, which takes ten times as long
    total = np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
    return float((total - logits[rows, labels]).mean())
