"""The review's bench counts what a truthful user would have to answer."""

import numpy as np
import pytest

from galleries.bench.labelled import Labelled
from galleries.bench.review import fill, measure_review, measure_waiting, name_by_photo
from galleries.models import Face, ModelVersion, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def labelled(model: ModelVersion) -> Labelled:
    """Three who have four faces each, all the same, and one who has one."""
    people = [*("Ann", "Ben", "Cem") * 4, "Dov"]
    numbers = [sorted(set(people)).index(person) for person in people]
    vectors = np.eye(model.dimensions, dtype=np.float32)[numbers]
    return Labelled(vectors, people, [0.9] * len(people), [""] * len(people))


def test_the_queue_takes_one_answer_a_group_and_names_nobody_in_vain(labelled: Labelled) -> None:
    lines = [line for line in measure_review(labelled) if line.unit == "answers"]
    assert [(line.value, line.peer_value) for line in lines] == [(3, 4), (3, 13)]


def test_whoever_has_a_wrong_name_is_not_right(labelled: Labelled) -> None:
    truth = fill(labelled)
    assert truth.count_right() == 1
    Person.objects.update(name="Ann")
    assert truth.count_right() == 5
    for face in Face.objects.exclude(person=None).select_related("person"):
        if face.person and face.person.name != truth.names[face.pk]:
            Person.objects.filter(pk=face.person.pk).update(name="")
    name_by_photo(truth, Face.objects.filter(person__name="").select_related("person")[0])
    assert truth.count_right() == 9


def test_groups_are_compared_with_the_folders_and_who_waits_is_a_group_of_one(
    labelled: Labelled,
) -> None:
    truth = fill(labelled)
    assert truth.agreement().f == 1
    Face.objects.filter(person=Person.objects.earliest("pk")).update(person=None)
    agreement = truth.agreement()
    assert agreement.precision == 1
    # of 13 faces four have found one of four
    assert agreement.recall == pytest.approx((9 + 4 / 4) / 13)


def test_answers_are_timed_through_the_page(model: ModelVersion) -> None:
    lines = measure_waiting(1000)
    assert {line.unit for line in lines} == {"ms"}
    assert all(line.value for line in lines)
