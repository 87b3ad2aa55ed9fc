"""Names that other programs wrote beside the faces of a picture, in its XMP packet.

There are two forms of them: the regions of the Metadata Working Group (MWG), which Lightroom,
digiKam, Picasa and Apple write, and Microsoft's, of the Windows Photo Gallery; digiKam writes both.
RDF lets each value be an attribute or an element. Everything may be missing, nonsense or hostile.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from defusedxml import ElementTree

from faceengine.faces import Box

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: Of one picture; what is beyond is not read. A packet in a JPEG has at most 64 kB.
MAX_PACKET, MAX_REGIONS, MAX_NAME = 1024**2, 200, 200
# what digiKam and Picasa call those whom nobody has named
_NOBODY = {"", "unknown", "unconfirmed", "ignored", "ffffffffffffffff"}

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_MWG = "{http://www.metadataworkinggroup.com/schemas/regions/}"
# the guideline's, and one that some programs write by mistake
_AREAS = ("{http://ns.adobe.com/xmp/sType/Area#}", "{http://ns.adobe.com/xap/1.0/sType/Area#}")
_MS_LIST = "{http://ns.microsoft.com/photo/1.2/t/RegionInfo#}"
_MS = "{http://ns.microsoft.com/photo/1.2/t/Region#}"


@dataclass(frozen=True, slots=True)
class NamedRegion:
    """Somebody's name and where the face is, in fractions of the upright picture.

    By the MWG's guideline regions are of the picture as it is stored, and are turned with it: that
    is `box`. Some programs write where the face is once the picture stands upright; then it is in
    `unturned`. Nothing in the file says which: the dimensions that are written beside the regions
    stay as they were when a program turns them. In a picture that is stored upright both are one.
    """

    name: str
    box: Box
    unturned: Box


def read_named_regions(packet: object, orientation: int) -> tuple[NamedRegion, ...]:
    """Read the faces with a name; `orientation` is that of the stored picture, as in EXIF."""
    root = _parse(packet)
    if root is None:
        return ()
    # of a file with both, they are the same faces
    written = list(islice(_mwg_regions(root), MAX_REGIONS))
    written = written or list(islice(_microsoft_regions(root), MAX_REGIONS))
    return tuple(
        NamedRegion(name, _turn(box, orientation).clipped(), box.clipped()) for name, box in written
    )


def _parse(packet: object) -> Element | None:
    if isinstance(packet, str):
        packet = packet.encode()
    if not isinstance(packet, bytes) or len(packet) > MAX_PACKET:
        return None
    try:
        root: Element = ElementTree.fromstring(packet.strip(b"\0 \t\r\n"), forbid_dtd=True)
    except (SyntaxError, ValueError, LookupError):  # no XML, forbidden in it, an unknown encoding
        return None
    return root


def _mwg_regions(root: Element) -> Iterator[tuple[str, Box]]:
    for item in _items(root, f"{_MWG}RegionList"):
        area = _child(item, f"{_MWG}Area")
        kind = _text(item, f"{_MWG}Type").lower()
        if area is None or kind not in ("", "face"):  # pets, bar codes, where the focus was
            continue
        if _of_area(area, "unit").lower() not in ("", "normalized"):
            continue
        x, y, width, height = (_number(_of_area(area, field)) for field in "xywh")
        box = Box(x - width / 2, y - height / 2, width, height)
        yield from _named(_text(item, f"{_MWG}Name"), box)


def _of_area(area: Element, field: str) -> str:
    return next((text for name in _AREAS if (text := _text(area, f"{name}{field}"))), "")


def _microsoft_regions(root: Element) -> Iterator[tuple[str, Box]]:
    for item in _items(root, f"{_MS_LIST}Regions"):
        numbers = [_number(text) for text in _text(item, f"{_MS}Rectangle").split(",")]
        if len(numbers) == 4:
            yield from _named(_text(item, f"{_MS}PersonDisplayName"), Box(*numbers))


def _items(root: Element, name: str) -> Iterator[Element]:
    """The entries of each list of a name, be it a bag or a sequence."""
    for found in root.iter(name):
        yield from found.iterfind(f"{_RDF}*/{_RDF}li")


def _holders(node: Element) -> list[Element]:
    """Where the fields of a structure stand: in its element, or in a description inside."""
    return [node, *node.iterfind(f"{_RDF}Description")]


def _child(node: Element, name: str) -> Element | None:
    found = (holder.find(name) for holder in _holders(node))
    return next((child for child in found if child is not None), None)


def _text(node: Element, name: str) -> str:
    for holder in _holders(node):
        if name in holder.attrib:
            return holder.attrib[name].strip()
    child = _child(node, name)
    return "" if child is None else "".join(child.itertext()).strip()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _named(name: str, box: Box) -> Iterator[tuple[str, Box]]:
    """What can be somebody's face: with a name, and its middle in the picture."""
    name = " ".join(name.split())
    x, y = box.centre
    is_inside = 0 < box.width <= 1 and 0 < box.height <= 1 and 0 <= x <= 1 and 0 <= y <= 1
    if is_inside and len(name) <= MAX_NAME and name.lower() not in _NOBODY:
        yield name, box


def _turn(box: Box, orientation: int) -> Box:
    """From a picture as it is stored to the same one upright."""
    left, top, width, height = box.left, box.top, box.width, box.height
    if orientation >= 5:
        left, top, width, height = top, left, height, width
    if orientation in (2, 3, 6, 7):
        left = 1 - left - width
    if orientation in (3, 4, 7, 8):
        top = 1 - top - height
    return Box(left, top, width, height)
