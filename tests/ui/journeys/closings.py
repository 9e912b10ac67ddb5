"""How the person of user.py closes the window in the middle of something."""

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMessageBox

from pedcam.ui.presets.measurements import Phase
from pedcam.ui.recording.export_dialog import ExportDialog
from pedcam.ui.settings.settings_dialog import SettingsDialog
from pedcam.ui.zones.state import Mode
from pedcam.video.stream.stream import StreamState
from tests.ui.journeys.journeys import DEMO, compared, playing, shown
from tests.ui.journeys.user import CTRL, Steps, User

Key = Qt.Key


def closes_while_opening(user: User) -> Steps:
    """Close while a stream is being opened that never answers."""
    yield from user.begin()
    field = user.window.start_page.url.field
    user.click(field)
    yield "the field has the keyboard", field.hasFocus
    user.type(user.address)
    yield "the address is typed", lambda: field.text() == user.address
    user.press(Key.Key_Return)
    playback = user.window.player.playback
    yield "it is opening", lambda: playback.state is StreamState.CONNECTING
    yield "it has its address", lambda: user.window.player.source is not None
    user.quit()


def closes_while_playing(user: User) -> Steps:
    """Close while the demo plays."""
    yield from playing(user)
    user.quit()


def closes_while_recording(user: User) -> Steps:
    """Close during a recording, and answer the question."""
    yield from playing(user)
    user.press(Key.Key_R, CTRL)
    recording = user.window.services.recording
    yield "a second recorded", lambda: recording.seconds >= 1
    user.told["recording"] = str(recording.path)
    user.press(Key.Key_Q, CTRL)
    yield "the question", lambda: shown(QMessageBox) is not None
    user.note_closing()
    question = shown(QMessageBox)
    user.click(question.button(QMessageBox.StandardButton.Close))


def closes_while_exporting(user: User) -> Steps:
    """Close during an export, and answer the question."""
    yield from playing(user)
    user.press(Key.Key_E, CTRL)
    yield "the export dialog", lambda: shown(ExportDialog) is not None
    user.click(shown(ExportDialog).start)
    export = user.window.services.export_control.export
    yield "some frames", lambda: export.frames > 2
    yield user.activate()
    user.press(Key.Key_Q, CTRL)
    yield "the question", lambda: shown(QMessageBox) is not None
    user.note_closing()
    question = shown(QMessageBox)
    user.click(question.button(QMessageBox.StandardButton.Close))


def closes_while_comparing(user: User) -> Steps:
    """Close while two presets run."""
    yield from user.begin(ready=True)
    user.press(Key.Key_D, CTRL)
    yield "results", user.shows(DEMO)
    user.press(Key.Key_C)
    yield "a comparison", lambda: compared(user) is not None
    user.press(Key.Key_V)
    yield "a divider", user.window.compare_view.both.isVisible
    user.quit()


def closes_while_drawing(user: User) -> Steps:
    """Close with one end of a line set."""
    yield from playing(user)
    user.press(Key.Key_N)
    zones = user.window.services.zones
    yield "drawing", lambda: zones.mode is Mode.DRAW_LINE
    user.click(user.window.view)
    yield "it plays on", user.shows(DEMO)
    user.quit()


def closes_with_a_dialog(user: User) -> Steps:
    """Close, as a session does at its end, while a dialog waits for an answer."""
    yield from playing(user)
    user.press(Key.Key_Comma, CTRL)
    yield "the settings", lambda: shown(SettingsDialog) is not None
    user.close()


def closes_while_measuring(user: User) -> Steps:
    """Close while another process measures the presets."""
    yield from user.begin(ready=True)
    user.press(Key.Key_T, CTRL)
    measurements = user.window.services.measurements
    yield (
        "measuring",
        lambda: measurements.phase is Phase.RUNNING and measurements.progress > 0,
    )
    user.quit()


CLOSINGS: dict[str, Callable[[User], Steps]] = {
    "close-opening": closes_while_opening,
    "close-playing": closes_while_playing,
    "close-recording": closes_while_recording,
    "close-exporting": closes_while_exporting,
    "close-comparing": closes_while_comparing,
    "close-drawing": closes_while_drawing,
    "close-dialog": closes_with_a_dialog,
    "close-measuring": closes_while_measuring,
}
