"""XMP packets with named face regions, as other programs write them, and files that hold them."""

import io
from collections.abc import Mapping
from html import escape
from typing import TypeAlias

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

#: Left, top, width and height, as fractions of the picture.
Rectangle: TypeAlias = tuple[float, float, float, float]

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_MWG = "http://www.metadataworkinggroup.com/schemas/regions/"
_AREA = "http://ns.adobe.com/xmp/sType/Area#"


def wrap(description: str) -> bytes:
    """A whole packet around what stands in its `rdf:RDF`."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">{description}</rdf:RDF>'
        '</x:xmpmeta>\n<?xpacket end="w"?>' + " " * 50
    ).encode()


def as_lightroom(people: Mapping[str, Rectangle], **changed: str) -> bytes:
    """Values are attributes; `changed` replaces attributes of the areas."""
    return _mwg(
        "".join(
            f"""<rdf:li><rdf:Description mwg-rs:Rotation="0.0" mwg-rs:Name="{escape(name)}"
                mwg-rs:Type="Face"><mwg-rs:Area {_attributes(box, changed)}/>
                <mwg-rs:Extensions rdf:parseType="Resource"/></rdf:Description></rdf:li>"""
            for name, box in people.items()
        )
    )


def as_digikam(people: Mapping[str, Rectangle]) -> bytes:
    """Values are attributes of resources, and stand there in Microsoft's way as well."""
    packet = _mwg(
        "".join(
            f"""<rdf:li rdf:parseType="Resource"><mwg-rs:Name>{escape(name)}</mwg-rs:Name>
                <mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area {_attributes(box, {})}/></rdf:li>"""
            for name, box in people.items()
        )
    )
    end = b"</rdf:RDF>"
    return packet.replace(end, _microsoft(people).encode() + end)


def as_picasa(people: Mapping[str, Rectangle]) -> bytes:
    """Values are elements, and the list is a sequence."""
    return _mwg(
        "".join(
            f"""<rdf:li><rdf:Description><mwg-rs:Type>Face</mwg-rs:Type>
                <mwg-rs:Name>{escape(name)}</mwg-rs:Name><mwg-rs:Area rdf:parseType="Resource">
                {_elements(box)}</mwg-rs:Area></rdf:Description></rdf:li>"""
            for name, box in people.items()
        ),
        container="Seq",
    )


def as_windows(people: Mapping[str, Rectangle]) -> bytes:
    return wrap(_microsoft(people))


def put_in(
    picture: bytes | Image.Image, packet: bytes, *, form: str = "JPEG", orientation: int = 1
) -> bytes:
    """A file of the picture, given upright, that is stored as a camera turned so would store it."""
    image = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture
    exif = Image.Exif()
    if orientation != 1:
        exif[ExifTags.Base.Orientation] = orientation
        image = image.transpose(_BACK[orientation])
    file = io.BytesIO()
    if form == "TIFF":
        image.save(file, form, exif=exif, tiffinfo={700: packet, 274: orientation})
    elif form == "PNG":
        notes = PngInfo()
        notes.add_itxt("XML:com.adobe.xmp", packet.decode())
        image.save(file, form, exif=exif, pnginfo=notes)
    else:
        image.save(file, form, exif=exif, xmp=packet, quality=95)
    return file.getvalue()


def turn_back(box: Rectangle, orientation: int) -> Rectangle:
    """Where something of the upright picture lies in the picture as it is stored."""
    left, top, width, height = box
    right, bottom = 1 - left - width, 1 - top - height
    return {
        1: box,
        2: (right, top, width, height),
        3: (right, bottom, width, height),
        4: (left, bottom, width, height),
        5: (top, left, height, width),
        6: (top, right, height, width),
        7: (bottom, right, height, width),
        8: (bottom, left, height, width),
    }[orientation]


def _mwg(items: str, container: str = "Bag") -> bytes:
    return wrap(
        f"""<rdf:Description rdf:about="" xmlns:mwg-rs="{_MWG}" xmlns:stArea="{_AREA}"
            xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#">
            <mwg-rs:Regions rdf:parseType="Resource">
            <mwg-rs:AppliedToDimensions stDim:w="4000" stDim:h="3000" stDim:unit="pixel"/>
            <mwg-rs:RegionList><rdf:{container}>{items}</rdf:{container}></mwg-rs:RegionList>
            </mwg-rs:Regions></rdf:Description>"""
    )


def _microsoft(people: Mapping[str, Rectangle]) -> str:
    items = "".join(
        f"""<rdf:li><rdf:Description MPReg:PersonDisplayName="{escape(name)}"
            MPReg:Rectangle="{", ".join(str(side) for side in box)}"/></rdf:li>"""
        for name, box in people.items()
    )
    return f"""<rdf:Description rdf:about="" xmlns:MP="http://ns.microsoft.com/photo/1.2/"
        xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
        xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"><MP:RegionInfo><rdf:Description>
        <MPRI:Regions><rdf:Bag>{items}</rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo>
        </rdf:Description>"""


def _area(box: Rectangle) -> dict[str, str]:
    left, top, width, height = box
    sides = {"x": left + width / 2, "y": top + height / 2, "w": width, "h": height}
    return {name: str(side) for name, side in sides.items()} | {"unit": "normalized"}


def _attributes(box: Rectangle, changed: Mapping[str, str]) -> str:
    return " ".join(f'stArea:{name}="{value}"' for name, value in {**_area(box), **changed}.items())


def _elements(box: Rectangle) -> str:
    return "".join(f"<stArea:{name}>{value}</stArea:{name}>" for name, value in _area(box).items())


_BACK = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
