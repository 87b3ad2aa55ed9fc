"""What whole photos look like: which backbones describe them, and what is stored of each.

Vectors need the weights of a backbone. Where there are none photos have colours and a hash, and
the rest goes on; `filling` adds the vectors as soon as it can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import cv2
import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from faceengine.pictures import Image
from faceengine.scenes.backbones import UnknownBackboneError, get_backbone
from faceengine.scenes.colours import Colour, Layout, describe_colours, palette
from faceengine.scenes.hashing import perceptual_hash
from faceengine.scenes.sharpness import sharpness_of
from faceengine.weights import WeightError
from galleries.engine import has_weights_of, make_ready, scene_engine_for
from galleries.looks import Example, Scene, index_of_colours
from galleries.models import Photo, PhotoLook, PhotoVector, SceneModel
from galleries.models.look import PhotoLookQuerySet

# what colours and hash are taken from: they need no more, and shrinking takes longest
SMALL_SIDE = 512
# PostgreSQL has 64 bits with a sign, the engine without
HALF, WHOLE = 1 << 63, 1 << 64


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a picture looks like; `model` is the one that is wanted now, if it could be asked."""

    colours: NDArray[np.float32]
    hash: int
    sharpness: float
    vectors: Mapping[SceneModel, NDArray[np.float32]]
    model: SceneModel | None


def wanted() -> SceneModel | None:
    """The version of the backbone that LIKENESS_SCENES names, if this machine has its weights."""
    try:
        backbone = get_backbone(settings.LIKENESS_SCENES)
    except UnknownBackboneError:
        return None
    return SceneModel.objects.register(backbone) if has_weights_of(backbone) else None


def layout() -> Layout:
    """How finely colours are told apart, as LIKENESS_COLOURS says."""
    return Layout(*map(int, settings.LIKENESS_COLOURS.split("x")))


def waiting() -> PhotoLookQuerySet:
    """Photos that are still to be looked at: by the wanted backbone, in the wanted layout."""
    return PhotoLook.objects.waiting_for(wanted(), settings.LIKENESS_COLOURS)


def problem() -> str:
    """Why photos cannot be compared by what they show, as a sentence that says what to do.

    Empty where they can.
    """
    present = SceneModel.objects.default()
    if present and present.is_usable:
        return ""
    try:
        backbone = get_backbone(present.backbone if present else settings.LIKENESS_SCENES)
    except UnknownBackboneError as error:
        return f"Photos are compared by their colours only. LIKENESS_SCENES: {error}"
    if has_weights_of(backbone):
        return "Photos are compared by their colours only until they have been looked at."
    return (
        "Photos are compared by their colours only, as the weights of the backbone "
        f"{backbone.name} are missing: install them with ./run models install {backbone.name}"
    )


def register() -> SceneModel | None:
    """Let searches use the wanted backbone, if they have none yet. Returns the wanted one."""
    model = wanted()
    if model and SceneModel.objects.default() is None:
        model.make_default()
    return model


def prepare() -> None:
    """Convert and register the wanted backbone, and build the indexes.

    Outside of a transaction only. Where the backbone cannot be used `problem` says so.
    """
    with suppress(UnknownBackboneError, WeightError):
        make_ready(get_backbone(settings.LIKENESS_SCENES))
    index_of_colours(layout().dimensions).create()
    model = register()
    if model:
        model.create_index()


def look_at(images: Sequence[Image]) -> list[Look]:
    """Describe upright pictures, by the wanted backbone and by the one that searches use."""
    model, present = wanted(), SceneModel.objects.default()
    makers = {one for one in (model, present) if one and one.is_usable}
    vectors = {maker: scene_engine_for(maker.backbone).describe(images) for maker in makers}
    return [
        _look_at(image, {maker: seen[place] for maker, seen in vectors.items()}, model)
        for place, image in enumerate(images)
    ]


def example_of(image: Image) -> Example:
    """A picture to search with; raises nothing where no backbone can look at it."""
    present = SceneModel.objects.default()
    if present is None or not present.is_usable:
        return Example(_colours_of(_shrink(image)))
    (vector,) = scene_engine_for(present.backbone).describe([image])
    return Example(_colours_of(_shrink(image)), Scene(vector, present))


def example_of_palette(colours: Sequence[tuple[Colour, float]]) -> Example:
    """A picture that has these colours in these shares everywhere."""
    return Example(palette(colours, layout()))


def example_of_photo(photo: Photo) -> Example | None:
    """A stored photo to search with; None before it was looked at."""
    look = PhotoLook.objects.filter(gallery=photo.gallery_id, photo=photo).first()
    if look is None or look.layout != settings.LIKENESS_COLOURS:
        return None
    colours = np.array(look.colours, np.float32)
    own = PhotoVector.objects.filter(gallery=photo.gallery_id, photo=photo, model__is_default=True)
    seen = own.select_related("model").defer("code").first()
    if seen is None:
        return Example(colours)
    return Example(colours, Scene(np.array(seen.vector, np.float32), seen.model))


def store(photo: Photo, look: Look) -> None:
    """Write what a photo looks like, in place of what was known. Under the gallery's lock."""
    own = {"gallery_id": photo.gallery_id, "photo_id": photo.pk}
    PhotoLook.objects.bulk_create(
        [
            PhotoLook(
                **own,
                colours=look.colours,
                layout=settings.LIKENESS_COLOURS,
                hash=look.hash - WHOLE if look.hash >= HALF else look.hash,
                sharpness=look.sharpness,
                model=look.model,
            )
        ],
        update_conflicts=True,
        unique_fields=["gallery", "photo"],
        update_fields=["colours", "layout", "hash", "sharpness", "model", "claimed_until"],
    )
    PhotoVector.objects.bulk_create(
        [PhotoVector(**own, model=model, vector=vector) for model, vector in look.vectors.items()],
        update_conflicts=True,
        unique_fields=["gallery", "photo", "model"],
        update_fields=["vector", "code"],
    )


def _look_at(
    image: Image, vectors: Mapping[SceneModel, NDArray[np.float32]], model: SceneModel | None
) -> Look:
    small = _shrink(image)
    return Look(_colours_of(small), perceptual_hash(small), sharpness_of(small), vectors, model)


def _colours_of(image: Image) -> NDArray[np.float32]:
    return describe_colours(image, layout())


def _shrink(image: Image) -> Image:
    height, width = image.shape[:2]
    scale = SMALL_SIDE / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
