"""The curves of an evaluation."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.errors import UserError
from pedcam.measure.accuracy import curves
from pedcam.measure.accuracy.curves import SUFFIXES, draw_curves
from pedcam.measure.accuracy.matching import Matches
from pedcam.measure.options import check_picture_file

Figure = pytest.importorskip("matplotlib.figure").Figure


def matches(scores: list[float], true: list[int], people: int, images: int = 10) -> Matches:
    return Matches(np.array(scores, np.float32), np.array(true, bool), people, images)


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Draw, and return the axes of what was drawn."""

    def draw(measured: dict[str, Matches]):
        kept = []
        save = Figure.savefig
        with monkeypatch.context() as patch:
            patch.setattr(
                Figure, "savefig", lambda self, *a, **kw: (kept.append(self), save(self, *a, **kw))
            )
            draw_curves(measured, "a set", tmp_path / "curves.png")
        assert cv2.imread(str(tmp_path / "curves.png")) is not None
        return kept[0].axes

    return draw


def labels_of(axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_points_and_legend(drawing) -> None:
    half = matches([0.9, 0.8, 0.7], [1, 0, 1], people=4)
    left, right = drawing({"worse": half, "better": matches([0.9], [1], people=1)})
    # Best first, as in the papers.
    assert [text.split() for text in labels_of(left)] == [
        ["0.0", "%", "better"],
        # 3/4 missed below 0.1 false alarms per image, half from there on: (.75^4 * .5^5)^(1/9).
        ["59.9", "%", "worse"],
    ]
    assert [text.split()[0] for text in labels_of(right)] == ["100.0", "42.2"]
    fppi, missed = left.get_lines()[1].get_data()
    assert fppi[1:] == pytest.approx([curves.FPPI_RANGE[0], 0.1, 0.1])
    assert missed == pytest.approx([1, 0.75, 0.75, 0.5])
    assert left.get_xscale() == left.get_yscale() == "log"
    recall, precision = right.get_lines()[1].get_data()
    assert recall == pytest.approx([0.25, 0.25, 0.5])
    assert precision == pytest.approx([1, 1 / 2, 2 / 3])


def test_odd_names_and_empty_curves_are_drawn(drawing) -> None:
    nothing = matches([], [], people=3)
    left, _ = drawing({"$_{x$": nothing, "_hidden": nothing, "wrong": matches([0.5], [0], 3)})
    assert [text.split("%  ")[1] for text in labels_of(left)] == [r"\$_{x\$", "_hidden", "wrong"]


@pytest.mark.parametrize("name", ["a.svg", "b.png"])
def test_a_chart_is_written_whole_or_not_at_all(tmp_path: Path, name: str) -> None:
    found = {"one": matches([0.9], [1], people=2)}
    draw_curves(found, "a set", tmp_path / name)
    assert [one.name for one in tmp_path.iterdir()] == [name]
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        check_picture_file(tmp_path / "folder.png", SUFFIXES)
    with pytest.raises(UserError, match="cannot be written"):
        draw_curves(found, "a set", tmp_path / "folder.png")
    assert sorted(one.name for one in tmp_path.iterdir()) == [name, "folder.png"]


def test_many_detectors_have_colours_of_their_own(drawing) -> None:
    many = {f"preset {index:02}": matches([0.9], [1], people=2) for index in range(14)}
    left, right = drawing(many)
    looks = {(line.get_color(), line.get_linestyle()) for line in left.get_lines()}
    assert len(looks) == 14
    assert looks == {(line.get_color(), line.get_linestyle()) for line in right.get_lines()}
