"""Running a network: ONNX Runtime and OpenVINO behind one small interface.

Load a network in the process that runs it: neither runtime survives a fork.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Batch = NDArray[np.float32]


class Precision(StrEnum):
    """The arithmetic that OpenVINO may use; BF16 falls back to F32 on a processor without it."""

    F32 = "f32"
    BF16 = "bf16"


class Network(Protocol):
    def run(self, batch: Batch) -> Sequence[Batch]:
        """Answer one input of shape (n, channels, height, width). Safe to call from threads."""
        ...


def usable_cores() -> int:
    """Processor cores that this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class OnnxNetwork:
    """A network in ONNX Runtime; on a GPU when the CUDA build is installed."""

    def __init__(self, model: Path | bytes, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # a spinning pool takes the cores from the decoder and the database between two pictures
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
        usable = onnxruntime.get_available_providers()
        source = model if isinstance(model, bytes) else str(model)
        providers = [name for name in wanted if name in usable]
        self._session: Any = onnxruntime.InferenceSession(source, options, providers=providers)
        self._input: str = self._session.get_inputs()[0].name

    def run(self, batch: Batch) -> Sequence[Batch]:
        answers: list[Batch] = self._session.run(None, {self._input: batch})
        return answers


class OpenVinoNetwork:
    """A network in OpenVINO's own format: a description (.xml) and its weights (.bin)."""

    def __init__(self, model: Path, weights: Path, threads: int, precision: Precision) -> None:
        import openvino

        core = openvino.Core()
        network = core.read_model(model, weights)
        network.reshape([-1, *list(network.input(0).shape)[1:]])
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": precision.value,
            "PERFORMANCE_HINT": "LATENCY",
        }
        compiled = core.compile_model(network, "CPU", settings)
        self._request: Any = compiled.create_infer_request()
        self._outputs = len(compiled.outputs)
        # one request owns its buffers; two threads in it would read each other's answer
        self._lock = Lock()

    def run(self, batch: Batch) -> Sequence[Batch]:
        with self._lock:
            self._request.infer({0: batch})
            return [
                np.array(self._request.get_output_tensor(index).data)
                for index in range(self._outputs)
            ]
