"""Three parts that share nothing which would give the answer away."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from faceengine.training.splitting import Split, group_events, group_looks, split_examples


def deal(labels: list[int], looks: list[int], events: list[int], seed: int = 0) -> Split:
    one, two, three = (np.array(column, np.int64) for column in (labels, looks, events))
    return split_examples(one, two, three, seed)


examples = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(0, 12)), min_size=1, max_size=80
)


@given(rows=examples, seed=st.integers(0, 5))
def test_every_example_is_in_one_part_and_every_class_is_learnt(
    rows: list[tuple[int, int, int]], seed: int
) -> None:
    labels, looks, events = (list(column) for column in zip(*rows, strict=True))
    split = deal(labels, looks, events, seed)
    dealt = np.concatenate(list(split.parts.values()))
    assert sorted(dealt.tolist()) == list(range(len(rows)))
    assert {labels[place] for place in split.training} == set(labels)


@given(rows=examples, seed=st.integers(0, 5))
def test_near_duplicates_are_never_in_two_parts(
    rows: list[tuple[int, int, int]], seed: int
) -> None:
    labels, looks, events = (list(column) for column in zip(*rows, strict=True))
    split = deal(labels, looks, events, seed)
    seen = [{looks[place] for place in part} for part in split.parts.values()]
    assert sum(len(part) for part in seen) == len(set().union(*seen))


@given(rows=examples, seed=st.integers(0, 5))
def test_an_event_of_a_class_is_in_one_part_unless_the_class_has_no_other(
    rows: list[tuple[int, int, int]], seed: int
) -> None:
    labels, looks, _ = (list(column) for column in zip(*rows, strict=True))
    # as `group_events` numbers them: no two classes share one
    events = [100 * label + event for label, _, event in rows]
    split = deal(labels, looks, events, seed)
    for one, part in enumerate(split.parts.values()):
        for other in list(split.parts.values())[one + 1 :]:
            both = {events[place] for place in part} & {events[place] for place in other}
            assert {event // 100 for event in both} <= set(split.relaxed)


def test_the_shares_are_met_over_all_classes() -> None:
    labels = [label for label in range(40) for _ in range(6)]
    own = list(range(len(labels)))
    split = deal(labels, own, own)
    shares = [len(part) / len(labels) for part in split.parts.values()]
    assert np.allclose(shares, (0.8, 0.15, 0.05), atol=0.01)


def test_a_seed_gives_the_same_parts_and_another_gives_others() -> None:
    labels = [label for label in range(10) for _ in range(9)]
    own = list(range(len(labels)))
    first, again, other = (deal(labels, own, own, seed).test.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_hashes_that_differ_in_few_bits_are_one_group_by_a_chain() -> None:
    hashes = np.array([0, 0b111, 0b111111, 2**63 + 2**40 - 1], np.uint64)
    groups = group_looks(hashes, 3)
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_photos_of_a_class_within_hours_are_one_event() -> None:
    noon = datetime(2024, 6, 1, 12, tzinfo=UTC)
    taken = [noon, noon + timedelta(hours=2), noon + timedelta(hours=9), noon, None, None]
    events = group_events(np.array([0, 0, 0, 1, 0, 0]), taken)
    assert events[0] == events[1]
    assert len(set(events.tolist())) == 5
