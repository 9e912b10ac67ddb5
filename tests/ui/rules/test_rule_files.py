from pathlib import Path

import pytest
from PyQt6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from pedcam.rules.rules_file import RuleSet, read_rules, write_rules
from pedcam.ui.rules.rule_files import RuleFiles
from pedcam.ui.zones.state import Zones
from pedcam.video.people.counters import IgnoredZone, Line, Zone
from pedcam.video.people.rules import Action, Crosses, Rule, Stays
from tests.ui.wired import Answers

SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
RULES = RuleSet(
    (Line("Gate", (0.1, 0.5), (0.9, 0.5)),),
    (Zone("Door", SQUARE),),
    (IgnoredZone("Poster", SQUARE, blacked_out=True),),
    (
        Rule("Loitering", Stays(30.0), zone="Door", then=frozenset({Action.NOTIFY})),
        Rule("Way in", Crosses("in"), zone="Gate"),
    ),
)


@pytest.fixture
def zones() -> Zones:
    made = Zones()
    made.begin()
    return made


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def files(qtbot: QtBot, zones: Zones) -> RuleFiles:
    return RuleFiles(zones)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "rules.yaml"
    write_rules(made, RULES)
    return made


def held(zones: Zones) -> RuleSet:
    return RuleSet(zones.lines, zones.zones, zones.ignored, zones.rules)


def test_what_is_exported_is_imported_again(
    qtbot: QtBot, files: RuleFiles, zones: Zones, parent: QWidget, path: Path, tmp_path: Path
) -> None:
    files.read(path, parent)
    qtbot.waitUntil(lambda: held(zones) == RULES)
    copy = tmp_path / "copy.yaml"
    with qtbot.waitSignal(files.saved) as saved:
        files.write(copy)
    assert saved.args == [copy]
    assert read_rules(copy) == RULES


def test_what_was_there_is_replaced_after_asking_and_comes_back_in_one_step(
    qtbot: QtBot, files: RuleFiles, zones: Zones, parent: QWidget, path: Path, answers: Answers
) -> None:
    answers.answer = QMessageBox.StandardButton.Ok
    zones.add_line((0.1, 0.1), (0.9, 0.1))
    zones.add_rule(Rule("Crossing", Crosses(), zone="Line 1"))
    before = zones.all
    files.read(path, parent)
    qtbot.waitUntil(lambda: held(zones) == RULES)
    assert answers.asked == [parent]
    assert "The 1 line or zone and 1 rule of this source" in answers.words[0]
    assert "rules.yaml" in answers.words[0]
    zones.undo()
    assert zones.all == before


def test_who_cancels_keeps_everything(
    qtbot: QtBot, files: RuleFiles, zones: Zones, parent: QWidget, path: Path, answers: Answers
) -> None:
    zones.add_line((0.1, 0.1), (0.9, 0.1))
    before = zones.all
    files.read(path, parent)
    qtbot.waitUntil(lambda: bool(answers.asked))
    assert zones.all == before


def test_a_malformed_file_is_refused_with_line_and_reason(
    qtbot: QtBot, files: RuleFiles, zones: Zones, parent: QWidget, tmp_path: Path
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("rules:\n  - name: Loitering\n    when: {stays: forever}\n")
    with qtbot.waitSignal(files.failed) as failed:
        files.read(path, parent)
    assert "bad.yaml, line 3" in failed.args[0]
    assert "forever" in failed.args[0]
    assert not zones.can_undo


def test_a_zone_that_cannot_be_drawn_is_refused(
    qtbot: QtBot, files: RuleFiles, zones: Zones, parent: QWidget, tmp_path: Path
) -> None:
    path = tmp_path / "small.yaml"
    write_rules(path, RuleSet(zones=(Zone("Dot", ((0.5, 0.5), (0.51, 0.5), (0.5, 0.51))),)))
    with qtbot.waitSignal(files.failed) as failed:
        files.read(path, parent)
    assert "small.yaml cannot be imported: This zone is too small." in failed.args[0]
    assert zones.shapes == ()


def test_without_a_source_nothing_is_imported(
    qtbot: QtBot, files: RuleFiles, zones: Zones, parent: QWidget, path: Path
) -> None:
    zones.close()
    with qtbot.waitSignal(files.failed) as failed:
        files.read(path, parent)
    assert "Open one" in failed.args[0]
    assert zones.shapes == ()


def test_where_nothing_can_be_written_it_says_so(
    qtbot: QtBot, files: RuleFiles, tmp_path: Path
) -> None:
    with qtbot.waitSignal(files.failed) as failed:
        files.write(tmp_path / "nowhere" / "rules.yaml")
    assert "nowhere" in failed.args[0]


@pytest.mark.parametrize(
    ("ask", "name", "endings"),
    [("ask_import", "read", "*.yaml *.yml"), ("ask_export", "write", "*.yaml")],
)
def test_the_file_is_chosen_in_a_dialog(
    qtbot: QtBot, zones: Zones, parent: QWidget, path: Path, monkeypatch: pytest.MonkeyPatch,
    ask: str, name: str, endings: str,
) -> None:  # fmt: skip
    chosen: list[Path] = []
    monkeypatch.setattr(RuleFiles, name, lambda self, path, *parents: chosen.append(path))
    files = RuleFiles(zones)
    getattr(files, ask)(parent)
    dialog = parent.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.nameFilters()[0] == f"Zones and rules ({endings})"
    dialog.fileSelected.emit(str(path))
    dialog.close()
    assert chosen == [path]
