import csv
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QDir, QFile
from PyQt6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from pedcam.detect import library
from pedcam.detect.detail import Detail
from pedcam.detect.presets import Preset, PresetError
from pedcam.errors import UserError
from pedcam.ui import dialogs
from pedcam.ui.history.dialog import HistoryDialog
from pedcam.ui.main_window import MainWindow
from pedcam.ui.presets.manager import PresetDialog
from pedcam.ui.recording.export import ExportOptions
from pedcam.ui.recording.export_dialog import ExportDialog
from pedcam.video.people.counters import Line
from pedcam.video.stream.results import Result
from pedcam.video.stream.stream import StreamState


def opened(qtbot: QtBot, streams: list[Any]) -> tuple[str, str]:
    """Wait for the first stream; return what it is of."""
    qtbot.waitUntil(lambda: len(streams) == 1)
    return streams[0].spec.kind, streams[0].spec.value


def message(window: MainWindow) -> str:
    current = window.player.messages.current
    return current.text if current is not None else ""


def test_a_file_that_is_chosen_is_played(
    qtbot: QtBot, window: MainWindow, streams: list[Any], tmp_path: Path
) -> None:
    window.dialogs.ask_file()
    (dialog,) = window.findChildren(QFileDialog)
    assert dialog.fileMode() is QFileDialog.FileMode.ExistingFile
    assert "*.mp4" in dialog.nameFilters()[0]
    # A name that means something else on the command line.
    dialog.fileSelected.emit(str(tmp_path / "demo"))
    assert opened(qtbot, streams) == ("file", str(tmp_path / "demo"))
    window.dialogs.ask_file()
    assert window.findChildren(QFileDialog)[-1].directory() == QDir(str(tmp_path))


def test_a_folder_that_is_chosen_is_played(
    qtbot: QtBot, window: MainWindow, streams: list[Any], tmp_path: Path
) -> None:
    folder = tmp_path / "pictures of a day"
    folder.mkdir()
    window.dialogs.ask_folder()
    (dialog,) = window.findChildren(QFileDialog)
    assert dialog.fileMode() is QFileDialog.FileMode.Directory
    dialog.fileSelected.emit(str(folder))
    assert opened(qtbot, streams) == ("folder", str(folder))


@pytest.mark.parametrize(
    ("dropped", "kind", "value"),
    [
        ("rtsp://10.0.0.1/live", "url", "rtsp://10.0.0.1/live"),
        ("/videos/street 1.mp4", "file", "/videos/street 1.mp4"),
    ],
)
def test_what_is_dropped_is_played(
    qtbot: QtBot, window: MainWindow, streams: list[Any], dropped: str, kind: str, value: str
) -> None:
    window.dialogs.open_dropped(dropped)
    assert opened(qtbot, streams) == (kind, value)


@pytest.fixture
def new(window: MainWindow) -> Preset:
    half = window.player.presets.presets[1]
    return replace(half, info=replace(half.info, name="new", depth=20))


