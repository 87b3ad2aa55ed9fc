"""The process behind `faceengine.guard`: it decodes what nobody trusts.

It reads requests from standard input and answers on standard output until its parent is gone.
"""

import json
import math
import os
import resource
import sys
from pathlib import Path
from typing import BinaryIO

import pillow_heif
from PIL import AvifImagePlugin

from faceengine.guard_frames import LENGTHS, READY, describe_error, describe_picture
from faceengine.pictures import PictureError, decode


def main() -> None:
    """Arguments: bytes of address space, seconds of processor time for each picture."""
    memory_bytes, cpu_seconds = int(sys.argv[1]), float(sys.argv[2])
    answers = _take_standard_output()
    _use_one_thread()
    _limit_resources(memory_bytes)
    answers.write(READY)
    answers.flush()
    _silence_native_libraries()
    while _answer_one(sys.stdin.buffer, answers, cpu_seconds):
        pass


def _take_standard_output() -> BinaryIO:
    """Keep the pipe for answers: what a library prints must not get between them."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _use_one_thread() -> None:
    # the pool is what runs in parallel, and every thread takes address space
    pillow_heif.options.DECODE_THREADS = 1
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def _limit_resources(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    except (OSError, ValueError):
        if sys.platform == "linux":  # macOS knows the name of this limit and refuses to set it
            raise


def _silence_native_libraries() -> None:
    """Drop what libtiff and others print about broken files, but keep Python's tracebacks."""
    sys.stderr = os.fdopen(os.dup(2), "w")
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)


def _answer_one(requests: BinaryIO, answers: BinaryIO, cpu_seconds: float) -> bool:
    """Returns: False when the parent has gone."""
    lengths = requests.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return False
    header_length, data_length = LENGTHS.unpack(lengths)
    header, data = requests.read(header_length), requests.read(data_length)
    if len(data) < data_length:
        return False
    _allow_cpu(cpu_seconds)
    answer, pixels = _try_to_decode(data, json.loads(header)["max_side"])
    encoded = json.dumps(answer).encode()
    answers.write(LENGTHS.pack(len(encoded), len(pixels)) + encoded)
    answers.write(pixels)
    answers.flush()
    return True


def _allow_cpu(seconds: float) -> None:
    """Move the limit on: it counts from the start of the process, and we mean each picture.

    The parent's clock strikes first; this limit ends a child whose parent has gone.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _try_to_decode(data: bytes, max_side: int) -> tuple[dict[str, object], memoryview]:
    try:
        picture = decode(data, max_side)
    except PictureError as error:
        return describe_error(error), memoryview(b"")
    return describe_picture(picture), picture.image.data.cast("B")
