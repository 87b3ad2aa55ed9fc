"""DeepFace's models by name: loaded by DeepFace, many faces a run, each fed what it expects."""

import functools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceengine import deepface_home, models
from faceengine.catalog import PACKS, get_pack
from faceengine.embedders.deepface_models import MODELS
from faceengine.embedders.embedding import Embedder
from faceengine.embedders.loading import load_embedder
from faceengine.engine import FaceEngine
from faceengine.pictures import Image
from faceengine.weights import WeightError, WeightState, WeightStore
from tests.faceengine.stand_ins import write_deepface

#: The names that DeepFace gives to the normalisations which the models here were trained with, and
#: whether it has to be handed red first, as it hands on its blue-first pictures unchanged.
NORMALISATIONS = {
    "VGG-Face": ("VGGFace", False),
    "Facenet": ("Facenet", True),
    "Facenet512": ("Facenet2018", True),
    "ArcFace": ("ArcFace", True),
    "GhostFaceNet": ("ArcFace", True),
    "OpenFace": ("base", True),
    "DeepFace": ("base", True),
    "DeepID": ("base", True),
    "SFace": ("base", False),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """DeepFace's folder of weights, empty."""
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    return tmp_path / ".deepface" / "weights"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    import gdown
    import requests

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("DeepFace went to the network")

    monkeypatch.setattr(gdown, "download", refuse)
    monkeypatch.setattr(requests, "head", refuse)


def faces(size: int, count: int = 5) -> list[Image]:
    """Smooth colours, so that a mosaic tells them apart."""
    generator = np.random.default_rng(size)
    tiles = generator.integers(0, 256, (count, 5, 5, 3), dtype=np.uint8)
    scale = size // 5
    return [np.ascontiguousarray(tile.repeat(scale, 0).repeat(scale, 1)) for tile in tiles]


def load(name: str, home: Path) -> tuple[Embedder, list[Image]]:
    form = MODELS[name].form
    assert form is not None
    size = form.template.size
    pictures = [np.resize(face, (size, size, 3)) for face in faces(size)]
    return load_embedder(write_deepface(name, home), WeightStore(), 1), pictures


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", [name for name in MODELS if name != "Dlib"])
def test_faces_together_get_the_vectors_they_get_alone(home: Path, name: str) -> None:
    embedder, crops = load(name, home)
    together = embedder.embed(crops)
    assert together.shape == (len(crops), MODELS[name].dimensions)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.concatenate([embedder.embed([crop]) for crop in crops])
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together[0] - together[1]).max() > 0.01


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", NORMALISATIONS)
def test_a_model_is_fed_as_deepface_feeds_it_when_told_its_normalisation(
    home: Path, name: str
) -> None:
    from deepface.modules.preprocessing import normalize_input

    embedder, crops = load(name, home)
    form = MODELS[name].form
    assert form is not None
    normalisation, is_red_first = NORMALISATIONS[name]
    first = (form.template.size - form.columns) // 2 if form.columns else 0
    crop = crops[0][:, first : first + (form.columns or form.template.size)]
    # half a shade more, as its SFace cuts off fractions
    handed = (crop[..., :: 1 if is_red_first else -1] + 0.5 * (name == "SFace")) / 255
    handed = normalize_input(handed[None].astype(np.float32), normalisation)
    theirs = np.array(deepface_home.client_class(name)().forward(handed))
    ours = embedder.embed(crops[:1])[0]
    assert ours @ (theirs / np.linalg.norm(theirs)) == pytest.approx(1, abs=1e-5)


@pytest.mark.assets
@pytest.mark.usefixtures("no_network")
def test_deepfaces_dlib_gives_the_vectors_of_ours(
    home: Path, weights: WeightStore, photo: Callable[..., Image]
) -> None:
    (file,) = PACKS["dlib"].embedder.files
    home.mkdir(parents=True)
    (home / file.name).symlink_to(weights.find(file))
    image = photo("photos_misc/two_people.jpg")
    theirs = FaceEngine.load("deepface:Dlib@hog", weights)
    ours = FaceEngine.load("dlib-hog", weights)
    found, expected = theirs.find_faces(image), ours.find_faces(image)
    assert len(found) == len(expected) == 2
    for one, other in zip(found, expected, strict=True):
        assert np.abs(one.embedding - other.embedding).max() < 1e-4


