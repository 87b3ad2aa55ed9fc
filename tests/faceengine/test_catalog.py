import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceengine.catalog import PACKS, UnknownPackError, get_pack
from faceengine.detectors import loading as detector_loading
from faceengine.embedders import loading as embedder_loading
from faceengine.packs import Pack, Strictness

each_pack = pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.name)
similarities = st.floats(-1, 1)


def test_an_unknown_pack_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownPackError, match=r"“nose”.*dlib.*open"):
        get_pack("nose")


@each_pack
def test_a_pack_is_found_by_name_and_can_be_assembled(pack: Pack) -> None:
    assert get_pack(pack.name) is pack
    assert pack.detector.name in detector_loading.LOADERS
    assert pack.embedder.name in embedder_loading.LOADERS
    assert pack.key == f"{pack.name}-{pack.version}"


@each_pack
def test_every_file_has_a_full_checksum_and_a_source(pack: Pack) -> None:
    digits = {"sha256": 64, "sha384": 96}
    for file in pack.files:
        assert len(file.digest) == digits[file.algorithm]
        assert file.size > 0
        assert bool(file.urls) != bool(file.package)


@each_pack
def test_stricter_words_ask_for_more_similarity(pack: Pack) -> None:
    calibration = pack.calibration
    thresholds = [calibration.threshold(word) for word in Strictness]
    assert thresholds == [calibration.strict, calibration.normal, calibration.wide]
    assert thresholds == sorted(thresholds, reverse=True)
    rates = [word.false_match_rate for word in Strictness]
    assert rates == [1e-5, 1e-4, 1e-3]


@each_pack
@given(one=similarities, other=similarities)
def test_more_similar_is_never_less_probable(pack: Pack, one: float, other: float) -> None:
    low, high = sorted((one, other))
    probability = pack.calibration.probability
    assert 0 <= probability(low) <= probability(high) <= 1
