"""Promises of faceengine.xmp: names that other programs wrote are read, and nothing hurts."""

import time
from collections.abc import Callable, Mapping
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from faceengine.guard import Guard
from faceengine.guard_frames import build_picture, describe_picture
from faceengine.pictures import decode
from faceengine.xmp import MAX_NAME, MAX_REGIONS, NamedRegion, read_named_regions
from tests.regions import (
    Rectangle,
    as_digikam,
    as_lightroom,
    as_picasa,
    as_windows,
    put_in,
    turn_back,
    wrap,
)

ANN, BEN = (0.1, 0.2, 0.3, 0.25), (0.6, 0.5, 0.2, 0.4)
WRITERS = [as_lightroom, as_digikam, as_picasa, as_windows]
FORMS = ["JPEG", "PNG", "TIFF", "WEBP", "AVIF", "HEIF"]
PICTURE = Image.effect_noise((60, 40), 50).convert("RGB")
BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, b"&lol%s;" % (b"%d" % (n - 1) if n else b"") * 10)
        for n in range(10)
    )
    + b"]><lolz>&lol9;</lolz>"
)


def places_of(regions: tuple[NamedRegion, ...]) -> dict[str, tuple[float, ...]]:
    return {region.name: astuple(region.box) for region in regions}


@pytest.mark.parametrize("write", WRITERS)
def test_the_names_of_every_known_program_are_read(
    write: Callable[[Mapping[str, Rectangle]], bytes],
) -> None:
    regions = read_named_regions(write({"Ann & Co": ANN, "Zoë": BEN}), 1)
    assert places_of(regions) == {"Ann & Co": pytest.approx(ANN), "Zoë": pytest.approx(BEN)}
    assert all(region.unturned == region.box for region in regions)


@pytest.mark.parametrize("form", FORMS)
def test_names_are_read_from_files_of_every_kind(form: str) -> None:
    data = put_in(PICTURE, as_lightroom({"Ann": ANN}), form=form)
    assert places_of(decode(data).names) == {"Ann": pytest.approx(ANN)}


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_regions_are_turned_upright_with_their_picture(form: str, orientation: int) -> None:
    stored = turn_back(ANN, orientation)
    data = put_in(PICTURE, as_lightroom({"Ann": stored}), form=form, orientation=orientation)
    region = decode(data).names[0]
    assert astuple(region.box) == pytest.approx(ANN)
    assert astuple(region.unturned) == pytest.approx(stored)


def test_names_come_through_the_guard() -> None:
    data = put_in(PICTURE, as_windows({"Ann": ANN, "Zoë": BEN}), orientation=6)
    with Guard() as guard:
        assert guard.decode(data).names == decode(data).names
        assert len(decode(data).names) == 2


def test_as_many_of_the_longest_names_as_are_read_come_through_the_guard() -> None:
    faces = "\N{GRINNING FACE}" * (MAX_NAME - 3)
    people = {f"{n:03}{faces}": ANN for n in range(MAX_REGIONS)}
    data = put_in(PICTURE, as_lightroom(people), form="WEBP")
    with Guard() as guard:
        assert len(guard.decode(data).names) == MAX_REGIONS


@pytest.mark.parametrize("name", ["", "   ", "Unknown", "ffffffffffffffff", "x" * (MAX_NAME + 1)])
def test_regions_that_name_nobody_are_left_out(name: str) -> None:
    assert read_named_regions(as_lightroom({name: ANN}), 1) == ()


def test_regions_that_are_no_faces_are_left_out() -> None:
    packet = as_lightroom({"Rex": ANN})
    assert read_named_regions(packet.replace(b'"Face"', b'"Pet"'), 1) == ()
    assert read_named_regions(packet.replace(b'mwg-rs:Type="Face"', b""), 1) != ()


def test_spaces_in_a_name_are_merged() -> None:
    assert read_named_regions(as_picasa({" Ann \n  Lee ": ANN}), 1)[0].name == "Ann Lee"


