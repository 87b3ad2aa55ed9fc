"""What a model pack is made of: files, a detector, an embedder, and what a similarity means."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from faceengine.alignment import Averaging


class Strictness(StrEnum):
    """How sure a match must be, in a word for users."""

    STRICT = "strict"
    NORMAL = "normal"
    WIDE = "wide"

    @property
    def false_match_rate(self) -> float:
        """Share of pairs of different people that still count as a match."""
        return {"strict": 1e-5, "normal": 1e-4, "wide": 1e-3}[self.value]


#: Share of genuine pairs that a probability assumes where nothing else is known: one face in a
#: hundred compared is the person's own.
PRIOR = 0.01
#: Faces of one look lie within this part of the strict threshold's distance from their middle.
#: Two or three people enrolled as one are told apart so, and who is one loses nothing by it
#: (docs/models.md).
PART_OF_A_LOOK = 0.55


@dataclass(frozen=True, slots=True)
class Strangers:
    """How alike faces of different people are: half of the pairs more than `median`, and one pair
    in twenty more than `upper`."""

    median: float
    upper: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a cosine similarity of this pack means.

    `strict`, `normal` and `wide` are the smallest similarities that count as a match at false-match
    rates of 1e-5, 1e-4 and 1e-3. `provenance` says on what they were measured. `merged` is what a
    similarity to the middle of several faces means: both strangers and the person are nearer to it.
    """

    strict: float
    normal: float
    wide: float
    slope: float
    midpoint: float
    provenance: str
    strangers: Strangers | None = None
    merged: Calibration | None = None

    def probability(self, similarity: float) -> float:
        """That two faces of this similarity are one person, 0 to 1."""
        # the logistic function, in a form that no slope makes overflow
        return (1 + math.tanh(self.slope * (similarity - self.midpoint) / 2)) / 2

    def at_prior(self, prior: float) -> Calibration:
        """The same where this share of all pairs is of one person, and not PRIOR."""
        odds = math.log(PRIOR / (1 - PRIOR)) - math.log(prior / (1 - prior))
        merged = self.merged and self.merged.at_prior(prior)
        return replace(self, midpoint=self.midpoint + odds / self.slope, merged=merged)

    def threshold(self, strictness: Strictness) -> float:
        """The smallest similarity that counts as a match."""
        return {"strict": self.strict, "normal": self.normal, "wide": self.wide}[strictness.value]

    @property
    def of_middles(self) -> Calibration:
        """For similarities to the middle of several faces; the same where nobody measured them."""
        return self.merged or self

    @property
    def least_of_a_look(self) -> float:
        """The similarity to the middle of faces below which a face has another look than they."""
        return 1 - PART_OF_A_LOOK * (1 - self.strict)


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of weights, known by its content.

    `algorithm` and `digest` are as its publisher states them. `urls` are public homes in the order
    to try; a file without one has to be brought by its user. A file that comes inside an installed
    Python package names it in `package`. One that DeepFace fetches and keeps names DeepFace's model
    in `deepface`; where its publisher states no checksum, size and digest are empty and it counts
    by its name. The same holds for what Keras keeps, which names a backbone in `keras`; Keras
    states no sizes.
    """

    name: str
    size: int
    algorithm: str
    digest: str
    urls: tuple[str, ...] = ()
    package: str = ""
    deepface: str = ""
    keras: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A detector or an embedder with the files it reads. `name` chooses the code that runs it.

    `is_free` tells whether a business may use it; what it may not use is never a default.
    """

    name: str
    title: str
    licence: str
    files: tuple[WeightFile, ...] = ()
    is_free: bool = True

    def file(self, suffix: str) -> WeightFile:
        """The one file of the part whose name ends so."""
        (found,) = (file for file in self.files if file.name.endswith(suffix))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderPart(Part):
    """`dimensions` is the length of its vectors.

    It is aligned by the five landmarks, unless it `wants_dlib_points`: corners of the eyes and nose
    as dlib's predictor gives them. `version` changes with whatever changes its vectors.
    """

    dimensions: int
    version: str = "1"
    wants_dlib_points: bool = False


@dataclass(frozen=True, slots=True)
class Pack:
    """A detector and an embedder that belong together, aligned and averaged in one way.

    Its vectors can only be compared with vectors of the same `key`. Without a calibration nobody
    has measured yet what its similarities mean.
    """

    name: str
    version: str
    detector: Part
    embedder: EmbedderPart
    calibration: Calibration | None = None
    averaging: Averaging = Averaging.NONE

    @property
    def key(self) -> str:
        """The model version to record beside every vector."""
        return f"{self.name}-{self.version}"

    @property
    def title(self) -> str:
        return f"{self.detector.title} and {self.embedder.title}"

    @property
    def dimensions(self) -> int:
        return self.embedder.dimensions

    @property
    def files(self) -> tuple[WeightFile, ...]:
        return self.detector.files + self.embedder.files

    @property
    def is_free(self) -> bool:
        return self.detector.is_free and self.embedder.is_free

    @property
    def licence(self) -> str:
        """Of both parts, once if it is the same."""
        return " and ".join(dict.fromkeys((self.detector.licence, self.embedder.licence)))
