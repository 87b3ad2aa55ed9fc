"""The bench of searches: what it stores is what is searched, and what it says is what was found."""

import numpy as np
import pytest

from faceengine.bench.crowd import Spread
from galleries.models import Face, FaceVector, Gallery, ModelVersion, Photo
from search.bench import speed
from search.bench.archive import Archive, fill

pytestmark = pytest.mark.django_db
FACES, PROBES = 2000, 5


@pytest.fixture
def archive(model: ModelVersion) -> Archive:
    """People who differ in half of the directions, and whose pictures differ a little."""
    dimensions = model.dimensions
    between = np.diag(np.arange(dimensions) < dimensions // 2).astype(np.float32)
    within = 0.05 * np.eye(dimensions, dtype=np.float32)
    return fill(model, Spread(np.zeros(dimensions, np.float32), between, within), FACES, PROBES)


def test_every_face_lies_in_its_gallery_with_its_vector(archive: Archive) -> None:
    assert Photo.objects.count() == Face.objects.count() == FACES
    counts = [Face.objects.filter(gallery=gallery).count() for gallery in Gallery.objects.all()]
    assert sorted(counts) == [20, 200, 1780]
    for number in (0, 777, FACES - 1):
        row = FaceVector.objects.select_related("face").get(face=archive.first_face + number)
        assert row.gallery_id == row.face.gallery_id == archive.galleries[number]
        stored = np.array(row.vector, np.float32)
        assert stored == pytest.approx(archive.vectors[number], abs=1e-3)


def test_the_report_names_the_share_that_was_found(archive: Archive) -> None:
    for view in speed.views(archive):
        lines = {line.measure: line for line in speed.measure_view(view, {})}
        recall = next(line for name, line in lines.items() if "ten nearest, recall" in name)
        assert recall.value == 1.0
        assert recall.ok


def test_a_peer_that_finds_nothing_is_said_to(archive: Archive) -> None:
    *_, whole = speed.views(archive)
    lines = list(speed.measure_view(whole, {"Nothing": lambda probe: []}))
    (peer,) = (line for line in lines if line.peer)
    assert "recall 0.000" in peer.peer


def test_a_person_with_hundreds_of_photos_is_found_whole(archive: Archive) -> None:
    *_, whole = speed.views(archive)
    first_page, recall = speed.measure_one_person(whole)
    assert "200 of 2,000" in first_page.measure
    assert recall.value == 1.0