@pytest.mark.parametrize(
    "changed",
    [
        {"x": "nan"},
        {"y": "inf"},
        {"w": "-0.1"},
        {"h": "0"},
        {"w": "1e308"},
        {"x": "4.5"},
        {"x": ""},
        {"y": "half"},
        {"unit": "pixel"},
    ],
)
def test_regions_that_are_nowhere_in_the_picture_are_left_out(changed: dict[str, str]) -> None:
    assert read_named_regions(as_lightroom({"Ann": ANN}, **changed), 1) == ()


def test_what_sticks_out_of_the_picture_is_cut_off() -> None:
    box = read_named_regions(as_windows({"Ann": (-0.1, 0.8, 0.4, 0.4)}), 1)[0].box
    assert astuple(box) == pytest.approx((0.0, 0.8, 0.3, 0.2))


@pytest.mark.parametrize(
    "packet",
    [
        None,
        17,
        b"",
        b"no XML",
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        BILLION_LAUGHS,
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://localhost/a.dtd"><a/>',
        as_lightroom({"Ann": ANN})[:-200],
        as_lightroom({"Ann": ANN}) + b" " * 2_000_000,
        b"<a>" * 100_000 + b"</a>" * 100_000,
        wrap("<rdf:li/>" * 50_000),
    ],
    ids=lambda packet: repr(packet)[:20],
)
def test_hostile_and_broken_packets_name_nobody_and_cost_no_time(packet: object) -> None:
    started = time.process_time()
    assert read_named_regions(packet, 1) == ()
    assert time.process_time() - started < 2


def test_ten_thousand_regions_are_read_up_to_the_limit() -> None:
    items = "<rdf:li r:PersonDisplayName='A' r:Rectangle='.1,.1,.2,.2'/>" * 10_000
    spaces = "xmlns:r='http://ns.microsoft.com/photo/1.2/t/Region#'"
    spaces += " xmlns:i='http://ns.microsoft.com/photo/1.2/t/RegionInfo#'"
    packet = wrap(f"<i:Regions {spaces}><rdf:Bag>{items}</rdf:Bag></i:Regions>")
    assert len(read_named_regions(packet, 1)) == MAX_REGIONS


def test_a_picture_with_a_hostile_packet_is_a_picture_still() -> None:
    picture = decode(put_in(PICTURE, BILLION_LAUGHS))
    assert (picture.width, picture.names) == (60, ())


@given(st.binary(max_size=300), st.integers(0, 3000), st.integers(1, 8))
def test_no_damage_to_a_packet_raises(noise: bytes, place: int, orientation: int) -> None:
    packet = as_digikam({"Ann": ANN, "Ben": BEN})
    for region in read_named_regions(packet[:place] + noise + packet[place:], orientation):
        assert all(0 <= side <= 1 for side in astuple(region.box))


@pytest.mark.parametrize(
    "names",
    [
        [["x" * (MAX_NAME + 1), list(ANN), list(ANN)]],
        [["Ann", [0.1, 0.1, float("nan"), 0.1], list(ANN)]],
        [["Ann", list(ANN), [0.1, 0.1, 7.0, 0.1]]],
        [["Ann", list(ANN), ["0.1", 0.1, 0.1, 0.1]]],
        [["Ann", [0.1, 0.1], list(ANN)]],
        [[17, list(ANN), list(ANN)]],
        [["Ann", list(ANN), list(ANN)]] * (MAX_REGIONS + 1),
    ],
)
def test_a_child_that_was_taken_over_cannot_send_nonsense(names: list[object]) -> None:
    picture = decode(put_in(PICTURE, as_lightroom({"Ann": ANN})))
    header = describe_picture(picture)
    assert build_picture(header, picture.image).names == picture.names
    with pytest.raises(ValueError, match=r"name|incomplete"):
        build_picture({**header, "names": names}, picture.image)
