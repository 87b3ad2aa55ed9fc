"""The folder in which DeepFace keeps its weights, and its own download. Never used while serving.

DeepFace is imported inside the functions: only those who choose one of its models pay for it.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from faceengine.download import DownloadError
from faceengine.embedders.deepface_models import MODELS, DeepFaceModel
from faceengine.packs import WeightFile


def deepface_weights() -> Path:
    """Where DeepFace looks for weights: below DEEPFACE_HOME, or the user's home folder."""
    from deepface.commons import folder_utils

    return Path(folder_utils.get_deepface_home()) / ".deepface" / "weights"


def client_class(model: str) -> Any:
    """DeepFace's own client of a model, in the form that runs on ONNX Runtime.

    `build_model` would take TensorFlow, where that is installed, and download other files.
    """
    from deepface.modules import modeling

    sources = modeling.AVAILABLE_MODELS["facial_recognition"][model]
    module, _, name = (sources.get("onnx") or sources["any"]).rpartition(".")
    return getattr(import_module(module), name)


def homes(model: DeepFaceModel) -> list[str]:
    """The addresses that DeepFace has for a model, in the order to try."""
    client = import_module(client_class(model.name).__module__)
    known: str | list[str] = getattr(client, model.addresses, model.addresses)
    return [known] if isinstance(known, str) else list(known)


def fetch_by_deepface(file: WeightFile) -> None:
    """Let DeepFace download a file into its folder. Raises: DownloadError."""
    from deepface.commons import weight_utils

    model = MODELS[file.deepface]
    target = deepface_weights() / file.name
    target.parent.mkdir(parents=True, exist_ok=True)
    addresses = homes(model)
    compression = "bz2" if addresses[0].endswith(".bz2") else None
    try:
        weight_utils.download_weights_if_necessary(file.name, addresses, compression)
    except (ValueError, OSError, EOFError) as error:
        raise DownloadError(f"DeepFace could not fetch {file.name}: {error}") from error
