"""What looks at the photos of a training, and which network is trained on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from faceengine.engine import FaceEngine
from faceengine.scenes.backbones import BACKBONES, DEFAULT_BACKBONE, Backbone, get_backbone
from faceengine.scenes.engine import SceneEngine
from faceengine.training.looks import Looker, look_at_scenes, look_for_faces
from faceengine.training.trainable import is_trainable
from faceengine.training.transfer import Plan
from faceengine.weights import WeightError, WeightStore

EPOCHS, QUICK_EPOCHS = (10, 10), (3, 1)
QUICK_SIDE = 96


class Task(StrEnum):
    """What a class is."""

    FACES = "faces"
    IMAGES = "images"


class Way(StrEnum):
    HEAD = "head"
    CLASSIC = "classic"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for; `backbone`, `side` and `epochs` of None leave the choice to us."""

    task: Task
    way: Way
    pack: str
    backbone: str | None
    is_from_nothing: bool
    side: int | None
    epochs: tuple[int, int] | None
    seed: int
    is_quick: bool


@dataclass(frozen=True, slots=True)
class Tools:
    """`made_of` names the model version of the vectors; without a plan the classic way is left
    out, and `notes` say why."""

    look: Looker
    made_of: str
    plan: Plan | None
    notes: list[str] = field(default_factory=list)


def tools_for(wish: Wish, weights: WeightStore) -> Tools:
    """Raises: FaceEngineError for names and weights that are not known or not here."""
    notes: list[str] = []
    if wish.task == Task.FACES:
        engine = FaceEngine.load(wish.pack, weights)
        plan = _plan_if_possible(wish, weights, notes)
        return Tools(look_for_faces(engine), engine.pack.key, plan, notes)
    backbone = _backbone_for(wish, weights, notes)
    plan = _plan(wish, backbone, weights) if wish.way != Way.HEAD else None
    # the classic way alone needs no vectors, and so no weights if it begins from nothing
    scenes = SceneEngine.load(backbone, weights) if wish.way != Way.CLASSIC else None
    return Tools(look_at_scenes(scenes), backbone.key, plan, notes)


def _plan_if_possible(wish: Wish, weights: WeightStore, notes: list[str]) -> Plan | None:
    """For people the classic way is not needed: it is left out where it cannot be had, unless
    somebody asked for it alone. Raises: WeightError."""
    if wish.way == Way.HEAD:
        return None
    try:
        return _plan(wish, _backbone_for(wish, weights, notes), weights)
    except WeightError as error:
        if wish.way == Way.CLASSIC:
            raise
        notes.append(f"The classic way is left out. {error}")
        return None


def _plan(wish: Wish, backbone: Backbone, weights: WeightStore) -> Plan:
    """Raises: WeightError."""
    (file,) = backbone.files
    usual = (QUICK_SIDE, QUICK_EPOCHS) if wish.is_quick else (backbone.side, EPOCHS)
    return Plan(
        backbone,
        None if wish.is_from_nothing else weights.find(file),
        side=wish.side or usual[0],
        epochs=wish.epochs or usual[1],
        seed=wish.seed,
    )


def trainable_backbone(weights: WeightStore) -> Backbone | None:
    """The default for the classic way, or the first instead of it whose weights are here."""
    default = get_backbone(DEFAULT_BACKBONE)
    usable = (one for one in (default, *BACKBONES.values()) if is_trainable(one))
    return next((one for one in usable if weights.is_ready(one)), None)


def _backbone_for(wish: Wish, weights: WeightStore, notes: list[str]) -> Backbone:
    """The one that was named, or the default, or the first instead of it that is here, and can be
    trained on if that is wanted."""
    if wish.backbone:
        return get_backbone(wish.backbone)
    default = get_backbone(DEFAULT_BACKBONE)
    if weights.is_ready(default) or wish.is_from_nothing:
        return default
    if wish.way == Way.HEAD:
        here = next((one for one in BACKBONES.values() if weights.is_ready(one)), None)
    else:
        here = trainable_backbone(weights)
    if here is None:
        return default
    notes.append(
        f"{default.title} is not installed: {here.title} is used instead. "
        f"Install it with: ./run models install {default.name}"
    )
    return here
