from pathlib import Path

import numpy as np
import pytest

from faceengine.command_line import Measure
from faceengine.evaluation import progress
from faceengine.evaluation.answers import Answer
from faceengine.evaluation.pairs import PairCounts
from faceengine.evaluation.plots import draw_rejection, draw_roc, draw_scores, save_plots
from faceengine.evaluation.rejection import RejectionCurve
from faceengine.evaluation.table import print_table
from faceengine.evaluation.terminal import print_plots


def answered(apart: float, impostors: int = 3000) -> Answer:
    random = np.random.default_rng(0)
    counts = PairCounts.of(
        np.clip(random.normal(apart, 0.1, 1000), -1, 1), random.normal(0, 0.1, impostors)
    )
    curves = [
        RejectionCurve(rate, misses=[0.2, 0.1 * apart], pairs=[10, 9]) for rate in (1e-3, 1e-4)
    ]
    return Answer([], counts, curves)


@pytest.fixture
def answers() -> dict[str, Answer]:
    return {"good": answered(0.8), "bad": answered(0.2)}


def test_the_roc_shows_every_pack_as_far_as_its_pairs_tell(answers: dict[str, Answer]) -> None:
    (axes,) = draw_roc(answers).axes
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "false-match rate"
    assert axes.get_ylabel() == "share of genuine pairs accepted"
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["good", "bad"]
    good, bad = (np.asarray(line.get_ydata()) for line in axes.get_lines())
    assert good.min() > 0.99
    assert bad.min() < 0.5
    assert min(np.asarray(axes.get_lines()[0].get_xdata())) >= 3 / 3000


def test_scores_and_rejection_have_a_panel_each(answers: dict[str, Answer]) -> None:
    panels = draw_scores(answers).axes
    assert [axes.get_title() for axes in panels] == ["good", "bad"]
    assert panels[-1].get_xlabel() == "cosine similarity"
    strict, wide = draw_rejection(answers).axes
    assert "1e-04" in strict.get_title()
    assert "1e-03" in wide.get_title()
    assert [line.get_label() for line in strict.get_lines()] == ["good", "bad"]
    assert np.asarray(strict.get_lines()[0].get_xdata()).tolist() == [0, 5]


def test_plots_are_written_where_they_belong(answers: dict[str, Answer], tmp_path: Path) -> None:
    files = save_plots(answers, tmp_path / "plots")
    assert [file.name for file in files] == ["roc.png", "scores.png", "quality.png"]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)


def test_a_terminal_shows_the_better_pack_above(
    answers: dict[str, Answer], capsys: pytest.CaptureFixture[str]
) -> None:
    print_plots(answers)
    lines = capsys.readouterr().out.splitlines()
    (top,) = (line for line in lines if line.startswith("  1.00 │"))
    assert top.count("●") > 20
    assert any("○" in line and "●" not in line for line in lines)
    assert "● good   ○ bad" in "\n".join(lines)
    first, last = (line.split("│") for line in lines[-16:][::15])
    assert "▒" in first[1]
    assert "█" not in first[2]
    assert "█" in last[2]


@pytest.mark.parametrize("impostors", [1, 2])
def test_two_pairs_can_be_plotted_too(
    impostors: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = {"few": answered(0.8, impostors)}
    save_plots(few, tmp_path)
    print_plots(few)
    assert "● few" in capsys.readouterr().out


def test_the_table_says_once_why_something_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gap = "too few"
    print_table(
        {
            "one": [Measure("a", 0.25, "share"), Measure("b", 1234567, "pairs")],
            "two": [
                Measure("a", None, "share", why=gap),
                Measure("b", None, "pairs", why=gap),
                Measure("c", 0.5, "share", peer="dlib", peer_value=0.25),
            ],
        }
    )
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["measure", "unit", "one", "two"],
        ["a", "share", "0.2500", "-"],
        ["b", "pairs", "1,234,567", "-"],
        ["c", "(dlib)", "share", "-", "0.5000", "(0.2500)"],
        ["two:", "too", "few:", "a,", "b."],
    ]


@pytest.mark.parametrize(("seconds", "lines"), [(0, "open: 1 of 9 photos\n"), (1000, "")])
def test_progress_in_a_log_is_a_line_now_and_then(
    seconds: int, lines: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", seconds)
    with progress.show_progress("open") as tell:
        tell(1, 9)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", lines)
