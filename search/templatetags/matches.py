"""Showing a match: the faces by which it answers, and in words how sure it is."""

from __future__ import annotations

from django import template

from faceengine.faces import Box
from galleries.models import Face
from galleries.templatetags.pictures import WINDOW_RATIO, window_around
from search.pages import Match

register = template.Library()

# the least probability that each phrase stands for
VERDICTS = (
    (0.99, "Almost certainly"),
    (0.9, "Very likely"),
    (0.6, "Likely"),
    (0.3, "Possibly"),
)


@register.filter
def percent(probability: float) -> str:
    """Never 0 and never 100: no calibration is that sure."""
    if probability > 0.99:
        return "> 99 %"
    if probability < 0.01:
        return "< 1 %"
    return f"{probability * 100:.0f} %"


@register.filter
def verdict(probability: float) -> str:
    return next((words for least, words in VERDICTS if probability >= least), "Unlikely")


@register.filter
def faces(match: Match) -> tuple[Face, ...]:
    """All faces by which a photo answers."""
    return (match.face, *match.others)


@register.filter
def names(match: Match) -> str:
    """Who was recognised in them: "Anna and Bob"; those without a name are left out."""
    known = [face.person.name for face in faces(match) if face.person and face.person.name]
    return " and ".join(dict.fromkeys(known))


@register.simple_tag
def window_around_faces(match: Match) -> str:
    """The viewBox of a 4:3 cut that shows all matching faces; of the whole photo if none does."""
    photo, boxes = match.face.photo, [face.box for face in faces(match)]
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right = max(box.left + box.width for box in boxes)
    bottom = max(box.top + box.height for box in boxes)
    width, height = float(photo.width or 1), float(photo.height or 1)
    window = min(width, height * WINDOW_RATIO)
    if (right - left) * width > window or (bottom - top) * height > window / WINDOW_RATIO:
        return f"0 0 {width:.1f} {height:.1f}"
    return window_around(Box(left, top, right - left, bottom - top), int(width), int(height))
