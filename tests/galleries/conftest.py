"""Galleries with persons in them, and who sits in front of them."""

from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from accounts.models import User
from galleries import uploads
from galleries.ledger import NOWHERE
from galleries.models import Album, AlbumPhoto, Face, Gallery, Membership, Person, Photo, Role
from galleries.review.questions import NONE_SKIPPED, Question
from galleries.review.queue import next_question
from tests.drawings import draw
from tests.faces import analyse_everything, faces_of
from tests.galleries.copies import copy_of
from tests.galleries.proposals import AddWaiting, put
from tests.phones import Phone, phone_of

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]


@pytest.fixture
def alices(signed_in: SignIn, alice: User) -> Client:
    """The browser of Alice."""
    return signed_in(alice)


@pytest.fixture
def phone(alice: User) -> Phone:
    """Alice's."""
    return phone_of(alice)


@pytest.fixture
def moderator(gallery: Gallery) -> User:
    """May do everything, by Django's permissions and as an editor of Alice's gallery."""
    user = User.objects.create_superuser("moderator", password="moderator's password")
    Membership.objects.create(gallery=gallery, user=user, role=Role.EDITOR)
    return user


@pytest.fixture
def viewer(gallery: Gallery) -> User:
    """May do everything by Django's permissions, but is only a viewer of Alice's gallery."""
    user = User.objects.create_superuser("viewer", password="viewer's password")
    Membership.objects.create(gallery=gallery, user=user, role=Role.VIEWER)
    return user


@pytest.fixture
def moderators(moderator: User, signed_in: SignIn) -> Client:
    """The browser of the moderator."""
    return signed_in(moderator)


@pytest.fixture
def persons(add_drawing: AddDrawing, drawing_engine: None) -> tuple[Person, Person]:
    """Two unnamed persons of three faces each, found by the matcher in the same three photos."""
    for _ in range(3):
        add_drawing("red", "blue")
    analyse_everything()
    left, right = Person.objects.order_by("faces__left").distinct()[:2]
    assert len(faces_of(left)) == len(faces_of(right)) == 3
    return left, right


@pytest.fixture
def red_and_blue(add_drawing: AddDrawing, drawing_engine: None) -> tuple[Person, Person]:
    """Red is left in four photos, blue is right in three of them; the matcher found both."""
    for _ in range(3):
        add_drawing("red", "blue")
    add_drawing("red")
    analyse_everything()
    red, blue = Person.objects.with_faces().largest_first()
    return red, blue


@pytest.fixture
def red(red_and_blue: tuple[Person, Person]) -> Person:
    return red_and_blue[0]


@pytest.fixture
def blue(red_and_blue: tuple[Person, Person]) -> Person:
    return red_and_blue[1]


@pytest.fixture
def add_waiting(add_drawing: AddDrawing) -> AddWaiting:
    """Photos of one person each, whose faces wait whatever the matcher thought of them."""

    def add(colour: str, count: int) -> list[Face]:
        photos = [add_drawing(colour) for _ in range(count)]
        analyse_everything()
        faces = list(Face.objects.filter(photo__in=photos).order_by("pk"))
        put(faces, NOWHERE)
        Person.objects.exclude(faces__isnull=False).update(is_removed=True)
        return faces

    return add


@pytest.fixture
def reds(add_drawing: AddDrawing) -> Person:
    """An unnamed person with four faces."""
    for _ in range(4):
        add_drawing("red")
    analyse_everything()
    return Person.objects.get()


@pytest.fixture
def ask(gallery: Gallery) -> Callable[[], Question]:
    """The question that comes next."""

    def ask_next() -> Question:
        question = next_question(gallery, NONE_SKIPPED)
        assert question is not None
        return question

    return ask_next


@pytest.fixture
def waiting(persons: tuple[Person, Person], add_drawing: AddDrawing) -> list[Face]:
    """Two faces of nobody, too few to open a person."""
    photos = [add_drawing("green"), add_drawing("green")]
    analyse_everything()
    return [photo.faces.get() for photo in photos]


@pytest.fixture
def analysed(drawing_engine: None) -> Callable[..., Photo]:
    """Have a photo's faces found, as the worker does."""

    def analyse(photo: Photo) -> Photo:
        analyse_everything()
        photo.refresh_from_db()
        return photo

    return analyse


@pytest.fixture
def add_content(gallery: Gallery, alice: User) -> Callable[[bytes, str], Photo]:
    """Upload a file of this content and name."""

    def add(content: bytes, name: str) -> Photo:
        photo = uploads.add_photo(gallery, ContentFile(content, name), alice).photo
        assert photo is not None
        return photo

    return add


@pytest.fixture
def copies(add_content: Callable[[bytes, str], Photo], drawing_engine: None) -> list[Photo]:
    """The best, a smaller and a tiny one of the same picture; another stands beside them."""
    content = draw("red", "blue")
    tiny = add_content(copy_of(content, 150), "tiny.png")
    small = add_content(copy_of(content, 180), "small.png")
    add_content(draw("yellow", "red", "green"), "other.png")
    best = add_content(content, "best.png")
    analyse_everything()
    return [best, small, tiny]


@pytest.fixture
def album(gallery: Gallery) -> Album:
    return Album.objects.create(gallery=gallery, name="Fair")


@pytest.fixture
def photo(add_drawing: AddDrawing, album: Album) -> Photo:
    photo = add_drawing("red", "blue", name="two.png")
    AlbumPhoto.objects.create(gallery=photo.gallery, album=album, photo=photo)
    analyse_everything()
    return Photo.objects.get(pk=photo.pk)
