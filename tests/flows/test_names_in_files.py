"""Group photos that were tagged in another program come in: each name is on its face.

The boxes are not ours: they are those that `groups_composite` was annotated with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from accounts.models import User
from galleries import analysis, uploads
from galleries.models import AssignedBy, Face, Gallery, Person
from tests.regions import Rectangle, as_digikam, as_lightroom, as_picasa, put_in, turn_back

pytestmark = pytest.mark.assets

SIX, FIFTEEN = "group_001_6.jpg", "group_004_15.jpg"
Write = Callable[[Mapping[str, Rectangle]], bytes]


def people_in(groups: Path, name: str) -> dict[str, Rectangle]:
    """Who is where in a group, with boxes half as large again, as people draw them."""
    groups_in = {entry["file"]: entry for entry in json.loads((groups / "groups.json").read_text())}
    photo = groups_in[name]
    width, height = photo["width"], photo["height"]
    people = {}
    for face in photo["faces"]:
        left, top, right, bottom = face["box"]
        more_x, more_y = (right - left) / 4, (bottom - top) / 4
        people[face["person"].replace("_", " ")] = (
            (left - more_x) / width,
            (top - more_y) / height,
            (right - left + 2 * more_x) / width,
            (bottom - top + 2 * more_y) / height,
        )
    return people


def holds(box: Rectangle, face: Face) -> bool:
    (x, y), (left, top, width, height) = face.box.centre, box
    return left <= x <= left + width and top <= y <= top + height


@pytest.mark.parametrize(
    ("name", "write", "orientation", "is_turned"),
    [
        (SIX, as_digikam, 1, True),
        (SIX, as_picasa, 8, False),
        (FIFTEEN, as_lightroom, 6, True),
    ],
)
def test_each_name_is_on_the_face_that_it_was_written_for(
    gallery: Gallery,
    alice: User,
    assets: Path,
    name: str,
    write: Write,
    orientation: int,
    *,
    is_turned: bool,
) -> None:
    groups = assets / "faces" / "groups_composite"
    people = people_in(groups, name)
    written = {who: turn_back(box, orientation if is_turned else 1) for who, box in people.items()}
    with Image.open(groups / name) as picture:
        data = put_in(picture, write(written), orientation=orientation)

    uploads.add_photo(gallery, ContentFile(data, name), alice)
    while analysis.work_off(8):
        pass

    named = Face.objects.filter(assigned_by=AssignedBy.IMPORT).select_related("person")
    assert {face.person.name for face in named if face.person} == set(people)
    assert named.count() == Person.objects.count() == len(people)
    assert all(face.person and holds(people[face.person.name], face) for face in named)
    # people in the background have no name; and no face had to be added
    assert not Face.objects.filter(source=Face.Source.DRAWN).exists()
    assert Face.objects.waiting().count() < len(people)
