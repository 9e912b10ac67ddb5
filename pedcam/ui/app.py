"""Starts the window and ends it cleanly."""

from __future__ import annotations

import gc
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
from pedcam.detect.presets import PresetError, at_all_sizes
from pedcam.detect.providers import Provider
from pedcam.errors import UserError
from pedcam.ui.base import icons, theme
from pedcam.ui.base.background import prepare_delivery
from pedcam.ui.base.error_log import ErrorLog
from pedcam.ui.help.error_dialog import show_problem
from pedcam.ui.main_window import MainWindow
from pedcam.ui.player.player import Player
from pedcam.ui.services import Files, Services
from pedcam.ui.settings.settings_store import Stored, load_settings
from pedcam.ui.settings.window_memory import WindowMemory
from pedcam.ui.shutdown import InterruptWatch, leave
from pedcam.ui.start.recents_file import load_recents
from pedcam.ui.wiring import connect
from pedcam.video.sources.spec import SourceSpec


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
    *,
    provider: Provider | None = None,
) -> int:
    """Show the window until the user closes it.

    Args:
        source: What to play at once; ``None`` shows the start screen.
        preset: Name of the preset to begin with; ``None`` leaves that to the window.
        pool: The presets; closed at the end.
        errors: Preset files that could not be read, to be shown.
        provider: Where to compute, whatever the settings say; ``None`` leaves it to them.

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
    files = Files.of_user()
    stored = load_settings(files.settings)
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("pedcam")
    app.setApplicationDisplayName("pedcam")
    app.setDesktopFileName("pedcam")
    app.setWindowIcon(icons.app_icon())
    look = theme.Look(app)
    look.choose(stored.settings.theme)
    prepare_delivery()

    # Nothing is loaded yet.
    settings = stored.settings
    pool.reload(provider=provider or settings.provider, threads=settings.thread_limit)
    player = Player(pool, preset or _last_preset(stored, pool), errors)
    first: str | SourceSpec | None = source
    if source is None and stored.settings.start_with == "last":
        try:
            first = _last_source(files.recents)
        except UserError as error:
            # A damaged file is out of the way now: whoever reads it next finds nothing wrong.
            player.messages.post(str(error))
    services = Services(player, files, stored)
    services.settings.subscribe(lambda: look.choose(services.settings.values.theme))
    with InterruptWatch(app.closeAllWindows):
        # Before the window, which is built while the preset is loaded and the source is opened.
        player.preset_control.warm()
        if first is not None:
            player.open(first)
        window = MainWindow(player, services)
        connect(window)
        with ErrorLog(
            lambda problem: show_problem(window, problem, player.messages.post), window.close
        ):
            window.show()
            services.start()
            # What is there by now stays, and looking through all of it again and again would
            # hold up the window for some 15 ms each time.
            gc.freeze()
            code = app.exec()
            gc.unfreeze()
            # The window is gone from the screen already; what still runs gets a moment to end.
            window.dialogs.close()
            services.close()
            # Before the application object, which Python may destroy first.
            sip.delete(window)
    leave(code)
    return code


def window_platform() -> str:
    """Return what Qt opens windows by, such as ``xcb``; Qt ends the process where it cannot."""
    undo_opencv_qt(os.environ)
    return QApplication(sys.argv[:1]).platformName()


def _last_preset(stored: Stored, pool: DetectorPool) -> str | None:
    """Return the preset of the last run, unless it was removed since."""
    name = WindowMemory(stored.remembered).recall("preset", "")
    return name if name in [preset.name for preset in at_all_sizes(pool.presets)] else None


def _last_source(recents: Path) -> SourceSpec | None:
    items = load_recents(recents)
    return max(items, key=lambda one: one.opened).spec if items else None


def _has_screen() -> bool:
    if sys.platform != "linux":
        return True
    return any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")))
