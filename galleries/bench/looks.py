"""How long it takes to find the photos that look like one, among up to a million made-up ones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from numpy.typing import NDArray

from accounts.models import User
from faceengine.command_line import Measure
from faceengine.evaluation.images import photos_of_classes
from faceengine.evaluation.progress import show_progress
from faceengine.pictures import Picture
from faceengine.pipeline import decode_ahead
from faceengine.scenes.backbones import DEFAULT_BACKBONE, get_backbone
from faceengine.weights import WeightError
from galleries import scenes
from galleries.bench.copying import copy_vectors
from galleries.engine import guard
from galleries.looks import Example, Scene, compare_all, index_of_colours, most_alike
from galleries.models import Gallery, Membership, ModelVersion, Photo, Role, SceneModel
from galleries.models.photo import PhotoQuerySet

#: Shares of the photos that lie in a small, a middling and a large gallery.
SHARES = (0.01, 0.1, 0.89)
WEIGHTS = (0.0, 0.5, 1.0)
HITS, MOST_MS, LEAST_RECALL = 60, 10.0, 0.95
SEED, MOTIFS, ROWS_AT_ONCE = 4, 2000, 10_000
# asked before anything is timed, so that the indexes are in memory as they are in use
WARMING = 3

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class World:
    """Photos are mixtures of two motifs; so are the examples, of which none is stored."""

    random: np.random.Generator
    contents: Vectors
    colours: Vectors
    model: SceneModel

    @classmethod
    def of_pictures(cls, folder: Path) -> World:
        """The motifs are the pictures of a folder of classes, by the backbone of the settings.

        Raises: EvaluationError, GuardError; WeightError without the weights of that backbone.
        """
        model = scenes.wanted()
        if model is None:
            raise WeightError(
                f"The weights of {settings.LIKENESS_SCENES} are missing: name another backbone in "
                "LIKENESS_SCENES (./run models), or leave --images out."
            )
        model.make_default()
        photos, found = photos_of_classes(folder), []
        with closing(decode_ahead(photos, guard())) as groups, show_progress("Looking") as tell:
            for group in groups:
                pictures = [item.outcome for item in group if isinstance(item.outcome, Picture)]
                found += scenes.look_at([picture.image for picture in pictures])
                tell(len(found), len(photos))
        contents = np.stack([look.vectors[model] for look in found])
        colours = np.stack([look.colours for look in found])
        return cls(np.random.default_rng(SEED), contents, colours, model)

    @classmethod
    def made_up(cls) -> World:
        """Contents are sparse and never negative, as behind a ReLU; colours sum to one."""
        random = np.random.default_rng(SEED)
        model = SceneModel.objects.register(get_backbone(DEFAULT_BACKBONE))
        model.make_default()
        contents = random.standard_gamma(0.3, (MOTIFS, model.dimensions)).astype(np.float32)
        alpha = np.full(scenes.layout().dimensions, 0.05)
        return cls(random, contents, random.dirichlet(alpha, MOTIFS).astype(np.float32), model)

    def draw(self, count: int) -> tuple[Vectors, Vectors]:
        """Contents and colours of photos, shapes (count, dimensions) each."""
        pairs = self.random.integers(0, len(self.contents), (2, count))
        part = self.random.uniform(0, 0.5, (count, 1)).astype(np.float32)
        contents = self._mix(self.contents, pairs, part)
        contents /= np.linalg.norm(contents, axis=1, keepdims=True)
        colours = self._mix(self.colours, pairs, part)
        return contents, colours / colours.sum(axis=1, keepdims=True)

    def _mix(self, motifs: Vectors, pairs: NDArray[np.int64], part: Vectors) -> Vectors:
        mixed = motifs[pairs[0]] * (1 - part) + motifs[pairs[1]] * part
        noise = self.random.uniform(0.5, 1.5, mixed.shape).astype(np.float32)
        return np.asarray(mixed * noise, np.float32)


def measure_looks(world: World, count: int, runs: int) -> Iterator[Measure]:
    """Args: photos of all galleries, examples that are asked with at each weight."""
    user = User.objects.create_user("bench")
    started = time.perf_counter()
    _fill(world, user, count)
    yield Measure(f"storing {count:,} looks", time.perf_counter() - started, "s")
    yield from _measure_building(world)
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


def _measure_building(world: World) -> Iterator[Measure]:
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
    times, found = [], []
    for example in [*examples] * WARMING:
        most_alike(photos, example, weight, HITS)
    for example in examples:
        with CaptureQueriesContext(connection) as context:
            answer = most_alike(photos, example, weight, HITS)
        times.append(sum(float(query["time"]) for query in context.captured_queries) * 1000)
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
    copy_vectors("galleries_photovector", keys, "vector", contents)
    copy_vectors("galleries_photolook", keys, "colours", colours)


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
