"""What the classifier in use thinks of faces: a third source for the review, never for the matcher.

It only suggests. What people ruled out, and who may not be suggested at all, its users check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from faceengine.packs import Calibration
from faceengine.training.head import Head
from faceengine.training.regression import Floats
from galleries.models import Classifier, Gallery
from galleries.training.heads import head_in


@dataclass(frozen=True, slots=True)
class Guess:
    """The person that a face may show, and how likely that is, 0 to 1."""

    person_id: int
    probability: float


def guess(gallery: Gallery, vectors: Mapping[int, Floats]) -> dict[int, Guess]:
    """Whom the classifier in use takes faces for; without those that it takes for nobody.

    The probability is that of the person among those it knows, times that of a face so similar to
    the middle of a person being one.
    """
    head = _head_in_use(gallery)
    if head is None or not vectors:
        return {}
    judged = head.judge(np.stack(list(vectors.values())))
    calibration = gallery.model.calibration.of_middles
    return {
        face: Guess(int(head.names[label]), share * calibration.probability(similarity))
        for face, label, share, similarity, is_known in zip(
            vectors,
            judged.labels.tolist(),
            judged.probability.tolist(),
            judged.similarity.tolist(),
            judged.is_known.tolist(),
            strict=True,
        )
        if is_known
    }


def as_similarity(probability: float, calibration: Calibration) -> float:
    """The similarity of two faces that means this probability."""
    kept = min(max(probability, 1e-6), 1 - 1e-6)
    return calibration.midpoint + float(np.log(kept / (1 - kept))) / calibration.slope


def _head_in_use(gallery: Gallery) -> Head | None:
    """None also where it was made of another model's vectors, or its file is gone."""
    own = Classifier.objects.promoted().filter(gallery=gallery, task=Classifier.Task.FACES)
    row = own.values_list("file", "made_of").first()
    if row is None or row[1] != gallery.model.key:
        return None
    return head_in(*row)
