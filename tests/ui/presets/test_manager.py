from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt, QUrl
from PyQt6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from pedcam.detect import library
from pedcam.detect.presets import Preset
from pedcam.ui.base.message_bar import MessageBar
from pedcam.ui.base.messages import Messages
from pedcam.ui.presets.manager import PresetDialog
from pedcam.ui.presets.selection import PresetSelection
from tests.factories import fake_preset


@pytest.fixture
def own(tmp_path: Path, presets: Sequence[Preset], monkeypatch: pytest.MonkeyPatch) -> Preset:
    """A preset in the user's own folder."""
    folder = tmp_path / "models"
    monkeypatch.setattr(library, "user_models_folder", lambda: folder)
    info = replace(presets[0].info, name="own", title="My own")
    return Preset(folder / "own.onnx", 950, info)


@pytest.fixture
def choice(presets: Sequence[Preset], own: Preset) -> PresetSelection:
    return PresetSelection([*presets, own], "half")


@pytest.fixture
def opened() -> list[QUrl]:
    return []


@pytest.fixture
def dialog(qtbot: QtBot, choice: PresetSelection, opened: list[QUrl]) -> PresetDialog:
    made = PresetDialog(choice, open_url=opened.append)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def entries(dialog: PresetDialog) -> list[str]:
    items = [dialog.list.item(row) for row in range(dialog.list.count())]
    return [item.text() for item in items if item is not None]


def test_presets_are_listed_and_the_chosen_one_shown(dialog: PresetDialog) -> None:
    assert entries(dialog) == [
        "Title of float\n1.2 MB",
        "Title of half\n1.2 MB",
        "Title of full\n1.2 MB",
        "My own\n950 bytes",
    ]
    assert dialog.current is not None
    assert dialog.current.name == "half"
    assert dialog.details.title.text() == "Title of half"


def test_a_preset_is_listed_once_for_all_its_sizes(qtbot: QtBot) -> None:
    sized = fake_preset("net-19", 19, sizes={(96, 64): None})
    dialog = PresetDialog(PresetSelection([fake_preset("net-00"), sized], "net-19@96x64"))
    qtbot.addWidget(dialog)
    assert dialog.list.count() == 2
    assert dialog.current is sized


def test_another_one_is_shown(qtbot: QtBot, dialog: PresetDialog) -> None:
    dialog.list.setFocus()
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    assert dialog.details.title.text() == "Title of full"


def test_only_own_presets_can_be_removed(dialog: PresetDialog) -> None:
    assert not dialog.remove.isEnabled()
    assert "your own folder" in dialog.remove.toolTip()
    dialog.list.setCurrentRow(3)
    assert dialog.remove.isEnabled()
    assert "trash" in dialog.remove.toolTip()


@pytest.mark.parametrize(
    "answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.Cancel]
)
def test_removing_asks_first(
    dialog: PresetDialog,
    own: Preset,
    monkeypatch: pytest.MonkeyPatch,
    answer: QMessageBox.StandardButton,
) -> None:
    asked: list[str] = []
    wanted: list[Preset] = []

    def question(parent: object, title: str, words: str, *args: object) -> object:
        asked.append(words)
        return answer

    monkeypatch.setattr(QMessageBox, "question", question)
    dialog.remove_wanted.connect(wanted.append)
    dialog.list.setCurrentRow(3)
    dialog.remove.click()
    assert len(asked) == 1
    assert "My own" in asked[0]
    assert str(own.path) in asked[0]
    assert wanted == ([own] if answer == QMessageBox.StandardButton.Yes else [])
    # The dialog itself removes nothing.
    assert dialog.list.count() == 4


@pytest.mark.parametrize("paths", [["/a/one.onnx", "/b/two.onnx"], []])
def test_importing(dialog: PresetDialog, monkeypatch: pytest.MonkeyPatch, paths: list[str]) -> None:
    wanted: list[list[Path]] = []
    dialog.import_wanted.connect(wanted.append)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: (paths, ""))
    dialog.import_.click()
    assert wanted == ([[Path(path) for path in paths]] if paths else [])


