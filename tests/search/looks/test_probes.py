"""What a picture becomes when its likes are looked for, and whose it is."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import User
from galleries.models import Gallery, Photo, SceneModel
from search.kept_pictures import KEPT_PICTURES
from search.looks import probes
from tests.drawings import draw
from tests.phone_pictures import on_its_side
from tests.phones import phone_of
from tests.search.look_pages import SignedIn


def test_a_probe_is_its_users_alone_through_every_door(
    photos: list[Photo], alice: User, bob: User, signed_in: SignedIn
) -> None:
    probe = probes.look_at(draw("red"), alice)
    client, phone = signed_in(bob), phone_of(bob)

    for name in ("looks-answer", "looks-csv", "looks-zip", "looks-faces"):
        assert client.get(reverse(name, args=[probe.token])).status_code == 410
    assert client.post(reverse("looks-part", args=[probe.token])).status_code == 410
    for form in ("matches", "matches.csv", "matches.zip"):
        assert phone.get(f"/api/v1/looks/{probe.token}/{form}").status_code == 404
    assert phone.ask("post", f"/looks/{probe.token}/part", left=0)[0] == 404


def test_a_probe_of_a_photo_ends_with_the_sight_of_it(
    photos: list[Photo], gallery: Gallery, bob: User, signed_in: SignedIn
) -> None:
    probe = probes.from_photo(photos[0], bob)
    part = probes.part_of(probe, photos[0].faces.get().box, bob)
    gallery.memberships.filter(user=bob).delete()

    assert probes.recall(probe.token, bob) is None
    assert probes.recall(part.token, bob) is None


def test_another_default_model_compares_by_colours_and_never_across_models(
    photos: list[Photo], alice: User
) -> None:
    probe = probes.look_at(draw("red"), alice)
    other = SceneModel.objects.create(key="other-1", backbone="other", dimensions=1280)
    other.make_default()

    assert probe.example.scene is None


def test_a_turned_picture_is_looked_at_upright(photos: list[Photo], alice: User) -> None:
    picture = draw("red", "blue")
    upright = probes.look_at(picture, alice)

    probe = probes.look_at(on_its_side(picture), alice)

    assert (probe.width, probe.height) == (upright.width, upright.height)
    assert probe.colours == pytest.approx(upright.colours, abs=0.02)


def test_copies_of_the_last_pictures_only_are_kept(photos: list[Photo], alice: User) -> None:
    tokens = [probes.look_at(draw("red"), alice).token for _ in range(KEPT_PICTURES + 2)]
    kept = [token for token in tokens if cache.get(f"look-picture:{alice.pk}:{token}")]
    assert kept == tokens[2:]
