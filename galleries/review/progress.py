"""How far the review of a gallery is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from galleries.models import AssignedBy, Face, Gallery

#: Matches of this probability or more count as right without being looked at. In 2,606 pictures of
#: LFW, 22 % of the matches below were wrong, and 0.8 % of those above (pack `open`).
SURE = 0.99


@dataclass(frozen=True, slots=True)
class Progress:
    """Faces that are settled, of all."""

    resolved: int
    total: int

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means all."""
        return 100 * self.resolved // self.total if self.total else 100


def progress_of(gallery: Gallery) -> Progress:
    """How many faces belong to somebody named or set aside, by a human's word or surely."""
    is_settled = ~Q(person__name="") | Q(person__is_stranger=True) | Q(person__is_hidden=True)
    is_sure = ~Q(assigned_by=AssignedBy.MATCHER) | Q(probability__gte=SURE)
    counts = Face.objects.real().filter(gallery=gallery)
    return Progress(
        **counts.aggregate(
            resolved=Count("pk", filter=Q(person__isnull=False) & is_settled & is_sure),
            total=Count("pk"),
        )
    )
