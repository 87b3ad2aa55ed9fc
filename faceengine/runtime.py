"""Running a network: ONNX Runtime and OpenVINO behind one small interface.

Load a network in the process that runs it: neither runtime survives a fork.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Batch = NDArray[np.float32]

#: Inputs that OpenVINO answers at once.
LONGEST_PART = 16
#: How many pieces of its code, each for one layer and one size of input, OpenVINO keeps.
KEPT_CODE = 500
#: What ONNX Runtime needs for larger inputs than this it gives back at once: they are the second,
#: enlarged looks at group photos. It is a little more than a picture of 1,280 by 1,280 pixels.
LARGE_BYTES = 20_000_000
#: What ONNX Runtime's error says when its memory, on the card or beside it, cannot grow.
OUT_OF_MEMORY = "Failed to allocate memory"
#: Faces embedded by one run of a network: more do not make it faster on a processor. On a card a
#: batch that is too long for its memory is halved.
CPU_BATCH, CUDA_BATCH = 32, 256
#: From glibc's malloc.h.
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8


class Precision(StrEnum):
    """The arithmetic that OpenVINO may use; BF16 falls back to F32 on a processor without it."""

    F32 = "f32"
    BF16 = "bf16"


def keep_memory_small() -> None:
    """Tell the C library to give pictures back when they are freed. For processes that run long.

    glibc keeps blocks of up to 32 MB for later, in a heap for each of up to eight threads a core;
    a worker with two packs then holds 585 MB instead of 420. Other libraries need no telling.
    """
    if sys.platform == "linux":
        change = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if change is not None:
            change(M_MMAP_THRESHOLD, 4_000_000)
            change(M_ARENA_MAX, 2)


class Network(Protocol):
    def run(self, batch: Batch) -> Sequence[Batch]:
        """Answer one input of shape (n, channels, height, width). Safe to call from threads."""
        ...


def load_network(
    model: Path, threads: int, *, is_faster_in_openvino: bool, precision: Precision = Precision.F32
) -> Network:
    """Read an ONNX model into the runtime that answers soonest on this machine.

    That is a CUDA card if there is one. On a processor it depends on the network: on two cores of
    an AMD EPYC OpenVINO takes 38 % of ONNX Runtime's time for a MobileFaceNet, 28 % for retail-0095
    and 48 % for SCRFD in BF16 (85 % in F32), as long for dlib's networks, and 120 to 150 % for
    EdgeFace.
    """
    if is_faster_in_openvino and not has_cuda():
        return OpenVinoNetwork(model, None, threads, precision)
    return OnnxNetwork(model, threads)


def has_cuda() -> bool:
    """Whether ONNX Runtime's CUDA build is installed (requirements-gpu.txt)."""
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()


def batch_length() -> int:
    """How many faces to embed at once on this machine."""
    return CUDA_BATCH if has_cuda() else CPU_BATCH


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
        # a plan of the memory would be kept for every size of input that ever came
        options.enable_mem_pattern = False
        _share_memory()
        options.add_session_config_entry("session.use_env_allocators", "1")
        # a spinning pool takes the cores from the decoder and the database between two pictures
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        names = ["CUDAExecutionProvider"] if has_cuda() else []
        source = model if isinstance(model, bytes) else str(model)
        self._session: Any = onnxruntime.InferenceSession(
            source, options, providers=[*names, "CPUExecutionProvider"]
        )
        self._input: str = self._session.get_inputs()[0].name
        states = onnxruntime.capi.onnxruntime_pybind11_state
        self._failures: tuple[type[Exception], ...] = (states.Fail, states.RuntimeException)
        self._giving_back: Any = onnxruntime.RunOptions()
        self._giving_back.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def run(self, batch: Batch) -> Sequence[Batch]:
        """Raises: MemoryError when even a single input does not fit."""
        how = self._giving_back if batch.nbytes > LARGE_BYTES else None
        try:
            answers: list[Batch] = self._session.run(None, {self._input: batch}, how)
        except self._failures as error:
            if OUT_OF_MEMORY not in str(error):
                raise
            return self._run_halves(batch, error)
        return answers

    def _run_halves(self, batch: Batch, error: Exception) -> Sequence[Batch]:
        """A card says how much it can hold only by failing."""
        if len(batch) == 1:
            raise MemoryError(str(error)) from error
        middle = len(batch) // 2
        halves = (self.run(batch[:middle]), self.run(batch[middle:]))
        return [np.concatenate(outputs) for outputs in zip(*halves, strict=True)]


@cache
def _share_memory() -> None:
    """Let all networks work in the same memory, instead of each keeping what it once needed.

    With two packs that saves 190 MB of 900.
    """
    import onnxruntime

    where = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(where, onnxruntime.OrtArenaCfg({}))


class OpenVinoNetwork:
    """A network in OpenVINO: ONNX, or its own format of a description (.xml) and weights (.bin).

    It answers inputs of one size, any number at once; or, where the file leaves height and width
    open, pictures of any size, one at a time. OpenVINO writes code for each size; as it
    keeps only what was used last, a process with SCRFD grows to 445 MB instead of 1,000 over the
    196 sizes that pictures are padded to. A size that was forgotten costs 20 ms more.
    `of_one` is the shape of one input, where it is to be another than the file says.
    """

    def __init__(
        self,
        model: Path,
        weights: Path | None,
        threads: int,
        precision: Precision,
        of_one: Sequence[int] = (),
    ) -> None:
        import openvino

        core = openvino.Core()
        network = core.read_model(model, weights) if weights else core.read_model(model)
        _, *in_file = network.input(0).partial_shape
        if of_one or all(side.is_static for side in in_file):
            network.reshape([-1, *(of_one or in_file)])
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": precision.value,
            "PERFORMANCE_HINT": "LATENCY",
            "CPU_RUNTIME_CACHE_CAPACITY": str(KEPT_CODE),
        }
        compiled = core.compile_model(network, "CPU", settings)
        self._request: Any = compiled.create_infer_request()
        self._outputs = len(compiled.outputs)
        # one request owns its buffers; two threads in it would read each other's answer
        self._lock = Lock()

    def run(self, batch: Batch) -> Sequence[Batch]:
        with self._lock:
            parts = [self._answer(part) for part in split(batch)]
        return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]

    def _answer(self, batch: Batch) -> list[Batch]:
        self._request.infer({0: batch}, share_inputs=True)
        return [
            np.array(self._request.get_output_tensor(index).data) for index in range(self._outputs)
        ]


def split(batch: Batch) -> list[Batch]:
    """Cut a batch into parts of 16, 8, 4, 2 and 1.

    OpenVINO keeps code and buffers for every length that it met: 370 MB after a hundred batches
    of 1 to 32 faces. A face takes it as long in a short batch as in a long one.
    """
    parts, start = [], 0
    while start < len(batch):
        length = min(LONGEST_PART, 1 << (len(batch) - start).bit_length() - 1)
        parts.append(batch[start : start + length])
        start += length
    return parts
