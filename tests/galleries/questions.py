"""Questions of the review, answered as the page does."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from galleries.models import AssignedBy, Face, Gallery, Person, Photo
from galleries.review.questions import Question
from tests.pages import text_of


def page_of(gallery: Gallery) -> str:
    return reverse("review", args=[gallery.pk])


def reply(client: Client, question: Question, answer: str, **fields: object) -> str:
    """Send the form as the page does; returns what the next page says."""
    gallery = question.faces[0].gallery_id
    shown = [face.pk for face in question.faces]
    form: dict[str, object] = {"kind": question.kind, "shown": shown, "face": shown}
    if question.person:
        form["person"] = question.person.pk
    response = client.post(
        reverse("review-answer", args=[gallery]), {**form, "answer": answer, **fields}, follow=True
    )
    assert response.status_code == 200
    return text_of(response)


def match_by_chance(photo: Photo, person: Person, probability: float = 0.9) -> Face:
    """A face that the matcher gave to somebody, as the only one of its photo."""
    Face.objects.filter(photo=photo).update(
        person=person, assigned_by=AssignedBy.MATCHER, probability=probability
    )
    return photo.faces.get()
