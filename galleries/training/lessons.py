"""What a classifier learns from: vectors that are stored already, and what humans said of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from faceengine.scenes.hashing import NEAR
from faceengine.training.errors import TrainingError
from faceengine.training.examples import OF_FACES, OF_IMAGES, Material
from faceengine.training.regression import Examples, Floats, Numbers
from faceengine.training.splitting import group_events, group_looks, split_examples
from galleries.models import (
    Album,
    AlbumPhoto,
    AssignedBy,
    Classifier,
    FaceVector,
    Gallery,
    Person,
    Photo,
    PhotoLook,
    PhotoVector,
    SceneModel,
)

#: With fewer examples a class cannot be learnt and judged.
FEWEST_EXAMPLES = 2
#: The largest classes, and examples of each: enough to learn from, and done in minutes.
MOST_LABELS, MOST_OF_A_LABEL = 500, 40
MOST_STRANGERS = 400

SAID_BY_PEOPLE = (AssignedBy.HUMAN, AssignedBy.IMPORT)
TOO_FEW_PEOPLE = (
    "A classifier needs two people with two confirmed faces each. "
    "Name people, and confirm their faces in the review."
)
TOO_FEW_ALBUMS = (
    "A classifier needs two albums with two photos each that lie in no other album. "
    "Sort photos into albums first."
)
NO_BACKBONE = (
    "Photos cannot be compared by what they show yet. "
    "Ask the administrator to install the weights of a backbone: ./run models"
)


class Example(NamedTuple):
    """A face of a person, or a photo of an album."""

    label: int
    photo: int
    key: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """`labels` are the keys of persons or albums, by the numbers of their classes.

    `examples` are in the order of the material's; `made_of` names the model of their vectors.
    """

    labels: list[int]
    examples: list[Example]
    material: Material
    made_of: str

    @property
    def digest(self) -> str:
        """The same for the same classes and examples."""
        text = f"{self.made_of}: {[tuple(one) for one in self.examples]}"
        return hashlib.sha256(text.encode()).hexdigest()


def lesson_of(classifier: Classifier) -> Lesson:
    """Raises: TrainingError when a gallery has too little to learn from."""
    if classifier.task == Classifier.Task.FACES:
        return _lesson_of_faces(classifier.gallery, classifier.version)
    return _lesson_of_images(classifier.gallery, classifier.version)


def _lesson_of_faces(gallery: Gallery, seed: int) -> Lesson:
    """Confirmed faces of named persons; strangers are those of whom humans said so."""
    own = FaceVector.objects.filter(gallery=gallery, model=gallery.model_id, face__verdict="")
    said = Q(faces__assigned_by__in=SAID_BY_PEOPLE, faces__verdict="")
    persons = Person.objects.listed().named().filter(gallery=gallery)
    counted = persons.annotate(n=Count("faces", filter=said)).filter(n__gte=FEWEST_EXAMPLES)
    chosen = list(counted.order_by("-n", "pk").values_list("pk", flat=True)[:MOST_LABELS])
    confirmed = own.filter(face__person__in=chosen, face__assigned_by__in=SAID_BY_PEOPLE)
    place = Window(
        RowNumber(), partition_by=F("face__person"), order_by=[F("face__quality").desc(), "face"]
    )
    best = confirmed.annotate(place=place).filter(place__lte=MOST_OF_A_LABEL)
    rows = best.order_by("face__person", "face").values_list(
        "face__person", "face__photo", "face", "vector"
    )
    strangers = own.filter(face__person__is_stranger=True, face__assigned_by=AssignedBy.HUMAN)
    apart = strangers.order_by("face").values_list("vector", flat=True)[:MOST_STRANGERS]
    found = [(Example(*keys), vector) for *keys, vector in rows]
    examples, vectors = _large_enough(found, TOO_FEW_PEOPLE)
    looks = _group_photos(gallery, examples)
    # two people in one photo give nothing of each other away, two faces of one person do
    same_look = _number(
        [(int(group), one.label) for group, one in zip(looks, examples, strict=True)]
    )
    beside = np.array(list(apart), np.float32).reshape(-1, gallery.model.dimensions)
    labels, material = _deal(examples, vectors, beside, same_look, seed)
    return Lesson(labels, examples, replace(material, false_acceptance=OF_FACES), gallery.model.key)


def _lesson_of_images(gallery: Gallery, seed: int) -> Lesson:
    """Photos that lie in one album only."""
    model = SceneModel.objects.default()
    if model is None:
        raise TrainingError(NO_BACKBONE)
    places = AlbumPhoto.objects.filter(gallery=gallery)
    several = places.values("photo").annotate(n=Count("*")).filter(n__gt=1).values("photo")
    albums = Album.objects.filter(gallery=gallery).annotate(n=Count("photos"))
    counted = albums.filter(n__gte=FEWEST_EXAMPLES).order_by("-n", "pk")
    chosen = list(counted.values_list("pk", flat=True)[:MOST_LABELS])
    single = places.filter(album__in=chosen).exclude(photo__in=several)
    place = Window(RowNumber(), partition_by=F("album"), order_by=[F("photo").desc()])
    newest = single.annotate(place=place).filter(place__lte=MOST_OF_A_LABEL)
    keys = dict(newest.order_by("album", "photo").values_list("photo", "album"))
    own = PhotoVector.objects.filter(gallery=gallery, model=model, photo__in=list(keys))
    found = [
        (Example(keys[photo], photo, photo), vector)
        for photo, vector in own.order_by("photo").values_list("photo", "vector")
    ]
    examples, vectors = _large_enough(found, TOO_FEW_ALBUMS)
    same_look = _group_photos(gallery, examples)
    nobody = np.zeros((0, model.dimensions), np.float32)
    labels, material = _deal(examples, vectors, nobody, same_look, seed)
    return Lesson(labels, examples, replace(material, false_acceptance=OF_IMAGES), model.key)


def _large_enough(
    found: Sequence[tuple[Example, object]], too_few: str
) -> tuple[list[Example], Floats]:
    """Without classes of which only one example has a vector.

    Raises: TrainingError with the sentence when fewer than two classes are left.
    """
    counts = Counter(example.label for example, _ in found)
    kept = [item for item in found if counts[item[0].label] >= FEWEST_EXAMPLES]
    if len({example.label for example, _ in kept}) < 2:
        raise TrainingError(too_few)
    vectors = np.array([vector for _, vector in kept], np.float32)
    return [example for example, _ in kept], vectors


def _deal(
    examples: Sequence[Example],
    vectors: Floats,
    strangers: Floats,
    same_look: Numbers,
    seed: int,
) -> tuple[list[int], Material]:
    """The keys of the classes, and the examples in three parts. Names stay out of it."""
    labels = sorted({example.label for example in examples})
    places = {label: place for place, label in enumerate(labels)}
    numbers = np.array([places[example.label] for example in examples], np.int64)
    keys = [example.photo for example in examples]
    days = dict(Photo.objects.filter(pk__in=keys).values_list("pk", "taken_at"))
    events = group_events(numbers, [days[key] for key in keys])
    split = split_examples(numbers, same_look, events, seed)
    names = tuple(str(label) for label in labels)
    return labels, Material(names, Examples(vectors, numbers), split, strangers, [], [])


def _group_photos(gallery: Gallery, examples: Iterable[Example]) -> Numbers:
    """For each example the number of the group of its photo and those that look the same."""
    keys = [example.photo for example in examples]
    photos = sorted(set(keys))
    looks = PhotoLook.objects.hashed().filter(gallery=gallery, photo__in=photos)
    hashes = dict(looks.values_list("photo", "hash"))
    known = [photo for photo in photos if photo in hashes]
    bits = np.array([hashes[photo] for photo in known], np.int64).view(np.uint64)
    alike = dict(zip(known, group_looks(bits, NEAR).tolist(), strict=True)) if known else {}
    # a photo without a hash is like itself alone
    return _number([(alike.get(key, -1), 0 if key in alike else key) for key in keys])


def _number(groups: Sequence[tuple[int, int]]) -> Numbers:
    """The same number for the same pair."""
    numbers: dict[tuple[int, int], int] = {}
    return np.array([numbers.setdefault(pair, len(numbers)) for pair in groups], np.int64)
