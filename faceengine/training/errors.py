"""What keeps a classifier from being trained, said so that a user can act on it."""

from faceengine.errors import FaceEngineError


class TrainingError(FaceEngineError):
    """The examples, or a file of a classifier, cannot be used as they are."""


class TrainingCancelledError(FaceEngineError):
    """Somebody does not wait for the classifier any more."""
