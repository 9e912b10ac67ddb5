"""Starts the window and ends it cleanly."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path

# First of all: importing it makes opencv-python point Qt at its own, older Qt plugins, which
# undo_opencv_qt() takes back before Qt looks.
import cv2
from PyQt6 import sip
from PyQt6.QtWidgets import QApplication

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError
from pedcam.ui import icons, theme
from pedcam.ui.background import prepare_delivery
from pedcam.ui.crash import CrashGuard
from pedcam.ui.interrupt import InterruptWatch
from pedcam.ui.leaving import leave
from pedcam.ui.main_window import MainWindow
from pedcam.ui.player import Player


def undo_opencv_qt(environment: MutableMapping[str, str]) -> None:
    """Remove the variables that lead Qt into OpenCV's folder; others are the user's own."""
    folder = Path(cv2.__file__).resolve().parent
    for variable in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        value = environment.get(variable)
        if value and Path(value).resolve().is_relative_to(folder):
            del environment[variable]


def run_window(
    source: str | None,
    preset: str | None,
    pool: DetectorPool,
    errors: Sequence[PresetError],
) -> int:
    """Show the window until the user closes it.

    Args:
        source: What to play at once; ``None`` shows the start screen.
        preset: Name of the preset to begin with; ``None`` leaves that to the window.
        pool: The presets; closed at the end.
        errors: Preset files that could not be read, to be shown.

    Returns:
        The process's exit code.
    """
    undo_opencv_qt(os.environ)
    if not _has_screen():
        # Qt would end the process with an abort.
        sys.stderr.write(
            "error: There is no screen to open a window on (neither DISPLAY nor WAYLAND_DISPLAY "
            "is set). 'pedcam detect' works without one.\n"
        )
        return 1
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("pedcam")
    app.setApplicationDisplayName("pedcam")
    app.setDesktopFileName("pedcam")
    app.setWindowIcon(icons.app_icon())
    theme.follow_system(app)
    prepare_delivery()

    player = Player(pool, preset, errors)
    window = MainWindow(player)
    with CrashGuard(player.report, window.close), InterruptWatch(window.close):
        window.show()
        player.warm()
        if source is not None:
            player.open(source)
        code = app.exec()
        # The window is gone from the screen already; what still runs gets a moment to end.
        player.shutdown()
        # Before the application object, which Python may destroy first.
        sip.delete(window)
    leave(code)
    return code


def _has_screen() -> bool:
    if sys.platform != "linux":
        return True
    return any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")))