def test_what_is_shown_stays_while_presets_come_and_go(
    dialog: PresetDialog, choice: PresetSelection, own: Preset, presets: Sequence[Preset]
) -> None:
    dialog.list.setCurrentRow(3)
    new = replace(own, info=replace(own.info, name="new", title="New"))
    choice.set_presets([new, *presets, own])
    assert entries(dialog)[0] == "New\n950 bytes"
    assert dialog.list.currentRow() == 4
    assert dialog.details.title.text() == "My own"
    choice.set_presets(presets)
    assert dialog.details.title.text() == "Title of float"
    choice.set_presets([])
    assert dialog.current is None
    assert not dialog.details.isVisible()
    assert not dialog.remove.isEnabled()


def test_a_preset_that_cannot_run_says_why(dialog: PresetDialog, choice: PresetSelection) -> None:
    def tip(row: int) -> str:
        item = dialog.list.item(row)
        assert item is not None
        return item.toolTip()

    assert tip(2) == "28 of 28 layers binary"
    choice.mark_failed("full", "Preset full cannot be run.")
    assert tip(2) == "Preset full cannot be run."


def test_the_way_back_is_escape(qtbot: QtBot, dialog: PresetDialog) -> None:
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_the_folder_is_opened(dialog: PresetDialog, opened: list[QUrl], own: Preset) -> None:
    dialog.list.setCurrentRow(3)
    dialog.details.folder.click()
    assert [Path(url.toLocalFile()) for url in opened] == [own.path.parent]


def test_what_goes_wrong_is_read_in_the_dialog(qtbot: QtBot, choice: PresetSelection) -> None:
    messages = Messages()
    dialog = PresetDialog(choice, messages=messages)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    (bar,) = dialog.findChildren(MessageBar)
    assert not bar.isVisible()
    messages.post("Preset bad.onnx is not readable.")
    assert bar.isVisible()
    assert bar.text() == "Preset bad.onnx is not readable."
    qtbot.mouseClick(bar.dismiss, Qt.MouseButton.LeftButton)
    assert messages.current is None
    assert not bar.isVisible()


@pytest.mark.parametrize("message", ["", "Preset bad.onnx is not readable."])
def test_return_closes_it(qtbot: QtBot, choice: PresetSelection, message: str) -> None:
    messages = Messages()
    dialog = PresetDialog(choice, messages=messages)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    if message:
        messages.post(message)
    # And does not copy the message.
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog.list, Qt.Key.Key_Return)


def test_nothing_of_a_dialog_that_is_gone_is_told(qtbot: QtBot, choice: PresetSelection) -> None:
    messages = Messages()
    dialog = PresetDialog(choice, messages=messages)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()
    messages.post("Preset bad.onnx is not readable.")
    assert messages.count == 1


def test_a_dialog_that_is_gone_is_not_told(
    qtbot: QtBot, choice: PresetSelection, presets: Sequence[Preset]
) -> None:
    dialog = PresetDialog(choice)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.close()
    choice.set_presets(presets[:1])
    assert choice.selected == "float"


def test_names_of_strangers_are_no_markup(
    dialog: PresetDialog, choice: PresetSelection, own: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def question(parent: object, title: str, words: str, *args: object) -> object:
        asked.append(words)
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "question", question)
    odd = replace(own, info=replace(own.info, title="<b>Best</b>"))
    choice.set_presets([odd])
    choice.mark_failed("own", "Preset <i>own</i> cannot be run.")
    item = dialog.list.item(0)
    assert item is not None
    assert "&lt;i&gt;own" in item.toolTip()
    dialog.remove.click()
    assert "&lt;b&gt;Best" in asked[0]


@pytest.mark.parametrize("title", ["My own", "A title of many words. " * 8])
def test_it_fits_a_small_screen(
    qtbot: QtBot, dialog: PresetDialog, choice: PresetSelection, own: Preset, title: str
) -> None:
    path = own.path.parent.joinpath(*["a folder with a name"] * 6, "own.onnx")
    choice.set_presets([replace(own, path=path, info=replace(own.info, title=title))])
    # What a screen of 1024 x 640 leaves with the bars of the system.
    dialog.resize(1000, 580)
    qtbot.waitUntil(lambda: (dialog.width(), dialog.height()) == (1000, 580))
