import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceengine.alignment import Averaging
from faceengine.catalog import HOG, MMOD, PACKS, UnknownPackError, get_pack
from faceengine.detectors import loading as detector_loading
from faceengine.embedders import loading as embedder_loading
from faceengine.embedders.parts import EDGEFACE_XS
from faceengine.packs import Pack, Strictness
from faceengine.thresholds import MEASURED

each_pack = pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.name)
each_measurement = pytest.mark.parametrize("key", MEASURED)
similarities = st.floats(-1, 1)


def test_an_unknown_pack_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownPackError, match=r"“nose”.*dlib.*open"):
        get_pack("nose")


@each_pack
def test_a_pack_is_found_by_name_and_can_be_assembled(pack: Pack) -> None:
    assert get_pack(pack.name) is pack
    assert pack.detector.name in {*detector_loading.LOADERS, *detector_loading.YUNETS}
    assert pack.embedder.name in embedder_loading.LOADERS
    assert pack.key == f"{pack.name}-{pack.version}"


@each_pack
def test_every_file_has_a_full_checksum(pack: Pack) -> None:
    digits = {"sha256": 64, "sha384": 96}
    for file in pack.files:
        assert len(file.digest) == digits[file.algorithm]
        assert file.size > 0


@pytest.mark.parametrize("name", ["open", "opencv", "dlib", "dlib-hog"])
def test_every_file_of_a_free_pack_has_a_home(name: str) -> None:
    for file in PACKS[name].files:
        assert bool(file.urls) != bool(file.package)


def test_the_recommended_packs_are_free_and_those_for_research_say_so() -> None:
    assert [PACKS[name].is_free for name in ("open", "opencv", "dlib", "dlib-hog")] == [True] * 4
    names = ("edgeface", "edgeface-xxs", "mbf", "insightface", "arcface-r100")
    for pack in (PACKS[name] for name in names):
        assert not pack.is_free
        assert "research only" in pack.licence or "unsettled" in pack.licence


@each_measurement
def test_a_measurement_belongs_to_a_pack_in_its_present_version(key: str) -> None:
    (pack,) = (pack for pack in PACKS.values() if pack.key == key)
    assert pack.calibration is MEASURED[key]
    assert "./run evaluate" in MEASURED[key].provenance


@each_measurement
def test_stricter_words_ask_for_more_similarity(key: str) -> None:
    calibration = MEASURED[key]
    thresholds = [calibration.threshold(word) for word in Strictness]
    assert thresholds == [calibration.strict, calibration.normal, calibration.wide]
    assert thresholds == sorted(thresholds, reverse=True)
    rates = [word.false_match_rate for word in Strictness]
    assert rates == [1e-5, 1e-4, 1e-3]


@pytest.mark.parametrize("key", [key for key, one in MEASURED.items() if one.merged])
def test_a_template_asks_for_more_than_a_face(key: str) -> None:
    faces, templates = MEASURED[key], MEASURED[key].merged
    assert templates
    for word in Strictness:
        assert templates.threshold(word) > faces.threshold(word)
    assert templates.midpoint > faces.midpoint
    assert faces.strict < faces.least_of_a_look < 1


@each_measurement
@given(one=similarities, other=similarities)
def test_more_similar_is_never_less_probable(key: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    probability = MEASURED[key].probability
    assert 0 <= probability(low) <= probability(high) <= 1


@pytest.mark.parametrize("name", ["hog+edgeface-xs", "edgeface-xs@hog"])
def test_a_name_joins_any_detector_with_any_embedder(name: str) -> None:
    pack = get_pack(name)
    assert (pack.name, pack.key) == ("hog+edgeface-xs", "hog+edgeface-xs-1")
    assert (pack.detector, pack.embedder) == (HOG, EDGEFACE_XS)
    assert pack.calibration is None


def test_two_spellings_of_a_pack_give_the_same_key() -> None:
    assert get_pack("yunet+edgeface-xs") is PACKS["edgeface"]
    assert get_pack("dlib@hog") is PACKS["dlib-hog"]
    assert get_pack("deepface:ArcFace@yunet") == get_pack("deepface:ArcFace")


@pytest.mark.parametrize("name", ["deepface:ArcFace@retinaface", "retinaface+deepface:ArcFace"])
def test_a_detector_of_deepface_can_be_chosen_by_its_name(name: str) -> None:
    pack = get_pack(name)
    assert pack.name == "deepface:retinaface+deepface:ArcFace"
    assert get_pack(pack.name) == pack
    assert get_pack("deepface:yunet+mbf").detector.name == "deepface:yunet"
    assert get_pack("yunet+mbf").detector.name == "yunet"


def test_every_deepface_model_is_a_pack() -> None:
    from deepface.modules.modeling import AVAILABLE_MODELS

    for name in AVAILABLE_MODELS["facial_recognition"]:
        pack = get_pack(f"deepface:{name}")
        assert pack.name == f"deepface:{name}"
        assert get_pack(pack.name) == pack
        assert len(pack.key) <= 80


def test_dlibs_network_wants_a_detector_with_dlibs_points() -> None:
    assert get_pack("deepface:Dlib").detector is MMOD
    with pytest.raises(UnknownPackError, match="detector mmod or hog instead of yunet"):
        get_pack("yunet+dlib")


def test_any_pack_can_average_other_views_of_a_face() -> None:
    flipped = get_pack("deepface:ArcFace~flip")
    assert flipped.averaging is Averaging.FLIP
    assert flipped.key == "deepface:ArcFace~flip-1"
    assert get_pack(flipped.name) == flipped
    assert get_pack("open~around") is PACKS["open"]
    assert get_pack("open~none").calibration is None
    with pytest.raises(UnknownPackError, match="none, flip, around, wide"):
        get_pack("open~nose")


@pytest.mark.parametrize("name", ["", "nose+sface", "hog+nose", "deepface:Nose", "a@b@c", "+"])
def test_a_name_that_means_nothing_lists_what_can_be_named(name: str) -> None:
    known = "insightface.*deepface:Facenet512.*scrfd.*edgeface-xxs"
    with pytest.raises(UnknownPackError, match=f"“{re.escape(name)}”.*{known}"):
        get_pack(name)
