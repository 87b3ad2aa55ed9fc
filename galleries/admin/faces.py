"""Faces as crops, with their person, who says so, and what was said against them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.models import User
from galleries import identities
from galleries.admin.base import ModeratedAdmin, NothingTyped, counted, image, link, who
from galleries.admin.decisions import carry_out
from galleries.models import Batch, Face, Person

#: A decision about faces of one person.
DecideOf: TypeAlias = Callable[[list[Face], Person, User], Batch]


class OwnerFilter(admin.SimpleListFilter):
    title = "person"
    parameter_name = "owner"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Face]
    ) -> list[tuple[str, str]]:
        return [("somebody", "Of a person"), ("nobody", "Waiting for one")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Face]) -> QuerySet[Face]:
        match self.value():
            case "somebody":
                return queryset.exclude(person=None)
            case "nobody":
                return queryset.filter(person=None, verdict="")
        return queryset


@admin.register(Face)
class FaceAdmin(NothingTyped[Face], ModeratedAdmin[Face]):
    list_display = ["crop", "owner", "said_by", "photo", "gallery", "worth"]
    list_filter = [OwnerFilter, "assigned_by", "verdict", "source", "weakness"]
    list_select_related = ["photo", "gallery", "person"]
    search_fields = ["person__name"]
    search_help_text = "By the name of the person"
    ordering = ["-pk"]
    fields = ["crop", "photo", "gallery", "owner", "said_by", "source", "place", "worth", "models"]
    actions = ["confirm", "reject", "mark_as_no_faces"]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Faces cannot be typed, so Django's own answer about changes is always no."""
        return request.user.has_perm("galleries.change_face")

    class Media:
        css = {"all": ["css/moderation.css"]}

    @admin.display(description="Face")
    def crop(self, face: Face) -> SafeString:
        return image(reverse("face-crop", args=[face.pk]), str(face))

    @admin.display(description="Person", ordering="person__name")
    def owner(self, face: Face) -> SafeString | str:
        return link("person", face.person.pk, str(face.person)) if face.person else "nobody yet"

    @admin.display(description="Who says so", ordering="probability")
    def said_by(self, face: Face) -> str:
        if face.verdict:
            return face.get_verdict_display()
        if face.probability is None:
            return face.get_assigned_by_display() or "-"
        return f"{face.get_assigned_by_display()}, {face.probability:.0%}"

    @admin.display(description="Quality", ordering="quality")
    def worth(self, face: Face) -> str:
        return f"{face.quality:.0%} {face.get_weakness_display().lower()}".strip()

    @admin.display(description="Where in the photo")
    def place(self, face: Face) -> str:
        return (
            f"{face.left:.0%} from the left, {face.top:.0%} from the top, "
            f"{face.width:.0%} wide, {face.height:.0%} high"
        )

    @admin.display(description="Vectors of")
    def models(self, face: Face) -> str:
        return ", ".join(row.model.key for row in face.vectors.select_related("model"))

    @admin.action(description="Confirm: they are their persons", permissions=["decide"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[Face]) -> None:
        self._decide_by_person(request, queryset, identities.move_faces)

    @admin.action(description="Not this person", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Face]) -> None:
        self._decide_by_person(request, queryset, identities.reject_faces)

    @admin.action(description="Not a face", permissions=["decide"])
    def mark_as_no_faces(self, request: HttpRequest, queryset: QuerySet[Face]) -> None:
        faces = self.chosen(request, queryset)
        for gallery in {face.gallery_id for face in faces}:
            among = [face for face in faces if face.gallery_id == gallery]
            carry_out(self, request, partial(identities.mark_as_no_faces, among, who(request)))

    def _decide_by_person(
        self, request: HttpRequest, queryset: QuerySet[Face], decide: DecideOf
    ) -> None:
        faces = self.chosen(request, queryset)
        owned = [face for face in faces if face.person]
        if len(owned) < len(faces):
            text = f"{counted(len(faces) - len(owned), 'chosen face')} of nobody: left as it was."
            self.message_user(request, text, level="WARNING")
        persons = Person.objects.in_bulk({face.person_id for face in owned if face.person_id})
        for person in persons.values():
            theirs = [face for face in owned if face.person_id == person.pk]
            carry_out(self, request, partial(decide, theirs, person, who(request)))
