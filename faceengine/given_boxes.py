"""Faces of which somebody says where they are: the landmarks are looked for in the box."""

from __future__ import annotations

import numpy as np

from faceengine.alignment import fit_similarity, warp
from faceengine.detectors.detection import Detection, Detector, Floats, overlaps
from faceengine.detectors.five_points import landmarks_of
from faceengine.embedders.dlib_resnet import CHIP
from faceengine.embedders.templates import IN_A_BOX
from faceengine.faces import Box
from faceengine.pictures import Image

#: The square that is searched: its side in pixels, and how many times as long as the box it shows.
#: A face in it has the size that all detectors see best, however small or large it is.
SIDE, WIDENING = 320, 2.5
#: A face of the square is the one that is meant if their boxes overlap by so much, or more: people
#: draw more of the hair or less of the chin than a detector.
LEAST_OVERLAP = 0.25
#: The score of a face that no detector saw, and what that says about it: it is weak, as the
#: landmarks are only guessed, but searches with it find something.
UNSEEN, GUESSED = -1.0, 0.2


def find_in_box(detector: Detector, image: Image, box: Box) -> Detection | None:
    """The face that a box is drawn around, in pixels of the picture; None if none is seen there.

    Its corners are those of the box.
    """
    corners = corners_of(box, image)
    middle, longest = (corners[:2] + corners[2:]) / 2, float((corners[2:] - corners[:2]).max())
    scale = SIDE / (WIDENING * max(longest, 1.0))
    shift = np.asarray(SIDE / 2 - scale * middle, dtype=np.float32)
    found = detector.detect(warp(image, np.column_stack([np.eye(2) * scale, shift]), SIDE))
    if not found:
        return None
    shares = overlaps(
        corners * np.float32(scale) + np.tile(shift, 2),
        np.stack([face.corners for face in found]),
    )
    best = int(shares.argmax())
    if shares[best] < LEAST_OVERLAP:
        return None
    return _back(found[best], corners, scale, shift)


def estimate_in_box(image: Image, box: Box) -> Detection:
    """A face that nothing but the box shows, with landmarks where they lie on average."""
    corners = corners_of(box, image)
    size = max(1.0, float(np.sqrt((corners[2:] - corners[:2]).prod())))
    landmarks = (corners[:2] + corners[2:]) / 2 + size * np.array(IN_A_BOX)
    chip = CHIP.in_pixels()
    to_face = fit_similarity(landmarks_of(chip.astype(np.float32)), landmarks)
    anchors = chip @ to_face[:, :2].T + to_face[:, 2]
    return Detection(corners, UNSEEN, landmarks.astype(np.float32), anchors.astype(np.float32))


def corners_of(box: Box, image: Image) -> Floats:
    height, width = image.shape[:2]
    edges = (box.left, box.top, box.left + box.width, box.top + box.height)
    return np.array(edges, dtype=np.float32) * np.array([width, height] * 2, dtype=np.float32)


def _back(found: Detection, corners: Floats, scale: float, shift: Floats) -> Detection:
    """From the square to the picture that it was cut from."""
    landmarks, anchors = (
        ((points - shift) / scale).astype(np.float32) for points in (found.landmarks, found.anchors)
    )
    return Detection(corners, found.score, landmarks, anchors)
