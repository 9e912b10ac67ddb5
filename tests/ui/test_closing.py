"""What is asked when the whole window closes."""

from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from pedcam.headless.detect import Summary
from pedcam.ui.main_window import MainWindow
from pedcam.ui.recording.export import ExportOptions
from pedcam.video.sources.spec import SourceSpec
from tests.ui.wired import Answers, MakeResult, frames_in, record

# Where a test fails, a real question would wait for ever.
pytestmark = pytest.mark.usefixtures("answers")


def test_closing_during_a_recording_asks(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult, answers: Answers
) -> None:
    record(qtbot, window)
    path = window.services.recording.path
    assert path is not None
    playing.on_result(make_result(index=1))
    window.close()
    assert window.isVisible()
    assert window.services.recording.running
    answers.answer = QMessageBox.StandardButton.Close
    window.close()
    assert not window.isVisible()
    assert answers.asked == [window, window]
    assert window.services.close()
    assert len(frames_in(path)) == 1


def export(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, clip: Path, folder: Path
) -> None:
    """Begin an export that goes on until it is stopped."""

    def detect(source: SourceSpec, pool: object, preset: str, **how: Any) -> Summary:
        assert how["stop"].wait(20)
        return Summary((preset,), 1, 1, 1.0, True, ())

    control = window.services.export_control
    monkeypatch.setattr(control, "_work", detect)
    control.start(SourceSpec("file", clip.name, str(clip)), ExportOptions(folder, "half"))
    assert control.export.running


@pytest.mark.parametrize("recorded", [False, True])
def test_closing_during_an_export_asks(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
    clip: Path,
    tmp_path: Path,
    recorded: bool,
) -> None:
    export(qtbot, window, monkeypatch, clip, tmp_path / "out")
    if recorded:
        record(qtbot, window)
        playing.on_result(make_result(index=1))
    window.close()
    assert window.isVisible()
    assert window.services.export_control.export.running
    # One question about everything that ends.
    (words,) = answers.words
    assert [name in words for name in ("export", "recording")] == [True, recorded]
    answers.answer = QMessageBox.StandardButton.Close
    window.close()
    assert not window.isVisible()
    assert answers.asked == [window, window]
    assert window.services.close()


def test_closing_asks_about_what_runs_only(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult, answers: Answers
) -> None:
    record(qtbot, window)
    playing.on_result(make_result(index=1))
    window.close()
    (words,) = answers.words
    assert "recording" in words
    assert "export" not in words
    window.services.recording_control.stop()
    qtbot.waitUntil(lambda: not window.services.recording.busy)
    window.close()
    assert not window.isVisible()
    assert len(answers.asked) == 1


def test_closing_asks_only_where_it_is_wanted(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
    clip: Path,
    tmp_path: Path,
) -> None:
    window.services.settings.set("confirm_close", False)
    export(qtbot, window, monkeypatch, clip, tmp_path / "out")
    record(qtbot, window)
    playing.on_result(make_result(index=1))
    window.close()
    assert not window.isVisible()
    assert answers.asked == []


def test_closing_without_a_recording_does_not_ask(
    playing: Any, window: MainWindow, answers: Answers
) -> None:
    window.close()
    assert not window.isVisible()
    assert answers.asked == []
