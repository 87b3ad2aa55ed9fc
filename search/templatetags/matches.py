"""Saying in words how sure a match is."""

from __future__ import annotations

from django import template

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
