"""Drawing faces over pictures in templates."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from faceengine.faces import Box

register = template.Library()

ROUNDING = 0.12


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