@pytest.mark.parametrize("name", ["new.onnx", "NEW.ONNX"])
def test_a_preset_that_is_opened_is_added(
    qtbot: QtBot,
    window: MainWindow,
    new: Preset,
    streams: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    asked: list[Path] = []

    def import_preset(path: Path, *, taken: Collection[str]) -> Preset:
        asked.append(path)
        return new

    monkeypatch.setattr(dialogs, "import_preset", import_preset)
    window.dialogs.open_file(f"/downloads/{name}")
    qtbot.waitUntil(lambda: window.player.presets.find("new") is new)
    assert asked == [Path("/downloads") / name]
    assert streams == []
    # Its menu entry and key are there at once.
    assert list(window.actions_.presets) == ["float", "half", "new", "full"]
    window.dialogs.open_file(f"/downloads/{name}")
    # Another file of that name may have been added since this one was looked at.
    qtbot.waitUntil(lambda: bool(message(window)))
    assert message(window) == (
        "There is a preset named “new” already; it was not added a second time."
    )


def test_of_several_presets_the_good_ones_are_added(
    qtbot: QtBot, window: MainWindow, new: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def import_preset(path: Path, *, taken: Collection[str]) -> Preset:
        if path.stem == "bad":
            raise PresetError("Preset bad.onnx is not a readable ONNX model.")
        return new

    monkeypatch.setattr(dialogs, "import_preset", import_preset)
    window.dialogs.add_presets([Path("bad.onnx"), Path("new.onnx")])
    qtbot.waitUntil(lambda: window.player.presets.find("new") is new)
    assert message(window) == "Preset bad.onnx is not a readable ONNX model."


@pytest.mark.parametrize("works", [True, False])
def test_a_preset_is_moved_to_the_trash(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    monkeypatch: pytest.MonkeyPatch,
    works: bool,
) -> None:
    moved: list[str] = []

    def move(path: str) -> tuple[bool, str]:
        moved.append(path)
        return works, ""

    monkeypatch.setattr(QFile, "moveToTrash", move)
    window.dialogs.manage()
    (dialog,) = window.findChildren(PresetDialog)
    half = window.player.presets.presets[1]
    dialog.remove_wanted.emit(half)
    qtbot.waitUntil(
        lambda: window.player.presets.find("half") is None if works else bool(message(window))
    )
    assert moved == [str(half.path)]
    if works:
        assert playing.preset == "float"
        assert message(window) == ""
    else:
        assert window.player.presets.find("half") is half
        assert str(half.path) in message(window)
        assert "file manager" in message(window)


def test_the_manager_imports(
    qtbot: QtBot, window: MainWindow, new: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "import_preset", lambda path, taken: new)
    window.dialogs.manage()
    (dialog,) = window.findChildren(PresetDialog)
    dialog.import_wanted.emit([Path("new.onnx")])
    qtbot.waitUntil(lambda: dialog.list.count() == 4)


def test_what_the_history_shows_is_opened_at_its_time(
    qtbot: QtBot, window: MainWindow, streams: list[Any]
) -> None:
    window.dialogs.history()
    (dialog,) = window.findChildren(HistoryDialog)
    dialog.open_requested.emit("street.mp4", 7.5)
    assert opened(qtbot, streams) == ("file", "street.mp4")
    qtbot.waitUntil(lambda: streams[0].started)
    streams[0].say(StreamState.PLAYING)
    qtbot.waitUntil(lambda: streams[0].seeks == [7.5])


def test_counts_are_exported(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    playing.on_result(make_result(index=50, count=4))  # two seconds from the start
    qtbot.waitUntil(lambda: window.player.playback.position == 2.0)
    path = tmp_path / "counts.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), "Tables (*.csv)"))
    with qtbot.waitSignal(window.dialogs.saved) as saved:
        window.dialogs.export_counts()
    assert saved.args == [path]
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["seconds"], row["people"]) for row in rows] == [("0.0", "2"), ("2.0", "4")]
    assert window.saved_bar.isVisible()


def test_nothing_is_exported_where_no_place_was_chosen(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: ("", ""))
    before = set(tmp_path.rglob("*.csv"))
    window.dialogs.export_counts()
    window.dialogs.close()
    window.dialogs._worker.finish(5)
    assert set(tmp_path.rglob("*.csv")) == before


def test_counts_that_cannot_be_exported(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "missing" / "counts.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    window.dialogs.export_counts()
    qtbot.waitUntil(lambda: bool(message(window)))
    assert str(path) in message(window)


def test_an_export_counts_at_the_lines_of_the_window(
    qtbot: QtBot, playing: Any, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    services = window.services
    qtbot.waitUntil(lambda: services.zones.available)
    services.zones.add_line((0.1, 0.5), (0.9, 0.5))
    window.player.set_threshold(0.6)
    window.player.preset_control.set_detail(Detail.FINER)
    started: list[tuple[Any, ...]] = []
    monkeypatch.setattr(services.export_control, "start", lambda *args: started.append(args))
    window.dialogs.export()
    (dialog,) = window.findChildren(ExportDialog)
    assert dialog.isVisible()
    options = ExportOptions(folder=tmp_path, preset="full")
    dialog.start_wanted.emit(options)
    assert started == [
        (
            playing.spec,
            replace(options, score_threshold=0.6, detail=Detail.FINER),
            services.zones.all,
        )
    ]
    assert services.zones.lines == (Line("Line 1", (0.1, 0.5), (0.9, 0.5)),)
    # It goes on while the dialog is closed, and so there is one of it only.
    dialog.close()
    window.dialogs.export()
    assert window.findChildren(ExportDialog) == [dialog]


def test_nothing_is_exported_without_a_source(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[object] = []
    monkeypatch.setattr(window.services.export_control, "start", lambda *args: started.append(args))
    window.dialogs.export()
    (dialog,) = window.findChildren(ExportDialog)
    dialog.start_wanted.emit(ExportOptions(folder=tmp_path, preset="full"))
    assert started == []


def test_an_export_is_blurred_where_the_picture_is(playing: Any, window: MainWindow) -> None:
    window.dialogs.export()
    (dialog,) = window.findChildren(ExportDialog)
    assert not dialog.blurred.isChecked()
    window.services.options.set("blur", True)
    window.dialogs.export()
    assert dialog.blurred.isChecked()


def exports(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the exports that are begun from now on are told; nothing is exported."""
    started: list[tuple[Any, ...]] = []
    monkeypatch.setattr(window.services.export_control, "start", lambda *how: started.append(how))
    return started


def test_the_source_that_the_dialog_names_is_exported(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    streams: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    zones, started = window.services.zones, exports(window, monkeypatch)
    options = ExportOptions(folder=tmp_path, preset="full")
    qtbot.waitUntil(lambda: zones.available)
    window.dialogs.export()
    (dialog,) = window.findChildren(ExportDialog)
    assert dialog.source.text() == "street.mp4"
    # It does not keep anybody from drawing.
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    drawn = zones.all
    window.player.open("other.mp4")
    qtbot.waitUntil(lambda: len(streams) == 2 and streams[1].started)
    streams[1].say(StreamState.PLAYING)
    qtbot.waitUntil(lambda: zones.available)
    assert zones.lines == ()
    zones.add_zone(((0.1, 0.1), (0.9, 0.1), (0.5, 0.9)))
    dialog.start_wanted.emit(options)
    assert started == [(playing.spec, options, drawn)]
    # At the next opening it names the other one.
    window.dialogs.export()
    assert dialog.source.text() == "other.mp4"
    dialog.start_wanted.emit(options)
    assert started[1] == (streams[1].spec, options, zones.all)
    assert len(zones.zones) == 1
    # And of that one also after its end.
    window.player.close_source()
    dialog.start_wanted.emit(options)
    assert started[2] == started[1]


def test_a_camera_is_not_exported(
    qtbot: QtBot,
    window: MainWindow,
    streams: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    started = exports(window, monkeypatch)
    window.player.open("0")
    assert opened(qtbot, streams) == ("camera", "0")
    window.dialogs.export()
    (dialog,) = window.findChildren(ExportDialog)
    # A file that is opened meanwhile is not what the dialog is about.
    window.player.open("street.mp4")
    qtbot.waitUntil(lambda: len(streams) == 2)
    dialog.start_wanted.emit(ExportOptions(folder=tmp_path, preset="full"))
    assert started == []


def test_the_export_dialog_follows_the_settings_at_each_opening(
    playing: Any, window: MainWindow, tmp_path: Path
) -> None:
    services, settings = window.services, window.services.settings
    settings.set("container", "mkv")
    window.dialogs.export()
    (dialog,) = window.findChildren(ExportDialog)

    def chosen() -> tuple[Path, str, bool]:
        options = dialog.options()
        return options.folder, options.container, options.blurred

    assert chosen() == (tmp_path / "videos", "mkv", False)
    for name, value in (("recordings", tmp_path / "other"), ("container", "mp4")):
        settings.set(name, value)
    settings.set("recording_blurred", True)
    # Not under the hands of whoever uses it.
    assert chosen() == (tmp_path / "videos", "mkv", False)
    window.dialogs.export()
    assert chosen() == (tmp_path / "other", "mp4", True)
    settings.set("recording_blurred", False)
    window.dialogs.export()
    assert chosen() == (tmp_path / "other", "mp4", False)
    services.options.set("blur", True)
    window.dialogs.export()
    assert chosen() == (tmp_path / "other", "mp4", True)
    services.options.set("blur", False)
    window.dialogs.export()
    assert chosen() == (tmp_path / "other", "mp4", False)


def test_while_an_export_runs_the_dialog_says_what_is_exported(
    playing: Any, window: MainWindow, tmp_path: Path
) -> None:
    services, settings = window.services, window.services.settings
    settings.set("confirm_close", False)  # nothing really runs
    window.dialogs.export()
    (dialog,) = window.findChildren(ExportDialog)
    dialog.set_folder(tmp_path / "chosen")
    dialog.blurred.setChecked(True)
    chosen = dialog.options()
    services.export_control.export.begin()
    settings.set("container", "mkv")
    window.dialogs.export()
    assert dialog.options() == chosen
    services.export_control.export.end_cancelled()
    window.dialogs.export()
    assert dialog.options() == replace(
        chosen, folder=tmp_path / "videos", container="mkv", blurred=False
    )


def test_a_preset_of_a_name_that_is_taken_is_not_copied(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, folder = tmp_path / "mine.onnx", tmp_path / "models"
    path.write_text("a preset")
    half = window.player.presets.presets[1]
    monkeypatch.setattr(library, "read_preset", lambda path: replace(half, path=path))
    monkeypatch.setattr(library, "user_models_folder", lambda: folder)
    window.dialogs.open_file(str(path))
    qtbot.waitUntil(lambda: bool(message(window)))
    assert message(window) == f"There is a preset named “half” already; {path} was not added."
    assert not folder.exists()
    assert [one.name for one in window.player.presets.presets] == ["float", "half", "full"]


@pytest.mark.parametrize("what", ["import_preset", "write_series"])
@pytest.mark.parametrize("expected", [True, False])
def test_what_nobody_expects_reaches_the_handler_of_the_application(
    qtbot: QtBot,
    window: MainWindow,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    what: str,
    expected: bool,
) -> None:
    error = UserError("The disk is full.") if expected else ZeroDivisionError("what")

    def fail(*args: object, **how: object) -> None:
        raise error

    monkeypatch.setattr(dialogs, what, fail)
    with qtbot.captureExceptions() as caught:
        if what == "import_preset":
            window.dialogs.add_presets([tmp_path / "new.onnx"])
        else:
            path = str(tmp_path / "counts.csv")
            monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (path, ""))
            window.dialogs.export_counts()
        qtbot.waitUntil(lambda: bool(caught or message(window)))
    assert [one for _, one, _ in caught] == ([] if expected else [error])
    assert message(window) == ("The disk is full." if expected else "")
