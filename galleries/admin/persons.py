"""Persons: who they are, what may be wrong with them, and what to do about it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, Literal

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localdate

from accounts.models import User
from galleries import history, identities, tasks, upgrades
from galleries.admin import person_pages
from galleries.admin.base import ModeratedAdmin, counted, image, link, moment, who
from galleries.admin.decisions import carry_out, let_others_follow
from galleries.admin.person_filters import AttentionFilter, KindFilter
from galleries.models import AssignedBy, Batch, Face, Person, Photo
from galleries.models.gallery import count_of


class PersonForm(forms.ModelForm[Person]):
    class Meta:
        model = Person
        fields = ["name", "notes", "born_on", "user"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if account := self.fields.get("user"):
            # the admin's links beside it would lead to making and deleting accounts
            account.widget = getattr(account.widget, "widget", account.widget)
            account.queryset = User.objects.filter(  # type: ignore[attr-defined]
                Q(galleries=self.instance.gallery_id) | Q(pk=self.instance.user_id)
            ).distinct()

    def clean_born_on(self) -> date | None:
        born_on: date | None = self.cleaned_data["born_on"]
        if born_on and born_on > localdate():
            raise forms.ValidationError("This day is still to come: check the year.")
        return born_on


class PersonChanges(ChangeList):
    """A page of persons, each with the last that was decided about it."""

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        """The arrow stands at the faces, as in `get_ordering`, until somebody chooses another."""
        if ORDER_VAR in self.params:
            return super().get_ordering_field_columns()
        return {self.list_display.index("face_count"): "desc"}

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        keys = {person.last_batch_id for person in self.result_list}
        batches = Batch.objects.with_details().in_bulk([key for key in keys if key])
        for person in self.result_list:
            person.last_batch = batches.get(person.last_batch_id)


@admin.register(Person)
class PersonAdmin(ModeratedAdmin[Person]):
    form = PersonForm
    list_display = [
        "cover_picture", "who", "face_count", "confirmed_count", "last_event", "gallery",
    ]  # fmt: skip
    list_display_links = ["cover_picture", "who"]
    list_select_related = ["gallery"]
    list_filter = [KindFilter, AttentionFilter]
    search_fields = ["name"]
    fields = [
        "cover_picture", "gallery", "name", "notes", "born_on", "user", "kind", "face_count",
        "confirmed_count", "last_event",
    ]  # fmt: skip
    readonly_fields = [
        "cover_picture", "gallery", "kind", "face_count", "confirmed_count", "last_event",
    ]  # fmt: skip
    actions = ["merge", "approve", "hide", "show", "read_again", "purge"]
    change_form_template = "admin/galleries/person/change_form.html"

    class Media:
        css = {"all": ["css/moderation.css"]}

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """A method, since Django's check of the attribute knows no annotations."""
        return ("-face_count", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        about = Batch.objects.filter(persons=OuterRef("pk")).order_by("-pk")
        human = Face.objects.filter(person=OuterRef("pk"), assigned_by=AssignedBy.HUMAN)
        persons = Person.objects.visible_to(request.user).with_faces()
        return persons.annotate(
            confirmed_count=count_of(human), last_batch_id=Subquery(about.values("pk")[:1])
        )

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return PersonChanges

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(partial(person_pages.decide_about_faces, self))
        name = "galleries_person_faces"
        return [path("<int:person_id>/faces/", decide, name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = person_pages.faces_of(self, request, object_id)
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    @admin.display(description="Cover")
    def cover_picture(self, person: Person) -> SafeString | str:
        if person.portrait_id is None:
            return "no face"
        return image(reverse("face-crop", args=[person.portrait_id]), str(person))

    @admin.display(ordering="face_count", description="Faces")
    def face_count(self, person: Person) -> int:
        return person.face_count

    @admin.display(ordering="confirmed_count", description="Confirmed")
    def confirmed_count(self, person: Any) -> int:
        return int(person.confirmed_count)

    @admin.display(description="Person", ordering="name")
    def who(self, person: Person) -> SafeString | str:
        if not (person.is_hidden or person.is_stranger):
            return str(person)
        return format_html("{}<br><small>{}</small>", person, self.kind(person))

    @admin.display(description="Kind")
    def kind(self, person: Person) -> str:
        kinds = {"Hidden": person.is_hidden, "Stranger": person.is_stranger}
        return ", ".join(kind for kind, so in kinds.items() if so) or "In the lists"

    @admin.display(description="Last event")
    def last_event(self, person: Any) -> SafeString | str:
        if person.last_batch_id is None:
            return "-"
        # the list has fetched those of all its rows
        fetched = getattr(person, "last_batch", None)
        batch = fetched or Batch.objects.with_details().get(pk=person.last_batch_id)
        sentence = link("batch", batch.pk, history.describe(batch))
        return format_html("{}<br><small>{}</small>", sentence, moment(batch.created_at))

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: Any) -> None:
        """Each as the decision that the pages make of it."""
        asked, person = form.cleaned_data, Person.objects.get(pk=obj.pk)
        if "name" in form.changed_data:
            carry_out(
                self, request, partial(identities.name_person, person, asked["name"], who(request))
            )
        if {"notes", "born_on", "user"} & {*form.changed_data}:
            facts = {name: asked[name] for name in ("notes", "born_on", "user")}
            carry_out(self, request, partial(identities.edit_person, person, who(request), **facts))
        let_others_follow(self, request, person)

    def delete_model(self, request: HttpRequest, obj: Person) -> None:
        carry_out(self, request, partial(identities.delete_person, obj, who(request)))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        for person in queryset:
            self.delete_model(request, person)

    @admin.action(description="Merge", permissions=["change"])
    def merge(self, request: HttpRequest, queryset: QuerySet[Person]) -> HttpResponse | None:
        persons = self.chosen(request, queryset)
        return person_pages.merge(self, request, persons) if persons else None

    @admin.action(description="Approve: confirm all faces", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        for person in self.chosen(request, queryset):
            faces = Face.objects.of(person).only("pk")
            carry_out(self, request, partial(identities.move_faces, faces, person, who(request)))

    @admin.action(description="Hide", permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        persons = self.chosen(request, queryset)
        for gallery in {person.gallery_id for person in persons}:
            among = [person for person in persons if person.gallery_id == gallery]
            carry_out(self, request, partial(identities.hide_persons, among, who(request)))

    @admin.action(description="Show again", permissions=["change"])
    def show(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        for person in self.chosen(request, queryset):
            carry_out(self, request, partial(identities.show_person, person, who(request)))

    @admin.action(description="Read their photos again", permissions=["change"])
    def read_again(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        if persons := self.chosen(request, queryset):
            count = upgrades.queue_again(Photo.objects.filter(faces__person__in=persons).distinct())
            tasks.ring_when_committed()
            self.message_user(request, f"Queued again: {counted(count, 'photo')}.")

    @admin.action(description="Purge: forget for good", permissions=["delete"])
    def purge(self, request: HttpRequest, queryset: QuerySet[Person]) -> HttpResponse | None:
        persons = self.chosen(request, queryset)
        return person_pages.purge(self, request, persons) if persons else None
