import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument

from faceengine.detectors.detection import resize
from faceengine.embedders.embedding import unit_length
from faceengine.pictures import decode
from faceengine.runtime import (
    LONGEST_PART,
    Batch,
    Network,
    OnnxNetwork,
    OpenVinoNetwork,
    Precision,
    load_network,
    split,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model(assets: Path) -> Path:
    return assets / "models" / "face_mbf_512.onnx"


@pytest.fixture(scope="module")
def faces(assets: Path) -> Batch:
    """Real faces in the middle of their pictures, as the model takes them."""
    paths = sorted((assets / "faces" / "lfw_dev").rglob("*.jpg"))[:20]
    images = [resize(decode(path.read_bytes()).image[60:190, 60:190], 112 / 130) for path in paths]
    stack = np.stack(images).transpose(0, 3, 1, 2)
    return np.ascontiguousarray((stack - 127.5) / 127.5, dtype=np.float32)


@given(st.integers(1, 100))
def test_the_parts_of_a_batch_are_the_whole_batch_in_few_lengths(length: int) -> None:
    batch = np.arange(length, dtype=np.float32).reshape(length, 1, 1, 1)
    parts = split(batch)
    np.testing.assert_array_equal(np.concatenate(parts), batch)
    assert {len(part) for part in parts} <= {1, 2, 4, 8, LONGEST_PART}


@pytest.mark.assets
@pytest.mark.parametrize("is_faster_in_openvino", [True, False])
def test_a_face_has_one_vector_alone_and_among_others(
    model: Path, faces: Batch, *, is_faster_in_openvino: bool
) -> None:
    network = load_network(model, 2, is_faster_in_openvino=is_faster_in_openvino)
    together = network.run(faces)[0]
    alone = np.concatenate([network.run(face[None])[0] for face in faces])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-4)


@pytest.mark.assets
@pytest.mark.parametrize(
    ("precision", "least_cosine"), [(Precision.F32, 0.999999), (Precision.BF16, 0.995)]
)
def test_both_runtimes_agree_on_real_faces(
    model: Path, faces: Batch, precision: Precision, least_cosine: float
) -> None:
    exact = unit_length(OnnxNetwork(model, 2).run(faces)[0])
    ours = unit_length(OpenVinoNetwork(model, None, 2, precision).run(faces)[0])
    assert (exact * ours).sum(axis=1).min() >= least_cosine


@pytest.mark.assets
def test_threads_that_share_a_network_get_their_own_answers(model: Path, faces: Batch) -> None:
    network: Network = load_network(model, 2, is_faster_in_openvino=True)
    expected = [network.run(faces[start:][:3])[0] for start in range(12)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda start: network.run(faces[start:][:3])[0], range(12)))
    for answer, one in zip(answers, expected, strict=True):
        np.testing.assert_array_equal(answer, one)


#: Prints what the process holds, in megabytes, after 20 sizes of picture and after all 81.
MEET_MANY_SIZES = """
import random, sys
from itertools import product
from pathlib import Path
import numpy as np, psutil
from faceengine.runtime import OpenVinoNetwork, Precision
network = OpenVinoNetwork(Path(sys.argv[1]), None, 2, Precision.BF16)
sizes = list(product(range(64, 577, 64), repeat=2))
random.Random(1).shuffle(sizes)
for met, size in enumerate(sizes, start=1):
    network.run(np.zeros((1, 3, *size), np.float32))
    if met in (20, len(sizes)):
        print(psutil.Process().memory_info().rss // 1_000_000)
"""


@pytest.mark.assets
def test_pictures_of_many_sizes_do_not_pile_up_code(assets: Path) -> None:
    detector = assets / "models" / "det_scrfd_2.5g_kps.onnx"
    command = [sys.executable, "-c", MEET_MANY_SIZES, str(detector)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    early, late = (int(line) for line in ran.stdout.split())
    assert late - early < 120  # 45 were seen, and 260 when the code for every size was kept


class SmallCard:
    """A session that holds `room` inputs and fails like ONNX Runtime on more."""

    def __init__(self, session: Any, room: int) -> None:
        self.session, self.room = session, room

    def run(self, names: None, feed: dict[str, Batch], how: Any = None) -> list[Batch]:
        if len(feed["input"]) > self.room:
            raise Fail("BFCArena::AllocateRawInternal Failed to allocate memory for requested size")
        answers: list[Batch] = self.session.run(names, {self.name: feed["input"]}, how)
        return answers

    @property
    def name(self) -> str:
        return str(self.session.get_inputs()[0].name)


@pytest.mark.assets
def test_a_batch_that_does_not_fit_is_halved_until_it_fits(model: Path, faces: Batch) -> None:
    network = OnnxNetwork(model, 2)
    whole = network.run(faces)[0]
    network._session, network._input = SmallCard(network._session, room=3), "input"
    np.testing.assert_allclose(network.run(faces)[0], whole, rtol=0, atol=1e-4)
    network._session.room = 0
    with pytest.raises(MemoryError, match="Failed to allocate"):
        network.run(faces)


@pytest.mark.assets
def test_an_input_of_a_wrong_shape_is_no_lack_of_memory(model: Path) -> None:
    with pytest.raises(InvalidArgument):
        OnnxNetwork(model, 1).run(np.zeros((2, 3, 50, 112), np.float32))
