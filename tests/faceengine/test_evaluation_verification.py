from pathlib import Path

import numpy as np
import pytest

from faceengine.evaluation.gathering import EvaluationError, Gathered
from faceengine.evaluation.pair_files import Pair, read_pairs
from faceengine.evaluation.verification import Scored, measure_verification, score


def scored(
    genuine: list[float], impostor: list[float], without: tuple[int, int] = (0, 0)
) -> Scored:
    """Ten folds; `without` says how many pairs of each kind have no vector."""
    nothing = [float("nan")]
    parts = (genuine + nothing * without[0], impostor + nothing * without[1])
    return Scored(
        similarities=np.array(parts[0] + parts[1], np.float32),
        is_genuine=np.repeat([True, False], [len(part) for part in parts]),
        folds=np.concatenate([np.arange(len(part)) % 10 for part in parts]),
    )


def values(pairs: Scored) -> dict[str, float | None]:
    return {measure.measure: measure.value for measure in measure_verification(pairs)}


def test_pairs_that_a_threshold_divides_are_all_right() -> None:
    found = values(scored([0.6] * 50, [0.1] * 50))
    assert found["accuracy"] == 1
    assert found["accuracy, standard deviation of folds"] == 0
    assert found["equal error rate"] == 0
    assert found["threshold, mean of folds"] == pytest.approx(0.35, abs=0.01)


def test_a_fold_is_judged_by_the_others() -> None:
    # in fold 0 all similarities are shifted: its own best threshold would judge it rightly
    genuine = [0.2 if index % 10 == 0 else 0.8 for index in range(100)]
    impostor = [-0.1 if index % 10 == 0 else 0.3 for index in range(100)]
    found = values(scored(genuine, impostor))
    assert found["accuracy"] == pytest.approx(0.9 + 0.1 * 0.5)
    assert found["accuracy, standard deviation of folds"] == pytest.approx(0.15)


def test_a_pair_without_a_face_is_an_error_and_is_never_accepted() -> None:
    whole, with_gaps = scored([0.6] * 90, [0.1] * 90), scored([0.6] * 90, [0.1] * 90, (10, 10))
    assert values(whole)["accuracy"] == 1
    found = values(with_gaps)
    assert found["pairs without a face"] == 20
    assert found["accuracy"] == pytest.approx(0.9)
    counts = with_gaps.counts()
    assert counts.accepted(0.5) == pytest.approx(0.9)
    assert counts.impostor.sum() == 100


def test_scores_belong_to_their_pairs() -> None:
    photos = [Path(name) for name in "abcd"]
    angles = np.radians([0, 60, 90, 90])
    gathered = Gathered(
        embeddings=np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32),
        qualities=np.ones(4, np.float32),
        photos=photos,
        faceless=[],
        unreadable=[],
        seconds=1.0,
    )
    a, b, c, d = photos
    some = [
        Pair(a, b, is_genuine=True, fold=3),
        Pair(c, d, is_genuine=False, fold=4),
        Pair(a, Path("lost"), is_genuine=True, fold=5),
    ]
    more = [Pair(a, c, is_genuine=same, fold=0) for same in (True, False) for _ in range(10)]
    result = score([*some, *more], gathered)
    assert result.similarities[:2] == pytest.approx([0.5, 1.0])
    assert np.isnan(result.similarities[2])
    assert result.folds[:3].tolist() == [3, 4, 5]
    with pytest.raises(EvaluationError, match="10 pairs or more of the same person"):
        score(some, gathered)


def test_lfw_s_own_file_is_read_with_its_folds(tmp_path: Path) -> None:
    lines = ["10\t2"]
    for fold in range(10):
        lines += [f"Ann_{fold}\t1\t4"] * 2 + [f"Ann_{fold}\t1\tBob\t12"] * 2
    (tmp_path / "pairs.txt").write_text("\n".join(lines) + "\n")
    pairs = read_pairs(tmp_path / "pairs.txt", tmp_path)
    assert [pair.fold for pair in pairs] == [fold for fold in range(10) for _ in range(4)]
    assert pairs[4] == Pair(
        tmp_path / "Ann_1/Ann_1_0001.jpg",
        tmp_path / "Ann_1/Ann_1_0004.jpg",
        is_genuine=True,
        fold=1,
    )
    assert pairs[7] == Pair(
        tmp_path / "Ann_1/Ann_1_0001.jpg", tmp_path / "Bob/Bob_0012.jpg", is_genuine=False, fold=1
    )


