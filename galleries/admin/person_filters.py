"""Which persons to look at: what kind they are, and what may be wrong with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from galleries.models import Action, AssignedBy, Batch, Face, Person
from galleries.models.gallery import count_of
from galleries.review.progress import SURE

LARGE = 50
# Of 275 persons that the matcher made of 2,606 pictures of LFW (pack `open`) 8 had a wrong face. A
# match below this limit had 14 of them, 4 of the 8 among these; below .97 there were 7, the same 4
# among these, but with `dlib` what just passes the strict threshold has .98. The mean of a person's
# matches, at the same limit, found 5 and only 1 of the 8: many sure faces outweigh the wrong one.
LOW_AGREEMENT = SURE
RECENT = timedelta(days=7)


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("named", "Named"),
            ("unnamed", "Unnamed"),
            ("hidden", "Hidden"),
            ("stranger", "Strangers"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        match self.value():
            case "named":
                return queryset.exclude(name="")
            case "unnamed":
                return queryset.filter(name="", is_stranger=False)
            case "hidden":
                return queryset.filter(is_hidden=True)
            case "stranger":
                return queryset.filter(is_stranger=True)
        return queryset


class AttentionFilter(admin.SimpleListFilter):
    title = "what to look at"
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("large", f"Large: {LARGE} faces or more"),
            ("doubtful", f"Low agreement: a match below {LOW_AGREEMENT:.0%}"),
            ("conflicting", "Twice in one photo"),
            ("merged", f"Merged in the last {RECENT.days} days"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        faces = Face.objects.filter(person=OuterRef("pk")).order_by()
        match self.value():
            case "large":
                return queryset.alias(size=count_of(faces)).filter(size__gte=LARGE)
            case "doubtful":
                guessed = faces.filter(assigned_by=AssignedBy.MATCHER)
                return queryset.filter(Exists(guessed.filter(probability__lt=LOW_AGREEMENT)))
            case "conflicting":
                twice = faces.values("photo").annotate(n=Count("pk")).filter(n__gt=1)
                return queryset.filter(Exists(twice))
            case "merged":
                merges = Batch.objects.filter(
                    persons=OuterRef("pk"),
                    action=Action.MERGE,
                    is_undone=False,
                    created_at__gte=timezone.now() - RECENT,
                )
                return queryset.filter(Exists(merges))
        return queryset
