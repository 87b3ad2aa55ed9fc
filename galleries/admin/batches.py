"""The log of all decisions, to be read, and to be taken back batch by batch."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from galleries import history, reversal
from galleries.admin.base import ModeratedAdmin, NothingTyped, counted, image, link, moment, who
from galleries.models import Batch, Person
from galleries.models.gallery import count_of
from galleries.undo import Outcome, UndoneAlreadyError

PERSONS_NAMED, FACES_SHOWN = 3, 60


class StandsFilter(admin.SimpleListFilter):
    title = "what became of it"
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "In force"), ("no", "Taken back")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Batch]) -> QuerySet[Batch]:
        if self.value() in {"yes", "no"}:
            return queryset.filter(is_undone=self.value() == "no")
        return queryset


@admin.register(Batch)
class BatchAdmin(NothingTyped[Batch], ModeratedAdmin[Batch]):
    list_display = ["sentence", "when", "faces", "about", "stands", "gallery"]
    list_filter = ["source", StandsFilter, "action", "created_at"]
    search_fields = ["subject", "target", "actor__username"]
    search_help_text = "By a name of that time, or by who decided"
    ordering = ["-pk"]
    fields = ["sentence", "when", "gallery", "source", "model", "about", "stands", "crops"]
    actions = ["revert", "revert_the_rest"]

    class Media:
        css = {"all": ["css/moderation.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        through = Batch.persons.through.objects.filter(batch=OuterRef("pk"))
        some = Person.objects.order_by("pk")[:PERSONS_NAMED]
        batches = Batch.objects.visible_to(request.user).with_details().select_related("gallery")
        return batches.annotate(person_count=count_of(through)).prefetch_related(
            Prefetch("persons", some, to_attr="some_persons")
        )

    def has_revert_permission(self, request: HttpRequest) -> bool:
        """Batches cannot be typed, so Django's own answer about changes is always no."""
        return request.user.has_perm("galleries.change_batch")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        batch = self.get_object(request, object_id)
        said = {"subtitle": history.describe(batch)} if batch else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **said})

    @admin.display(description="What was done")
    def sentence(self, batch: Batch) -> str:
        return history.describe(batch)

    @admin.display(description="When", ordering="created_at")
    def when(self, batch: Batch) -> str:
        return moment(batch.created_at)

    @admin.display(description="Faces", ordering="face_count")
    def faces(self, batch: Batch) -> int:
        return batch.face_count

    @admin.display(description="Persons")
    def about(self, batch: Any) -> SafeString:
        named = format_html_join(", ", "{}", ((person_link(row),) for row in batch.some_persons))
        more = batch.person_count - len(batch.some_persons)
        return format_html("{} and {} more", named, more) if more > 0 else named

    @admin.display(description="In force", boolean=True)
    def stands(self, batch: Batch) -> bool:
        return not batch.is_undone

    @admin.display(description="Faces")
    def crops(self, batch: Batch) -> SafeString:
        """The first ones: a regrouping may have moved thousands."""
        faces = batch.events.values_list("face", flat=True).order_by("face").distinct()
        pictures = [
            (image(reverse("face-crop", args=[face]), f"face {face}"),)
            for face in faces[:FACES_SHOWN]
        ]
        return format_html('<div class="crops">{}</div>', format_html_join("", "{}", pictures))

    @admin.action(description="Revert, if nothing stands in the way", permissions=["revert"])
    def revert(self, request: HttpRequest, queryset: QuerySet[Batch]) -> None:
        self._revert(request, queryset, rest=False)

    @admin.action(description="Revert what can be reverted", permissions=["revert"])
    def revert_the_rest(self, request: HttpRequest, queryset: QuerySet[Batch]) -> None:
        self._revert(request, queryset, rest=True)

    def _revert(self, request: HttpRequest, queryset: QuerySet[Batch], *, rest: bool) -> None:
        """The newest first: it may be what stands in the way of the others."""
        batches = self.chosen(request, queryset)
        for batch in sorted(batches, key=lambda row: -row.pk):
            sentence = history.describe(batch)
            try:
                outcome = reversal.take_back(batch, who(request), rest=rest)
            except UndoneAlreadyError:
                self.refuse(request, f"Taken back already: {sentence}.")
                continue
            self._tell(request, sentence, outcome)

    def _tell(self, request: HttpRequest, sentence: str, outcome: Outcome) -> None:
        if outcome.batch:
            self.message_user(request, f"Taken back: {sentence}.")
        if outcome.obstacles:
            text = "Not wholly" if outcome.batch else "Not taken back"
            self.refuse(request, format_html("{}: {}. {}", text, sentence, _obstacles(outcome)))
        elif not outcome.batch:
            self.refuse(request, f"Nothing is left of it that could be taken back: {sentence}.")


def _obstacles(outcome: Outcome) -> SafeString:
    """What was decided since about the same faces and persons."""
    later = format_html_join(
        "; ", "{}", ((link("batch", row.pk, history.describe(row)),) for row in outcome.obstacles)
    )
    kept = [(outcome.face_count, "face"), (len(outcome.persons), "person")]
    about = " and ".join(counted(number, thing) for number, thing in kept if number)
    return format_html("About {} it was decided since: {}.", about, later)


def person_link(person: Person) -> SafeString | str:
    """Persons that were merged or deleted have no page."""
    return str(person) if person.is_removed else link("person", person.pk, str(person))
