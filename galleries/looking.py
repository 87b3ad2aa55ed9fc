"""What the engine sees in photos that were decoded, and the files that are made of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from faceengine.engine import FaceEngine
from faceengine.faces import Face as FoundFace
from faceengine.pictures import Picture
from galleries import derivatives, faces, scenes
from galleries.models import Analysis, Face


@dataclass(frozen=True, slots=True)
class Decoded:
    """A claimed photo whose file could be read."""

    row: Analysis
    picture: Picture
    decode_ms: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo whose faces are known, and whose derivatives are being made."""

    decoded: Decoded
    found: Sequence[FoundFace]
    described: faces.Described
    files: Future[list[derivatives.File]]
    look: scenes.Look


def look_at(
    group: Sequence[Decoded], engine: FaceEngine, encoder: ThreadPoolExecutor
) -> list[Seen]:
    """Find the faces of some photos, describe those that people drew or named before, and what
    the photos look like as a whole."""
    started = time.monotonic()
    images = [item.picture.image for item in group]
    found = engine.find_faces_in(images)
    stored = [faces.stored_in(item.row.photo) for item in group]
    described = [_describe(*known, engine) for known in zip(group, found, stored, strict=True)]
    looks = scenes.look_at(images)
    engine_ms = round((time.monotonic() - started) * 1000) // len(group)
    seen = []
    every = zip(group, found, stored, described, looks, strict=True)
    for item, news, olds, others, look in every:
        item.row.engine_ms = engine_ms
        boxes = [face.box for face in [*news, *others.values()]]
        # the detector may find such a face, too, and still it keeps the box as it was drawn
        boxes += [row.box for row in olds if row.source == Face.Source.DRAWN]
        files = encoder.submit(derivatives.encode, item.row.photo, item.picture, boxes)
        seen.append(Seen(item, news, others, files, look))
    return seen


def _describe(
    item: Decoded, found: Sequence[FoundFace], stored: Sequence[Face], engine: FaceEngine
) -> faces.Described:
    rows = faces.unseen(item.row.photo, found, stored)
    described = engine.describe(item.picture.image, [row.box for row in rows]) if rows else []
    return {row.pk: face for row, face in zip(rows, described, strict=True)}
