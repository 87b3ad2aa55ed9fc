"""The pages of people as somebody clicks through them."""

from django.test import Client
from django.urls import reverse

from galleries.models import Batch, Face, Gallery, Person
from tests.pages import text_of


def at(name: str, row: Person | Gallery | Batch) -> str:
    return reverse(name, args=[row.pk])


def say(client: Client, person: Person, decision: str, *faces: Face, **more: str) -> str:
    """Tick faces, press a button; the text of the page that follows."""
    data = {"decision": decision, "face": [face.pk for face in faces], **more}
    return text_of(client.post(at("person-faces", person), data, follow=True))


def call(client: Client, person: Person, name: str) -> str:
    return text_of(client.post(at("person-name", person), {"name": name}, follow=True))


def undo_latest(client: Client) -> str:
    batch = Batch.objects.latest("pk")
    return text_of(client.post(at("batch-undo", batch), follow=True))
