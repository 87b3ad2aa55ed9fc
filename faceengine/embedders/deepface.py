"""The recognition models of DeepFace, many faces a run, aligned by our warp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from faceengine.deepface_home import client_class
from faceengine.embedders.deepface_models import MODELS, DeepFaceModel
from faceengine.embedders.described import DescribedEmbedder, OneByOne
from faceengine.embedders.dlib_resnet import DlibEmbedder
from faceengine.embedders.embedding import Embedder
from faceengine.packs import Part
from faceengine.runtime import Batch, Network
from faceengine.weights import WeightError, WeightStore


class SessionNetwork:
    """A session of ONNX Runtime that DeepFace made."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._input: str = session.get_inputs()[0].name

    @property
    def takes_one(self) -> bool:
        """Whether the file was written for a single input a run."""
        return bool(self._session.get_inputs()[0].shape[0] == 1)

    def run(self, batch: Batch) -> Sequence[Batch]:
        answers: list[Batch] = self._session.run(None, {self._input: batch})
        return answers


class DlibNetwork:
    """DeepFace's client of dlib, asked like a network: RGB 0 to 255, shape (n, 3, 150, 150)."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, batch: Batch) -> Sequence[Batch]:
        blue_first = np.ascontiguousarray(batch.transpose(0, 2, 3, 1)[..., ::-1])
        answer = np.array(self._client.forward(blue_first), dtype=np.float32)
        return [answer.reshape(len(batch), -1)]


def load_deepface(part: Part, weights: WeightStore, _threads: int) -> Embedder:
    """DeepFace sizes its threads itself.

    Raises: WeightError, before DeepFace could begin to download anything.
    """
    (file,) = part.files
    path = weights.find(file)
    model = MODELS[file.deepface]
    try:
        if model.form is None:
            return DlibEmbedder(DlibNetwork(client_class(model.name)()))
        network = SessionNetwork(_session(model))
    except (ValueError, RuntimeError) as error:
        raise WeightError(
            f"{path} cannot be read as DeepFace's {model.name}. Delete it and run "
            f"./run models install {part.name}"
        ) from error
    fitting: Network = OneByOne(network) if network.takes_one else network
    return DescribedEmbedder(fitting, model.form)


def _session(model: DeepFaceModel) -> Any:
    """Loaded by DeepFace's client; its client of Buffalo_L wants insightface, its session not."""
    from deepface.commons import onnx_utils

    if model.name == "Buffalo_L":
        return onnx_utils.build_session(model.file, model.addresses)
    return client_class(model.name)().model
