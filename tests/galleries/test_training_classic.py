"""The classic way on a gallery's own pictures, beside the linear head."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from faceengine.pictures import to_webp
from faceengine.weights import WeightStore
from galleries.derivatives import crop_name
from galleries.models import Classifier, Face, Gallery, Person
from galleries.training import classic, versions, work
from tests.galleries.classifiers import FACES, add_person

State = Classifier.State


@pytest.fixture
def people(gallery: Gallery) -> list[Person]:
    """Each with crops of one colour."""
    people = [add_person(gallery, name, faces=8) for name in ("Ann", "Ben")]
    for place, person in enumerate(people):
        crop = np.full((96, 96, 3), 40, np.uint8)
        crop[..., place] = 220
        for face in Face.objects.of(person).select_related("photo"):
            default_storage.save(crop_name(face.photo, face.box), ContentFile(to_webp(crop, 96)))
    return people


@pytest.fixture
def without_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classic, "backbone_for_comparison", lambda: None)
    monkeypatch.setattr("galleries.views.training.backbone_for_comparison", lambda: None)


@pytest.mark.assets
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_both_ways_are_reported_side_by_side(
    people: list[Person],
    gallery: Gallery,
    assets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = WeightStore((assets / "models",), tmp_path)
    monkeypatch.setattr(classic, "weights", lambda: store)
    monkeypatch.setattr(classic, "SIDE", 96)
    monkeypatch.setattr(classic, "EPOCHS", (2, 1))
    missing = people[0].faces.select_related("photo")[0]
    default_storage.delete(crop_name(missing.photo, missing.box))
    classifier = versions.ask(gallery, FACES, None, is_compared=True)
    assert work.work_off()
    classifier.refresh_from_db()
    assert classifier.state == State.DONE, classifier.problem
    assert [way["way"] for way in classifier.figures["ways"]] == [
        "linear head",
        "mobilenet-v2, feature extraction",
        "mobilenet-v2, fine-tuning",
    ]
    phases = {point[0] for point in classifier.curve}
    assert {"feature extraction", "fine-tuning"} <= phases


@pytest.mark.usefixtures("without_weights")
def test_without_a_backbone_nobody_is_offered_a_comparison(
    people: list[Person], gallery: Gallery, alices: Client
) -> None:
    page = alices.get(reverse("training", args=[gallery.pk])).content.decode()
    assert "Compare with the classic way" not in page
    ask = reverse("training-ask", args=[gallery.pk])
    alices.post(ask, {"task": "faces", "compare": "on"})
    assert not Classifier.objects.get().is_compared


@pytest.mark.usefixtures("without_weights")
def test_a_backbone_that_went_missing_is_a_sentence(people: list[Person], gallery: Gallery) -> None:
    classifier = versions.ask(gallery, FACES, None, is_compared=True)
    work.work_off()
    classifier.refresh_from_db()
    assert classifier.state == State.FAILED
    assert "./run models" in classifier.problem


def test_the_pages_of_classifiers_do_not_load_tensorflow() -> None:
    code = (
        "import sys, django; django.setup(); import config.urls; "
        "sys.exit('tensorflow' in sys.modules or 'matplotlib' in sys.modules)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
