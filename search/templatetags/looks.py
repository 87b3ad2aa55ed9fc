"""Saying in words how much a photo looks like another."""

from __future__ import annotations

from django import template

from search.looks.asking import Match

register = template.Library()

# the least similarity that each phrase stands for
VERDICTS = (
    (0.9, "Almost the same"),
    (0.7, "Very alike"),
    (0.5, "Alike"),
    (0.3, "A little alike"),
)


@register.filter
def verdict(match: Match) -> str:
    if match.is_same:
        return "The same picture"
    similarity = match.similarity or 0.0
    return next((words for least, words in VERDICTS if similarity >= least), "Hardly alike")


@register.filter
def percent(part: float) -> str:
    """Of a part of the similarity; what is less than nothing in common is none."""
    return f"{max(part, 0.0) * 100:.0f} %"