def test_pairs_without_folds_are_dealt_evenly(tmp_path: Path) -> None:
    file = tmp_path / "pairsDevTest.txt"
    file.write_text("20\n" + "Ann\t1\t2\n" * 20 + "Ann\t1\tBob\t1\n" * 20)
    pairs = read_pairs(file, tmp_path)
    for is_genuine in (True, False):
        folds = [pair.fold for pair in pairs if pair.is_genuine == is_genuine]
        assert np.bincount(folds).tolist() == [2] * 10


def test_a_single_fold_teaches_no_threshold_so_its_pairs_are_dealt(tmp_path: Path) -> None:
    lfw, table = tmp_path / "pairs.txt", tmp_path / "pairs.csv"
    lfw.write_text("1\t20\n" + "Ann\t1\t2\n" * 20 + "Ann\t1\tBob\t1\n" * 20)
    table.write_text("a,b,same,fold\n" + "a.jpg,b.jpg,1,3\n" * 20 + "a.jpg,c.jpg,0,3\n" * 20)
    for file in (lfw, table):
        folds = [pair.fold for pair in read_pairs(file, tmp_path)]
        assert np.bincount(folds).tolist() == [4] * 10


def test_the_mark_that_spreadsheets_put_first_is_no_part_of_a_name(tmp_path: Path) -> None:
    lfw, table = tmp_path / "pairs.txt", tmp_path / "pairs.csv"
    lfw.write_text("2\t1\nAnn\t1\t2\n", encoding="utf-8-sig")
    table.write_text("a,b,same\nAnn/Ann_0001.jpg,Ann/Ann_0002.jpg,1\n", encoding="utf-8-sig")
    assert read_pairs(lfw, tmp_path) == read_pairs(table, tmp_path)


def test_pairs_are_read_from_csv(tmp_path: Path) -> None:
    ours, deepface = tmp_path / "a.csv", tmp_path / "b.csv"
    ours.write_text("a,b,same,fold\nann/1.jpg,ann/2.jpg,1,7\nann/1.jpg,bob/1.png,0,8\n")
    deepface.write_text("file_x,file_y,Decision\nimg20.jpg,img21.jpg,Yes\nimg1.jpg,img2.jpg,No\n")
    one, two = read_pairs(ours, tmp_path)
    assert one == Pair(tmp_path / "ann/1.jpg", tmp_path / "ann/2.jpg", is_genuine=True, fold=7)
    assert two == Pair(tmp_path / "ann/1.jpg", tmp_path / "bob/1.png", is_genuine=False, fold=8)
    assert [pair.is_genuine for pair in read_pairs(deepface, tmp_path)] == [True, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10\t1\nAnn\t1\t2\nAnn\t1\n", "line 3: expected “name n1 n2”"),
        ("10\t1\nAnn\tone\t2\n", "line 2: expected “name n1 n2”"),
        ("a,b\nx,y\n", "expected the columns a, b and same, found a,b"),
        ("a,b,same\nx,y,maybe\n", "line 2: expected two paths and 1 or 0"),
        ("a,b,same\nx,y\n", "line 2: expected two paths and 1 or 0"),
    ],
)
def test_a_line_that_cannot_be_understood_is_named(
    text: str, expected: str, tmp_path: Path
) -> None:
    file = tmp_path / "pairs.txt"
    file.write_text(text)
    with pytest.raises(EvaluationError, match=expected):
        read_pairs(file, tmp_path)


def test_lists_and_folders_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"none\.txt cannot be read"):
        read_pairs(tmp_path / "none.txt", tmp_path)
    with pytest.raises(EvaluationError, match="There is no folder"):
        read_pairs(tmp_path / "none.txt", tmp_path / "none")


def test_a_quick_look_takes_from_every_fold(tmp_path: Path) -> None:
    file = tmp_path / "pairs.txt"
    file.write_text("500\n" + "Ann\t1\t2\n" * 500 + "Ann\t1\tBob\t1\n" * 500)
    pairs = read_pairs(file, tmp_path, is_quick=True)
    assert len(pairs) == 300
    assert {(pair.fold, pair.is_genuine) for pair in pairs} == {
        (fold, is_genuine) for fold in range(10) for is_genuine in (True, False)
    }
