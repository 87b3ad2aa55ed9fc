"""Classifiers and how far they are. Their figures are on the pages; weights are nowhere."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from galleries.admin.base import ModeratedAdmin, NothingTyped, counted, moment
from galleries.models import Classifier
from galleries.training import versions


@admin.register(Classifier)
class ClassifierAdmin(NothingTyped[Classifier], ModeratedAdmin[Classifier]):
    list_display = ["name", "progress", "accuracy", "in_use", "examples", "asked", "gallery"]
    list_filter = ["state", "task"]
    list_select_related = ["gallery", "asked_by"]
    ordering = ["-pk"]
    fields = [
        "name", "gallery", "progress", "problem", "accuracy", "in_use", "examples", "made_of",
        "is_compared", "asked", "attempts", "figures_page",
    ]  # fmt: skip
    actions = ["cancel"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Classifier]:
        """For editors alone, as the pages are."""
        own = Classifier.objects.editable_by(request.user)
        return own.select_related("gallery", "asked_by").defer("curve")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Classifiers cannot be typed, so Django's own answer about changes is always no."""
        return request.user.has_perm("galleries.change_classifier")

    @admin.display(description="Classifier", ordering="task")
    def name(self, classifier: Classifier) -> str:
        return str(classifier)

    @admin.display(description="State", ordering="state")
    def progress(self, classifier: Classifier) -> str:
        state = classifier.get_state_display()
        return f"{state}, {classifier.percent} %" if classifier.is_unfinished else state

    @admin.display
    def accuracy(self, classifier: Classifier) -> str:
        return "-" if classifier.accuracy is None else f"{classifier.accuracy:.3f}"

    @admin.display(description="In use", boolean=True)
    def in_use(self, classifier: Classifier) -> bool:
        return classifier.is_promoted

    @admin.display(ordering="example_count")
    def examples(self, classifier: Classifier) -> str:
        return counted(classifier.example_count, "example") if classifier.is_done else "-"

    @admin.display(ordering="asked_at")
    def asked(self, classifier: Classifier) -> str:
        by = f" by {classifier.asked_by}" if classifier.asked_by else ""
        return f"{moment(classifier.asked_at)}{by}"

    @admin.display(description="Figures")
    def figures_page(self, classifier: Classifier) -> SafeString:
        page = reverse("classifier", args=[classifier.pk])
        return format_html('<a href="{}">The page of this version</a>', page)

    @admin.action(description="Cancel the training", permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Classifier]) -> None:
        running = [row for row in self.chosen(request, queryset) if row.is_unfinished]
        for classifier in running:
            versions.cancel(classifier)
        self.message_user(request, f"Cancelled: {counted(len(running), 'training')}.")
