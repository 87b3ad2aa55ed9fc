"""The one seam between the platform and `faceengine`: loaded engines, weights, the decode guard.

Loading takes a second and hundreds of megabytes, so each process keeps what it loaded. Nothing is
loaded before first use: Celery forks its processes, and sessions do not survive a fork.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings

from faceengine.calibrations import calibration_of
from faceengine.catalog import get_pack
from faceengine.engine import FaceEngine
from faceengine.guard import Guard
from faceengine.packs import Calibration, Pack
from faceengine.runtime import keep_memory_small
from faceengine.scenes.backbones import Backbone, get_backbone
from faceengine.scenes.engine import SceneEngine
from faceengine.scenes.loading import is_ready, load_backbone
from faceengine.weights import WeightError, WeightStore

# enough for sharp previews and small faces in groups; a 12-megapixel photo decodes at half size
WORKING_SIDE = 2048


@cache
def weights() -> WeightStore:
    return WeightStore(search=settings.LIKENESS_MODELS, cache=settings.LIKENESS_DATA / "models")


def is_installed(pack: Pack) -> bool:
    """Whether this machine has the weights of a pack, unaltered."""
    try:
        _verify(pack.name)
    except WeightError:
        return False
    return True


@cache
def _verify(pack: str) -> None:
    """Read and hash the files once in this process; what is missing is looked for again.

    Raises: WeightError, which is not cached.
    """
    for file in get_pack(pack).files:
        weights().find(file)


def has_weights_of(backbone: Backbone) -> bool:
    """Whether this machine has the weights of a backbone, unaltered and ready to be used."""
    try:
        _verify_backbone(backbone.name)
    except WeightError:
        return False
    return True


@cache
def _verify_backbone(name: str) -> None:
    """As `_verify`. Raises: WeightError, which is not cached."""
    if not is_ready(get_backbone(name), weights()):
        raise WeightError(f"The backbone {name} cannot be used yet.")


def make_ready(backbone: Backbone) -> None:
    """Convert the network if it is one of Keras; that may take a quarter of a minute.

    Raises: WeightError, also when there is nothing to convert.
    """
    if not has_weights_of(backbone):
        load_backbone(backbone, weights(), threads=1)


@cache
def calibration_for(pack: str) -> Calibration | None:
    """What the similarities of a pack mean, if anybody measured it: on this installation's own
    photos, or for the catalog. Read once in this process.

    Raises: UnknownPackError, CalibrationError.
    """
    return calibration_of(get_pack(pack), weights().cache)


@cache
def engine_for(pack: str) -> FaceEngine:
    """The engine of a pack, loaded once in this process. Raises: WeightError."""
    keep_memory_small()
    try:
        return FaceEngine.load(pack, weights=weights(), threads=settings.LIKENESS_THREADS or None)
    except WeightError:
        _verify.cache_clear()  # they were here and have gone: photos that need them must wait
        raise


@cache
def scene_engine_for(backbone: str) -> SceneEngine:
    """The engine of a backbone, loaded once in this process. Raises: WeightError."""
    keep_memory_small()
    try:
        return SceneEngine.load(backbone, weights(), settings.LIKENESS_THREADS or None)
    except WeightError:
        _verify_backbone.cache_clear()  # as above; photos do without until they are here again
        raise


@cache
def guard() -> Guard:
    """The child processes that open untrusted files for this process."""
    return Guard(processes=2)
