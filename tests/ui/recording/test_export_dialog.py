from collections.abc import Sequence
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt, QUrl

from pedcam.detect.presets import Preset
from pedcam.ui.presets.selection import PresetSelection
from pedcam.ui.recording.export import Export, ExportOptions
from pedcam.ui.recording.export_dialog import ExportDialog

FOLDER = Path("/videos")


@pytest.fixture
def export() -> Export:
    return Export()


@pytest.fixture
def choice(presets: Sequence[Preset]) -> PresetSelection:
    return PresetSelection(presets, "half")


@pytest.fixture
def opened() -> list[QUrl]:
    return []


@pytest.fixture
def dialog(qtbot, export, choice, opened) -> ExportDialog:
    made = ExportDialog(export, choice, FOLDER, open_url=opened.append)
    qtbot.addWidget(made)
    made.set_source("walk.mp4", exportable=True)
    made.show()
    return made


def test_what_is_chosen_is_asked_for(qtbot, dialog) -> None:
    dialog.table.setChecked(True)
    dialog.container.setCurrentIndex(1)
    dialog.blurred.setChecked(True)
    dialog.preset.setCurrentIndex(2)
    with qtbot.waitSignal(dialog.start_wanted) as wanted:
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert wanted.args == [ExportOptions(FOLDER, "full", table=True, container="mkv", blurred=True)]


def test_the_preset_in_use_comes_first_and_broken_ones_not_at_all(dialog, choice) -> None:
    assert dialog.preset.currentData() == "half"
    choice.mark_failed("float", "broken")
    names = [dialog.preset.itemData(number) for number in range(dialog.preset.count())]
    assert names == ["half", "full"]
    assert dialog.preset.currentData() == "half"


def test_nothing_to_write(dialog) -> None:
    assert dialog.start.isEnabled()
    dialog.video.setChecked(False)
    assert not dialog.start.isEnabled()
    assert not dialog.blurred.isEnabled()
    dialog.coco.setChecked(True)
    assert dialog.start.isEnabled()


def test_a_camera_cannot_be_exported(dialog) -> None:
    dialog.set_source("Camera 0", exportable=False)
    assert "Only a video file" in dialog.explanation.text()
    assert not dialog.start.isEnabled()


def test_progress_and_cancelling(qtbot, dialog, export) -> None:
    export.begin()
    assert not dialog.form.isEnabled()
    assert dialog.note.text() == "Starting…"
    # A length that is not known yet: the bar is busy.
    assert dialog.progress.maximum() == 0
    export.advance(1250, 5000, seconds=20.0)
    assert dialog.progress.value() == dialog.progress.maximum() / 4
    assert dialog.note.text() == "1,250 of 5,000 frames · 1:00 left · goes on when this is closed"
    with qtbot.waitSignal(dialog.cancel_wanted):
        qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    export.cancel()
    assert not dialog.cancel.isEnabled()
    export.end_cancelled()
    assert dialog.note.text() == "Cancelled. Nothing was kept."
    assert dialog.start.isVisible()
    assert not dialog.cancel.isVisible()


def test_where_it_went(qtbot, dialog, export, opened) -> None:
    assert not dialog.show_folder.isVisible()
    export.begin()
    export.finish((FOLDER / "walk.mp4", FOLDER / "walk.csv"))
    assert "walk.mp4, walk.csv" in dialog.note.text()
    qtbot.mouseClick(dialog.show_folder, Qt.MouseButton.LeftButton)
    assert opened == [QUrl.fromLocalFile("/videos")]


def test_a_failure_says_what_there_is(dialog, export) -> None:
    export.begin()
    export.fail("The file is damaged.", (FOLDER / "walk.csv",))
    assert dialog.note.text() == "The file is damaged.\nWhat was found until then is in walk.csv."


def test_a_long_path_does_not_widen_it(dialog, export) -> None:
    narrow = dialog.minimumSizeHint().width()
    dialog.set_folder(Path("/" + "folder/" * 60))
    export.begin()
    export.fail("/" + "folder/" * 60 + " cannot be written.")
    assert dialog.minimumSizeHint().width() == narrow
