"""How long it takes to find the photos that look like one, among up to a million made-up ones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from numpy.typing import NDArray

from accounts.models import User
from faceengine.bench.crowd import spread_of
from faceengine.command_line import Measure
from faceengine.evaluation.framings import frame_anew
from faceengine.evaluation.gathering import EvaluationError
from faceengine.evaluation.images import photos_of_classes
from faceengine.evaluation.progress import show_progress
from faceengine.pictures import Picture
from faceengine.pipeline import decode_ahead
from faceengine.scenes.backbones import DEFAULT_BACKBONE, get_backbone
from faceengine.scenes.binary_codes import CODE_BITS, binary_codes
from faceengine.weights import WeightError
from galleries import scenes
from galleries.bench.copying import copy_rows
from galleries.engine import guard
from galleries.looks import Example, Scene, compare_all, index_of_colours, most_alike
from galleries.models import Gallery, Membership, ModelVersion, Photo, Role, SceneModel
from galleries.models.photo import PhotoQuerySet

#: Shares of the photos that lie in a small, a middling and a large gallery.
SHARES = (0.01, 0.1, 0.89)
#: Of the content; the third is the one of a search whose slider was not moved.
WEIGHTS = (0.0, 0.5, 0.95, 1.0)
HITS, MOST_MS, LEAST_RECALL = 60, 10.0, 0.95
SEED, ROWS_AT_ONCE = 4, 10_000
#: Photos of one scene, whose colours are mostly mixed from two pictures, and a little from a third,
#: and scenes of one kind.
OF_A_SCENE, SHARES_OF_COLOURS, OF_A_KIND = 20, (4, 4, 1), 20
#: Of the examples, so many are compared with every photo, which takes seconds each among a million.
JUDGED = 10
CLASSES, OF_A_CLASS = 40, 10
#: Of an index while it is built, beside the vector.
BYTES_OF_A_NODE = 1500
# asked before anything is timed, so that the indexes are in memory as they are in use
WARMING = 3

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pictures:
    """What photos can be made of: contents of unit length and colours, shapes (n, dimensions).

    `classes` names what each of them shows. `framed` are the contents of two pictures of the scene
    of each, shape (2, n, dimensions).
    """

    model: SceneModel
    contents: Vectors
    framed: Vectors
    colours: Vectors
    classes: Sequence[str]

    @classmethod
    def of_folder(cls, folder: Path) -> Pictures:
        """One folder a class, seen by the backbone of the settings.

        Raises: EvaluationError, GuardError; WeightError without the weights of that backbone.
        """
        model = scenes.wanted()
        if model is None:
            raise WeightError(
                f"The weights of {settings.LIKENESS_SCENES} are missing: name another backbone in "
                "LIKENESS_SCENES (./run models), or leave --images out."
            )
        model.make_default()
        photos, looks = photos_of_classes(folder), []
        random = np.random.default_rng(SEED)
        with closing(decode_ahead(photos, guard())) as groups, show_progress("Looking") as tell:
            for group in groups:
                pictures = [item.outcome for item in group if isinstance(item.outcome, Picture)]
                looks += [
                    scenes.look_at([picture.image, *frame_anew(picture.image, random)])
                    for picture in pictures
                ]
                tell(len(looks), len(photos))
        if len(looks) < len(photos):
            raise EvaluationError(f"Of {folder} not all pictures can be read.")
        contents = np.array([[look.vectors[model] for look in three] for three in looks])
        return cls(
            model,
            contents[:, 0],
            contents[:, 1:].swapaxes(0, 1),
            np.stack([whole.colours for whole, *_ in looks]),
            [photo.parent.name for photo in photos],
        )

    @classmethod
    def made_up(cls) -> Pictures:
        """Contents are sparse and never negative, as behind a ReLU; colours sum to one."""
        random = np.random.default_rng(SEED)
        model = SceneModel.objects.register(get_backbone(DEFAULT_BACKBONE))
        model.make_default()
        classes = [number // OF_A_CLASS for number in range(CLASSES * OF_A_CLASS)]
        motifs = random.standard_gamma(0.3, (CLASSES, model.dimensions))[classes]
        contents = _to_unit_length(motifs * random.uniform(0.5, 1.5, motifs.shape))
        framed = _to_unit_length(contents * random.uniform(0.7, 1.3, (2, *contents.shape)))
        colours = random.dirichlet(np.full(scenes.layout().dimensions, 0.05), len(classes))
        names = [str(number) for number in classes]
        return cls(model, contents, framed, colours.astype(np.float32), names)


class World:
    """Photos of scenes of kinds: contents spread as pictures of two classes do, as those of one
    class, and as two pictures of one scene; colours mixed from theirs.

    Examples are drawn like photos, and none of them is stored.
    """

    def __init__(self, pictures: Pictures, photos: int) -> None:
        self.model, self._colours = pictures.model, pictures.colours
        self._random = np.random.default_rng(SEED)
        spread = spread_of(pictures.contents, pictures.classes)
        pairs = [*map(str, range(len(pictures.contents)))] * 2
        self._framing = spread_of(np.concatenate(pictures.framed), pairs).within
        count = max(1, photos // OF_A_SCENE)
        kinds = spread.middle + self._scatter(spread.between, max(1, count // OF_A_KIND))
        own = self._random.integers(0, len(kinds), count)
        self._scenes = kinds[own] + self._scatter(spread.within, count)
        self._palettes = self._random.integers(0, len(self._colours), (count, 2))

    def draw(self, count: int) -> tuple[Vectors, Vectors]:
        """Contents and colours of photos, shapes (count, dimensions) each."""
        places = self._random.integers(0, len(self._scenes), count)
        contents = self._scenes[places] + self._scatter(self._framing, count)
        own = self._random.integers(0, len(self._colours), (count, 1))
        palettes = np.hstack([self._palettes[places], own])
        shares = self._random.dirichlet(SHARES_OF_COLOURS, count)
        colours = np.einsum("np,npd->nd", shares, self._colours[palettes])
        return _to_unit_length(contents), np.asarray(colours, np.float32)

    def _scatter(self, spread: Vectors, count: int) -> Vectors:
        normal = self._random.standard_normal((count, len(spread)), dtype=np.float32)
        return np.asarray(normal @ spread.T, np.float32)


def _to_unit_length(vectors: NDArray[Any]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / lengths, np.float32)


def measure_looks(pictures: Pictures, count: int, runs: int) -> Iterator[Measure]:
    """Args: photos of all galleries, examples that are asked with at each weight."""
    world, user = World(pictures, count), User.objects.create_user("bench")
    started = time.perf_counter()
    _fill(world, user, count)
    yield Measure(f"storing {count:,} looks", time.perf_counter() - started, "s")
    yield from _measure_building(world, count)
    everything = Photo.objects.visible_to(user)
    contents, colours = world.draw(runs)
    examples = [
        Example(colour, Scene(content, world.model))
        for content, colour in zip(contents, colours, strict=True)
    ]
    for weight in WEIGHTS:
        yield from _measure_asking(everything, examples, weight, "all")
    for gallery in Gallery.objects.order_by("pk")[: len(SHARES) - 1]:
        own = everything.filter(gallery=gallery)
        yield from _measure_asking(own, examples, 0.5, f"{own.count():,} of one gallery")


def _measure_building(world: World, count: int) -> Iterator[Measure]:
    megabytes = 64 + count * (CODE_BITS // 8 + BYTES_OF_A_NODE) // 1_000_000
    with connection.cursor() as cursor:
        # what does not fit into memory is built many times more slowly
        cursor.execute("SELECT set_config('maintenance_work_mem', %s, false)", [f"{megabytes}MB"])
    colours = index_of_colours(scenes.layout().dimensions)
    for name, build in (("colours", colours.create), ("contents", world.model.create_index)):
        started = time.perf_counter()
        build()
        yield Measure(f"index of {name}", time.perf_counter() - started, "s")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _measure_asking(
    photos: PhotoQuerySet, examples: Sequence[Example], weight: float, whose: str
) -> Iterator[Measure]:
    """Time in the database, and how many of the best ten are found."""
    times: list[float] = []
    found: list[float] = []
    for example in [*examples] * WARMING:
        most_alike(photos, example, weight, HITS)
    for example in examples:
        with CaptureQueriesContext(connection) as context:
            answer = most_alike(photos, example, weight, HITS)
        times.append(sum(float(query["time"]) for query in context.captured_queries) * 1000)
        if len(found) == JUDGED:
            continue
        best = {alike.photo_id for alike in compare_all(photos, example, weight, 10)}
        found.append(len(best & {alike.photo_id for alike in answer}) / len(best))
    name = f"w = {weight:g}, {whose}"
    median = float(np.median(times))
    yield Measure(f"{name}, p50", median, "ms", target=MOST_MS, ok=median <= MOST_MS)
    yield Measure(f"{name}, p95", float(np.percentile(times, 95)), "ms")
    recall = float(np.mean(found))
    yield Measure(
        f"{name}, recall of ten", recall, "share", target=LEAST_RECALL, ok=recall >= LEAST_RECALL
    )


def _fill(world: World, user: User, count: int) -> None:
    version = ModelVersion.objects.default()
    with connection.cursor() as cursor:
        cursor.execute(_SAME_LAYOUT.format(layout=settings.LIKENESS_COLOURS))
    for number, share in enumerate(SHARES):
        gallery = Gallery.objects.create(name=f"Gallery {number}", model=version)
        Membership.objects.create(gallery=gallery, user=user, role=Role.OWNER)
        with connection.cursor() as cursor:
            cursor.execute(_ADD_PHOTOS, [gallery.pk, round(count * share)])
            photos = np.array(cursor.fetchall(), np.int64).ravel()
        for start in range(0, len(photos), ROWS_AT_ONCE):
            _add_looks(world, gallery, photos[start : start + ROWS_AT_ONCE])


def _add_looks(world: World, gallery: Gallery, photos: NDArray[np.int64]) -> None:
    contents, colours = world.draw(len(photos))
    keys = {
        "photo_id": photos,
        "gallery_id": np.full(len(photos), gallery.pk),
        "model_id": np.full(len(photos), world.model.pk),
    }
    codes = binary_codes(contents)
    copy_rows("galleries_photovector", {**keys, "vector": contents, "code": codes})
    copy_rows("galleries_photolook", {**keys, "colours": colours})


# the database is thrown away, so what is the same in all rows may be a default
_SAME_LAYOUT = """
ALTER TABLE galleries_photolook ALTER layout SET DEFAULT '{layout}', ALTER sharpness SET DEFAULT 0
"""
_ADD_PHOTOS = """
INSERT INTO galleries_photo (gallery_id, sha256, name, original, byte_size, media_type, camera,
    uploaded_at, width, height, takes_names, named_after)
SELECT %s, lpad(to_hex(number), 64, '0'), number || '.jpg', '', 0, '', '', now(), 4000, 3000,
    false, ''
FROM generate_series(1, %s) AS number RETURNING id
"""
