"""The admin shows what its user may see, and lets nobody type what only the engine writes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import ApiToken, User
from faceengine.catalog import PACKS
from galleries import analysis, scenes, tasks
from galleries.models import (
    Analysis,
    Classifier,
    Face,
    Gallery,
    Membership,
    ModelVersion,
    Photo,
    PhotoLook,
    Role,
    SceneModel,
)
from galleries.training import versions

pytestmark = pytest.mark.usefixtures("drawing_engine", "drawing_scenes")

INSIDE = ["photo", "face", "analysis", "person", "album", "albumphoto", "classifier"]


@pytest.fixture
def outsider(db: None) -> User:
    return User.objects.create_superuser("outsider", password="outsider's password")


@pytest.fixture
def full_gallery(gallery: Gallery, add_drawing: Callable[..., Photo]) -> Gallery:
    for _ in range(4):
        add_drawing("red", "blue")
    gallery.albums.create(name="Trip").photos.add(
        *gallery.photos.all(), through_defaults={"gallery": gallery}
    )
    scenes.register()
    while analysis.work_off(8):
        pass
    versions.ask(gallery, Classifier.Task.FACES, None)
    return gallery


def changelist(name: str) -> str:
    return reverse(f"admin:galleries_{name}_changelist")


@pytest.mark.parametrize("name", [*INSIDE, "gallery", "modelversion", "scenemodel"])
def test_every_list_opens_with_a_bounded_number_of_queries(
    name: str,
    full_gallery: Gallery,
    moderator: User,
    signed_in: Callable[[User], Client],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(moderator)
    with django_assert_max_num_queries(10):
        response = client.get(changelist(name))
    assert response.status_code == 200
    assert response.context["cl"].result_count > 0


@pytest.mark.parametrize("name", INSIDE)
def test_an_administrator_who_is_no_member_sees_nothing_inside(
    name: str, full_gallery: Gallery, outsider: User, signed_in: Callable[[User], Client]
) -> None:
    response = signed_in(outsider).get(changelist(name))
    assert response.context["cl"].result_count == 0


@pytest.mark.parametrize("name", INSIDE)
def test_the_page_of_a_row_opens_for_members_only(
    name: str,
    full_gallery: Gallery,
    moderator: User,
    outsider: User,
    signed_in: Callable[[User], Client],
) -> None:
    row = apps.get_model("galleries", name)._default_manager.filter(gallery=full_gallery).first()
    assert row is not None
    address = reverse(f"admin:galleries_{name}_change", args=[row.pk])
    assert signed_in(moderator).get(address).status_code == 200
    assert signed_in(outsider).get(address).status_code == 302


@pytest.mark.parametrize("row", [Photo, Face, Analysis])
def test_what_the_engine_writes_cannot_be_typed(
    row: type[Photo], full_gallery: Gallery, moderator: User, signed_in: Callable[[User], Client]
) -> None:
    name = row._meta.model_name
    client = signed_in(moderator)
    assert client.get(reverse(f"admin:galleries_{name}_add")).status_code == 403
    first = row.objects.earliest("pk")
    address = reverse(f"admin:galleries_{name}_change", args=[first.pk])
    assert client.post(address, {"name": "typed"}).status_code == 403


def test_photos_and_faces_are_shown_as_pictures(
    full_gallery: Gallery, moderator: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(moderator)
    photo, face = full_gallery.photos.first(), full_gallery.faces.first()
    assert photo is not None
    assert face is not None
    assert reverse("thumbnail", args=[photo.pk]) in client.get(changelist("photo")).text
    assert reverse("face-crop", args=[face.pk]) in client.get(changelist("face")).text


def test_a_training_is_cancelled_by_who_may_change_its_gallery(
    full_gallery: Gallery, moderator: User, viewer: User, signed_in: Callable[[User], Client]
) -> None:
    classifier = Classifier.objects.get()
    data = {"action": "cancel", "_selected_action": [classifier.pk]}
    signed_in(viewer).post(changelist("classifier"), data)
    assert Classifier.objects.get().is_unfinished
    said = signed_in(moderator).post(changelist("classifier"), data, follow=True).text
    assert "Cancelled: 1 training." in said
    assert not Classifier.objects.get().is_unfinished


def test_a_photo_says_what_it_is_compared_by(
    full_gallery: Gallery, moderator: User, signed_in: Callable[[User], Client]
) -> None:
    photo = full_gallery.photos.first()
    assert photo is not None
    client, page = signed_in(moderator), reverse("admin:galleries_photo_change", args=[photo.pk])
    assert f"by {SceneModel.objects.get()}" in client.get(page).text
    PhotoLook.objects.update(model=None)
    assert "by its colours only" in client.get(page).text
    PhotoLook.objects.all().delete()
    assert "not looked at yet" in client.get(page).text


def test_quarantined_photos_can_be_tried_again(
    full_gallery: Gallery, moderator: User, signed_in: Callable[[User], Client]
) -> None:
    Analysis.objects.update(state="failed", reason="damaged")
    photos = [str(pk) for pk in full_gallery.photos.values_list("pk", flat=True)]
    data = {"action": "try_again", "_selected_action": photos}
    signed_in(moderator).post(changelist("photo"), data)
    assert Analysis.objects.filter(state="queued").count() == 4


def test_who_may_only_look_changes_nothing_by_an_action(
    full_gallery: Gallery, signed_in: Callable[[User], Client]
) -> None:
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    Membership.objects.create(gallery=full_gallery, user=looker, role=Role.VIEWER)
    Analysis.objects.update(state="failed", reason="damaged")
    other = ModelVersion.objects.register(PACKS["dlib"])
    client = signed_in(looker)
    photos = [str(pk) for pk in full_gallery.photos.values_list("pk", flat=True)]
    for name, action, rows in (
        ("photo", "try_again", photos),
        ("modelversion", "use_for_new_galleries", [str(other.pk)]),
    ):
        client.post(changelist(name), {"action": action, "_selected_action": rows})
    assert not Analysis.objects.exclude(state="failed").exists()
    assert ModelVersion.objects.default() != other


def test_a_version_for_new_galleries_is_chosen_among_the_present_ones(
    model: ModelVersion, moderator: User, signed_in: Callable[[User], Client]
) -> None:
    dlib = ModelVersion.objects.register(PACKS["dlib"])
    earlier = ModelVersion.objects.create(key="dlib-0", pack="dlib", dimensions=128)
    client = signed_in(moderator)

    def choose(version: ModelVersion) -> str:
        data = {"action": "use_for_new_galleries", "_selected_action": [str(version.pk)]}
        return client.post(changelist("modelversion"), data, follow=True).text

    assert "New galleries cannot use dlib-0." in choose(earlier)
    assert ModelVersion.objects.default() == model
    choose(dlib)
    assert ModelVersion.objects.default() == dlib


def test_an_album_is_renamed_and_deleted_and_its_photos_stay(
    full_gallery: Gallery, moderator: User, signed_in: Callable[[User], Client]
) -> None:
    album = full_gallery.albums.get()
    full_gallery.albums.create(name="Taken")
    client = signed_in(moderator)
    page = reverse("admin:galleries_album_change", args=[album.pk])
    assert "There is an album of this name" in client.post(page, {"name": "Taken"}).text
    assert client.post(page, {"name": "Journey"}).status_code == 302
    album.refresh_from_db()
    assert album.name == "Journey"
    client.post(reverse("admin:galleries_album_delete", args=[album.pk]), {"post": "yes"})
    assert [row.name for row in full_gallery.albums.all()] == ["Taken"]
    assert full_gallery.photos.count() == 4


def test_a_deleted_gallery_leaves_no_file(
    full_gallery: Gallery,
    moderator: User,
    signed_in: Callable[[User], Client],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    address = reverse("admin:galleries_gallery_delete", args=[full_gallery.pk])
    client = signed_in(moderator)
    client.post(address, {"post": "yes"})
    assert client.get(changelist("gallery")).context["cl"].result_count == 0
    assert client.get(changelist("photo")).context["cl"].result_count == 0
    with django_capture_on_commit_callbacks(execute=True):
        tasks.remove_galleries()
    assert not Gallery.objects.exists()
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_nobody_but_staff_enters(alice: User, signed_in: Callable[[User], Client]) -> None:
    assert signed_in(alice).get(reverse("admin:index"), follow=True).status_code == 404


def test_the_admin_has_no_sign_in_of_its_own(moderator: User) -> None:
    client = Client()
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("sign-in"))
    credentials = {"username": "moderator", "password": "moderator's password"}
    answer = client.post(answer.redirect_chain[-1][0], credentials, follow=True)
    assert answer.redirect_chain == [(reverse("admin:index"), 302)]
    assert client.get(reverse("admin:login"), follow=True).status_code == 200


def test_the_password_of_a_new_account_is_used_once(
    outsider: User, signed_in: Callable[[User], Client]
) -> None:
    new = "given by the outsider"
    account = {"username": "carol", "usable_password": "true", "password1": new, "password2": new}
    signed_in(outsider).post(reverse("admin:accounts_user_add"), account)
    carol = User.objects.get(username="carol")
    assert carol.check_password(new)
    assert carol.password_is_temporary


def test_a_password_given_by_an_administrator_is_used_once_and_signs_devices_out(
    moderator: User, alice: User, signed_in: Callable[[User], Client]
) -> None:
    ApiToken.objects.create(alice, device="phone")
    address = reverse("admin:auth_user_password_change", args=[alice.pk])
    new = "given by the moderator"
    signed_in(moderator).post(address, {"password1": new, "password2": new})
    alice.refresh_from_db()
    assert alice.check_password(new)
    assert alice.password_is_temporary
    assert not ApiToken.objects.exists()