@pytest.mark.assets
@pytest.mark.usefixtures("no_network")
def test_a_deepface_pack_describes_every_face_of_a_real_photo(
    home: Path, weights: WeightStore, photo: Callable[..., Image]
) -> None:
    write_deepface("Facenet512", home)
    engine = FaceEngine.load("deepface:Facenet512", weights)
    found = engine.find_faces(photo("photos_misc/two_people.jpg"))
    assert [face.embedding.shape for face in found] == [(512,), (512,)]
    assert engine.pack.key == "deepface:Facenet512-1"


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", MODELS)
def test_missing_weights_are_named_with_their_folder_and_the_command(home: Path, name: str) -> None:
    with pytest.raises(WeightError) as raised:
        load_embedder(get_pack(f"deepface:{name}").embedder, WeightStore(), 1)
    place = home / MODELS[name].file
    for part in (place.name, str(place.parent), f"./run models install deepface:{name}"):
        assert part in str(raised.value)


@pytest.mark.usefixtures("no_network")
def test_a_file_that_is_no_network_is_an_error_with_its_remedy(home: Path) -> None:
    home.mkdir(parents=True)
    path = home / MODELS["ArcFace"].file
    path.write_bytes(b"<html>Not found</html>")
    with pytest.raises(WeightError, match=r"Delete it and run \./run models install deepface:Arc"):
        load_embedder(get_pack("deepface:ArcFace").embedder, WeightStore(), 1)


@pytest.mark.usefixtures("no_network")
def test_a_known_file_is_checked_though_deepface_checks_nothing(home: Path) -> None:
    home.mkdir(parents=True)
    (home / MODELS["SFace"].file).write_bytes(b"something else")
    (status,) = (
        status
        for status in WeightStore().status(get_pack("deepface:SFace"))
        if status.file.deepface
    )
    assert status.state is WeightState.ALTERED


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address at which it is served."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Keep the test's output clean."""

    handler = functools.partial(Handler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.assets
def test_the_command_installs_by_deepfaces_own_download(
    home: Path, server: tuple[Path, str], assets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepface.models.facial_recognition.onnx import ArcFace

    folder, address = server
    write_deepface("ArcFace", folder)
    name = MODELS["ArcFace"].file
    monkeypatch.setattr(ArcFace, "WEIGHTS_URL", [f"{address}/{name}"])
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    assert models.main(["verify", "deepface:ArcFace"]) == 1
    assert models.main(["install", "deepface:ArcFace"]) == 0
    assert (home / name).read_bytes() == (folder / name).read_bytes()
    assert models.main(["verify", "deepface:ArcFace"]) == 0


@pytest.mark.assets
def test_a_failed_download_is_said_and_leaves_nothing(
    home: Path,
    server: tuple[Path, str],
    assets: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from deepface.models.facial_recognition.onnx import ArcFace

    _, address = server
    monkeypatch.setattr(ArcFace, "WEIGHTS_URL", [f"{address}/none.onnx"])
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    assert models.main(["install", "deepface:ArcFace"]) == 1
    assert "DeepFace could not fetch arcface_weights.onnx" in capsys.readouterr().err
    assert not list(home.iterdir())


@pytest.mark.assets
def test_a_download_that_is_not_the_published_file_is_said_and_mended_by_the_next(
    home: Path,
    server: tuple[Path, str],
    assets: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from deepface.models.facial_recognition.onnx import SFace

    folder, address = server
    name = MODELS["SFace"].file
    monkeypatch.setattr(SFace, "WEIGHTS_URL", f"{address}/{name}")
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    for content in (b"something else", b"something else again"):
        (folder / name).write_bytes(content)
        assert models.main(["install", "deepface:SFace"]) == 1
        said = capsys.readouterr().err
        assert "is not the file that was published" in said
        assert said.rstrip().endswith("Mend it with: ./run models install deepface:SFace")
        assert (home / name).read_bytes() == content


def test_every_model_names_a_home_that_deepface_knows() -> None:
    for model in MODELS.values():
        assert all(address.startswith("https://") for address in deepface_home.homes(model))


IMPORTS = """
import sys
from faceengine.engine import FaceEngine
from faceengine.weights import WeightStore
from pathlib import Path
store = WeightStore((Path(sys.argv[1]),), Path(sys.argv[2]))
FaceEngine.load("edgeface", store)
assert not {"deepface", "tensorflow", "torch"} & set(sys.modules)
FaceEngine.load("deepface:ArcFace", store)
assert "deepface" in sys.modules
assert not {"tensorflow", "torch"} & set(sys.modules)
"""


@pytest.mark.assets
def test_deepface_is_imported_only_for_its_own_models_and_tensorflow_never(
    home: Path, assets: Path, tmp_path: Path
) -> None:
    write_deepface("ArcFace", home)
    subprocess.run(
        [sys.executable, "-c", IMPORTS, str(assets / "models"), str(tmp_path)], check=True
    )
