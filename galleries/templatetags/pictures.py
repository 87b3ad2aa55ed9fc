"""Drawing faces over pictures in templates."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from faceengine.faces import Box

register = template.Library()

ROUNDING = 0.12
# of the tiles that show a match
WINDOW_RATIO = 4 / 3


@register.simple_tag
def face_rect(box: Box, width: int, height: int) -> SafeString:
    """The attributes of an SVG <rect> around a face, where the viewBox is the upright picture."""
    face_width, face_height = box.width * width, box.height * height
    return format_html(
        'x="{}" y="{}" width="{}" height="{}" rx="{}"',
        f"{box.left * width:.1f}",
        f"{box.top * height:.1f}",
        f"{face_width:.1f}",
        f"{face_height:.1f}",
        f"{min(face_width, face_height) * ROUNDING:.1f}",
    )


@register.simple_tag
def window_around(box: Box, width: int, height: int) -> str:
    """The viewBox of the largest 4:3 cut of a picture, moved so that the face is in its middle."""
    window_width = min(float(width), height * WINDOW_RATIO)
    window_height = window_width / WINDOW_RATIO
    left = _centred(box.left + box.width / 2, width, window_width)
    top = _centred(box.top + box.height / 2, height, window_height)
    return f"{left:.1f} {top:.1f} {window_width:.1f} {window_height:.1f}"


def _centred(middle: float, length: int, window: float) -> float:
    """Where a window starts that has `middle` (a fraction) in its middle and stays inside."""
    return min(max(middle * length - window / 2, 0.0), length - window)
