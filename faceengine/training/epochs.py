"""How a training goes on, step by step, and who watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from faceengine.training.errors import TrainingCancelledError


@dataclass(frozen=True, slots=True)
class Epoch:
    """One point of the curves; losses are categorical cross-entropy, accuracies 0 to 1.

    `phase` says in words what is being trained. The validation's figures are None where that part
    is empty.
    """

    phase: str
    number: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None


@dataclass(frozen=True, slots=True)
class Audience:
    """Told of each epoch when it ends, and asked all the time whether anybody waits for the rest.

    Either may raise what ends the training.
    """

    watch: Callable[[Epoch], None] = lambda epoch: None  # noqa: ARG005 - nobody watches
    is_wanted: Callable[[], bool] = lambda: True

    def check(self) -> None:
        """Raises: TrainingCancelledError."""
        if not self.is_wanted():
            raise TrainingCancelledError("The training was cancelled.")
