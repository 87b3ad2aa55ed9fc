"""What can go wrong in the face engine, said so that a user can act on it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class FaceEngineError(Exception):
    """Root of every error that this package raises on purpose."""


class Reason(StrEnum):
    """Why a file did not become a picture. The values are stored and must not change."""

    EMPTY = "empty"
    NOT_A_PICTURE = "not-a-picture"
    UNSUPPORTED = "unsupported"
    DAMAGED = "damaged"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    CRASHED = "crashed"


SENTENCES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.EMPTY: "This file is empty. Copy it again from where it came and upload it again.",
        Reason.NOT_A_PICTURE: (
            "This file is not a picture, whatever its name says. "
            "Upload a JPEG, PNG, WebP, AVIF, HEIC, GIF, TIFF or BMP file."
        ),
        Reason.UNSUPPORTED: (
            "This kind of picture cannot be read here. "
            "Save it as JPEG or PNG in another program and upload that."
        ),
        Reason.DAMAGED: (
            "This picture is damaged or cut short. "
            "Copy it again from the camera or the original and upload it again."
        ),
        Reason.TOO_LARGE: (
            "This picture is too large: it has more than 128 megapixels or takes too much memory. "
            "Save a smaller copy and upload that."
        ),
        Reason.TOO_SLOW: (
            "Reading this picture took too long. Try it again; if it fails again, "
            "save a smaller copy as JPEG and upload that."
        ),
        Reason.CRASHED: (
            "Reading this picture failed badly. Try it again; if it fails again, "
            "open it in another program, save it as JPEG and upload that."
        ),
    }
)


class PictureError(FaceEngineError):
    """A file that cannot be used as a picture; str() is a sentence for its owner."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(SENTENCES[reason])
        self.reason = reason

    def __reduce__(self) -> tuple[type["PictureError"], tuple[Reason]]:
        # the default would call PictureError(sentence) when a process pool hands it back
        return type(self), (self.reason,)
