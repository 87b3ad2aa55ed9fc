"""The classic way on the examples of a lesson, to be compared with the linear head."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.storage import default_storage

from faceengine.pictures import PictureError, decode, to_jpeg
from faceengine.scenes.backbones import Backbone
from faceengine.training.apart import train_apart
from faceengine.training.epochs import Audience
from faceengine.training.errors import TrainingError
from faceengine.training.regression import Numbers
from faceengine.training.scoring import Outcome
from faceengine.training.tools import trainable_backbone
from faceengine.training.transfer import Pictures, Plan
from galleries.derivatives import crop_name, thumbnail_name
from galleries.engine import weights
from galleries.models import Classifier, Face, Photo
from galleries.training.lessons import Lesson

#: Of the pictures, in pixels; and the most epochs of feature extraction and of fine-tuning.
SIDE, EPOCHS = 160, (8, 3)
#: As many as a processor learns from in some minutes; of more, every second or third is taken.
MOST_PICTURES = 1500
ROWS_AT_ONCE = 500


def backbone_for_comparison() -> Backbone | None:
    """A network of which this machine has weights to begin with, if any."""
    return trainable_backbone(weights())


def train_classic(classifier: Classifier, lesson: Lesson, audience: Audience) -> list[Outcome]:
    """One outcome for feature extraction and one for fine-tuning.

    Raises: TrainingError when no backbone is here any more, or when the process that trains is
    killed; TrainingCancelledError.
    """
    backbone = backbone_for_comparison()
    if backbone is None:
        raise TrainingError(
            "The classic way needs the weights of a backbone: ask the administrator to install "
            "them with ./run models, or train without it."
        )
    (file,) = backbone.files
    plan = Plan(backbone, weights().find(file), SIDE, EPOCHS)
    with TemporaryDirectory(prefix="likeness-") as folder:
        pictures = _write_pictures(classifier, lesson, Path(folder))
        return train_apart(plan, pictures, audience)


def _write_pictures(classifier: Classifier, lesson: Lesson, folder: Path) -> Pictures:
    """Those that are shown of each example, as JPEG; what is missing takes no part."""
    names = _names(classifier, lesson)
    material = lesson.material
    files = [folder / f"{place}.jpg" for place in range(len(lesson.examples))]
    chosen = {part: _some(places) for part, places in material.split.parts.items()}
    written = {
        place
        for places in chosen.values()
        for place in places.tolist()
        if _write(names.get(lesson.examples[place].key, ""), files[place])
    }
    parts = {
        part: places[[place in written for place in places.tolist()]]
        for part, places in chosen.items()
    }
    return Pictures(material.names, files, material.examples.labels, parts)


def _some(places: Numbers) -> Numbers:
    return places[:: max(1, -(-len(places) // MOST_PICTURES))]


def _names(classifier: Classifier, lesson: Lesson) -> Mapping[int, str]:
    """Where the picture of each example lies, by its key."""
    keys = [example.key for example in lesson.examples]
    names: dict[int, str] = {}
    for start in range(0, len(keys), ROWS_AT_ONCE):
        some = keys[start : start + ROWS_AT_ONCE]
        if classifier.task == Classifier.Task.FACES:
            faces = Face.objects.filter(pk__in=some).select_related("photo")
            names |= {face.pk: crop_name(face.photo, face.box) for face in faces}
        else:
            photos = Photo.objects.filter(pk__in=some)
            names |= {photo.pk: thumbnail_name(photo) for photo in photos}
    return names


def _write(name: str, file: Path) -> bool:
    """Whether there is such a picture. It is one of ours, so no guard is needed to open it."""
    try:
        with default_storage.open(name) as stored:
            image = decode(stored.read()).image
    except (OSError, PictureError):
        return False
    file.write_bytes(to_jpeg(image, max(image.shape), 95))
    return True
