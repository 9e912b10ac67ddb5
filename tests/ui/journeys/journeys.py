"""What the person of user.py does with the window, journey by journey."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton

from pedcam.ui.presets.points import family
from pedcam.ui.recording.export import ExportPhase
from pedcam.ui.recording.export_dialog import ExportDialog
from pedcam.ui.recording.recording import RecordingPhase
from pedcam.ui.zones.state import Mode
from pedcam.video.stream.stream import StreamState
from tests.ui.journeys.user import CTRL, Steps, User

DEMO, CLIP, PICTURES, STREAM = (1280, 720), (640, 360), (320, 240), (128, 64)
"""Picture sizes of the sources, all of them different."""

LINE = (0.7, 0.7), (0.7, 1.05)
"""Across the pavement of the demo before the camera, from the road to beyond the picture.

Its end is set at the picture's edge then, where the boxes of the nearest people end. It is where
nobody is hidden by somebody who comes the other way: at 0.6 two are, and with most presets the
tracker takes one for the other.
"""

SLOW = 25.0  # milliseconds from which the demo plays at half its speed, so that no frame is dropped
RECORDED = 3.0  # seconds

Key = Qt.Key


def opens(user: User) -> Steps:
    """Open every kind of source."""
    window = user.window
    yield from user.begin()
    user.press(Key.Key_D, CTRL)
    yield "results of the demo", user.shows(DEMO)
    user.press(Key.Key_O, CTRL)
    yield "the file dialog", lambda: shown(QFileDialog) is not None
    dialog = shown(QFileDialog)
    path = str(user.folder / "people.mp4")
    user.type(path, dialog)
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    yield "the path is typed", lambda: name.text() == path
    user.press(Key.Key_Return, into=dialog)
    yield "results of the file", user.shows(CLIP)
    user.drop(user.folder / "pictures")
    yield "results of the pictures", user.shows(PICTURES)
    yield user.activate()
    user.press(Key.Key_W, CTRL)
    yield "the start page", window.start_page.isVisible
    field = window.start_page.url.field
    user.click(field)
    yield "the field has the keyboard", field.hasFocus
    user.type(user.address)
    yield "the address is typed", lambda: field.text() == user.address
    user.press(Key.Key_Return)
    yield "results of the stream", user.shows(STREAM)
    user.press(Key.Key_W, CTRL)
    recent = window.start_page.recent
    yield "the recent sources", lambda: window.start_page.isVisible() and len(recent.rows) == 3
    user.told["recent"] = [row.recent.spec.kind for row in recent.rows]
    user.click(next(row for row in recent.rows if row.recent.spec.kind == "file"))
    yield "results of the file once more", user.shows(CLIP)
    user.quit()


def switches(user: User) -> Steps:
    """Switch presets in every way while the demo plays."""
    window, presets = user.window, user.window.player.presets
    names = [preset.name for preset in presets.presets]
    yield from user.begin(ready=True)
    user.press(Key.Key_D, CTRL)
    yield "results", user.results_of(names[-1])
    for number, name in enumerate(names):
        user.press(Key(Key.Key_1 + number))
        yield f"results of {name} by key", user.results_of(name)
    chart = window.preset_panel.chart
    for name in names:
        user.click(chart, partial(spot, chart, name))
        yield f"results of {name} by the chart", user.results_of(name)
    slider = window.preset_panel.slider.slider
    yield user.scroll_to(slider)
    axis = [preset for preset in presets.presets if family(preset) == family(presets.presets[0])]
    user.press(Key(Key.Key_1 + names.index(axis[-1].name)))
    yield "results of the deepest of one network", user.results_of(axis[-1].name)
    for stop, preset in enumerate(reversed(axis[:-1]), start=1):
        user.click(slider, partial(slider.place_of, stop))
        yield f"results of {preset.name} by the slider", user.results_of(preset.name)
    user.press(Key.Key_A)
    auto = window.preset_panel.auto.switch
    yield "Auto is on", lambda: window.player.auto.enabled and auto.isChecked()
    since = len(user.results)
    yield "results while it is on", lambda: len(user.results) > since + 10
    yield user.scroll_to(auto)
    user.click(auto, lambda: QPointF(8, auto.height() / 2))
    yield "Auto is off", lambda: not window.player.auto.enabled
    yield "results of the preset it left", user.results_of(str(presets.selected))
    user.press(Key.Key_A)
    yield "Auto is on again", lambda: window.player.auto.enabled
    user.press(Key.Key_1)
    yield "results of the preset chosen", user.results_of(names[0])
    user.told["auto"] = window.player.auto.enabled
    user.quit()


def compares(user: User) -> Steps:
    """Compare two presets."""
    window = user.window
    names = [preset.name for preset in window.player.presets.presets]
    view, both = window.compare_view, window.compare_view.both
    yield from user.begin(ready=True)
    user.press(Key.Key_D, CTRL)
    yield "results", user.shows(DEMO)
    user.press(Key.Key_C)
    yield "two pictures", lambda: compared(user) == (names[-1], names[0]) and view.left.isVisible()
    user.press(Key.Key_V)
    yield "one picture with a divider", lambda: both.isVisible() and both.viewport is not None
    middle = both.height() / 2
    x, _, width, _ = both.viewport.visible_rect
    user.drag(both, QPointF(both.divider_x(both.viewport), middle), QPointF(x + width / 4, middle))
    yield "the divider is at a quarter", lambda: abs(both.divider - 0.25) < 0.01
    combo = window.compare_box.other
    yield user.scroll_to(combo)
    user.click(combo)
    entries = combo.view()
    yield "the list of presets", lambda: entries.isVisible() and entries.window() is not window
    row = combo.model().index(combo.findData(names[1]), 0)
    user.click(entries.viewport(), lambda: QPointF(entries.visualRect(row).center()))
    yield "the other preset is compared", lambda: compared(user) == (names[-1], names[1])
    since = window.compare_view.pair.left.frame.index
    yield "it goes on", lambda: view.pair.left.frame.index != since
    yield user.activate()
    user.press(Key.Key_C)
    yield "one picture", lambda: window.view.isVisible() and not view.isVisible()
    yield "it plays on", user.results_of(names[-1])
    user.told["left over"] = window.services.comparison.other
    user.quit()


def counts(user: User) -> Steps:
    """Draw a line and count who crosses it while the demo plays once."""
    window, zones, playback = user.window, user.window.services.zones, user.window.player.playback
    yield from user.begin(ready=True)
    user.press(Key.Key_D, CTRL)
    yield "results", user.shows(DEMO)
    # The most accurate one: of binarized ones the boxes at the picture's edge jump across the line.
    user.press(Key.Key_1)
    yield "results of the first preset", user.results_of(window.player.presets.presets[0].name)
    user.press(Key.Key_L)
    yield "it will end", lambda: not playback.loop
    user.press(Key.Key_Space)
    yield "it rests", lambda: playback.state is StreamState.PAUSED
    user.press(Key.Key_Left)
    yield "it is at its start", lambda: window.view.result.frame.index == 0
    user.press(Key.Key_N)
    yield "drawing", lambda: zones.mode is Mode.DRAW_LINE
    start, stop = (QPointF(*window.view.viewport.to_widget(*end)) for end in LINE)
    user.drag(window.view, start, stop)
    yield "the line is there", lambda: len(zones.lines) == 1
    line = zones.lines[0]
    typical = sorted(milliseconds for *_, milliseconds in user.results)[len(user.results) // 2]
    if typical > SLOW:
        user.press(Key.Key_Minus)
        yield "it will play at half its speed", lambda: playback.speed == 0.5
    resumed = len(user.results)
    user.press(Key.Key_Space)
    yield "it ended", lambda: playback.state is StreamState.ENDED
    last = user.results[-1][1]
    yield "its last picture is shown", lambda: window.view.result.frame.index == last
    words = window.zones_panel.rows[0].counts.text
    count = zones.count(line.name)
    frames = [index for _, index, _ in user.results[resumed:]]
    user.told |= {
        "line": [line.start, line.end],
        "in": count.into,
        "out": count.out,
        "words": words(),
        "gap": max(after - before for before, after in pairwise([0, *frames])),
        "speed": playback.speed,
        "detect_ms": typical,
    }
    user.press(Key.Key_R)
    yield "it plays again", lambda: playback.state is StreamState.PLAYING
    user.told["loop again"] = playback.loop
    user.quit()


def records(user: User) -> Steps:
    """Record, take a picture, export a clip, and begin an export that is cancelled."""
    window, services = user.window, user.window.services
    recording, export = services.recording, services.export_control.export
    saved = window.saved_bar
    yield from user.begin(ready=True)
    user.press(Key.Key_D, CTRL)
    yield "results", user.shows(DEMO)
    user.press(Key.Key_R, CTRL)
    yield f"{RECORDED:.0f} s recorded", lambda: recording.seconds >= RECORDED
    user.press(Key.Key_R, CTRL)
    yield "the recording is complete", lambda: recording.phase is RecordingPhase.IDLE
    yield "it says where", lambda: ".mp4" in saved.text.text()
    user.told["recording"] = saved.text.text().removeprefix("Saved to ")
    user.press(Key.Key_S)
    yield "a picture is saved", lambda: ".png" in saved.text.text()

    user.drop(user.folder / "people.mp4")
    yield "results of the clip", user.shows(CLIP)
    yield user.activate()
    user.press(Key.Key_E, CTRL)
    yield "the export dialog", lambda: shown(ExportDialog) is not None
    dialog = shown(ExportDialog)
    user.click(dialog.table, lambda: QPointF(8, dialog.table.height() / 2))
    yield "a table is wanted", dialog.table.isChecked
    user.click(dialog.start)
    yield "the export is done", lambda: export.phase is ExportPhase.DONE
    user.told["exported"] = [str(path) for path in export.paths]
    user.told["export preset"] = dialog.preset.currentData()
    button(user, dialog, "Close")
    yield "the dialog is closed", lambda: not dialog.isVisible()

    yield user.activate()
    user.press(Key.Key_D, CTRL)
    yield "results of the demo again", user.shows(DEMO)
    user.press(Key.Key_E, CTRL)
    yield "the export dialog again", dialog.isVisible
    user.click(dialog.start)
    yield "some frames", lambda: export.frames > 2
    user.click(dialog.cancel)
    yield "it is cancelled", lambda: export.phase is ExportPhase.CANCELLED
    user.told["note"] = dialog.note.text()
    button(user, dialog, "Close")
    yield "the dialog is closed again", lambda: not dialog.isVisible()
    yield user.activate()
    user.quit()


def playing(user: User) -> Steps:
    """Play the demo."""
    yield from user.begin()
    user.press(Key.Key_D, CTRL)
    yield "results", user.shows(DEMO)


def shown(kind: type) -> Any:
    """Return the visible window of a kind, if there is one."""
    return next(
        (
            one
            for one in QApplication.topLevelWidgets()
            if isinstance(one, kind) and one.isVisible()
        ),
        None,
    )


def spot(chart: Any, name: str) -> QPointF:
    """Return where a preset is in the chart."""
    center: QPointF = next(one.center for one in chart.spots if one.point.name == name)
    return center


def compared(user: User) -> tuple[str, str] | None:
    """Return the names of the two presets on the screen."""
    pair = user.window.compare_view.pair
    return None if pair is None else (pair.left.preset, pair.right_preset)


def button(user: User, dialog: Any, words: str) -> None:
    """Click a dialog's button by its label."""
    user.click(
        next(
            one for one in dialog.findChildren(QPushButton) if one.text().replace("&", "") == words
        )
    )


JOURNEYS: dict[str, Callable[[User], Steps]] = {
    "opens": opens,
    "switches": switches,
    "compares": compares,
    "counts": counts,
    "records": records,
}
STARTS_WITH = {"counts": 0}
"""The preset that a journey begins with, by its place; the last one is the fastest."""
