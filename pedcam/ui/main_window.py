"""The main window: wires the widgets to the player."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QDir, QSize, QStandardPaths, Qt
from PyQt6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
)
from PyQt6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pedcam.detect.pool import user_models_folder
from pedcam.ui import icons, theme
from pedcam.ui.actions import Actions
from pedcam.ui.dialogs.about_dialog import AboutDialog
from pedcam.ui.dialogs.camera_dialog import CameraDialog
from pedcam.ui.dialogs.shortcuts_dialog import ShortcutsDialog
from pedcam.ui.dialogs.url_dialog import UrlDialog
from pedcam.ui.panels.confidence import ConfidencePanel
from pedcam.ui.panels.figures_panel import FiguresPanel
from pedcam.ui.panels.message_bar import MessageBar
from pedcam.ui.panels.preset_list import PresetList
from pedcam.ui.panels.transport_bar import TransportBar
from pedcam.ui.picture.video_view import VideoView
from pedcam.ui.player import Player
from pedcam.ui.start.drop_target import DropHint, dropped_source
from pedcam.ui.start.start_page import Offer, StartPage
from pedcam.ui.state.figures import FigureMeter
from pedcam.video.sources import SourceSpec
from pedcam.video.stream import Result, StreamState

PANEL_WIDTH = 320
THRESHOLD_STEP = 5
VIDEO_FILES = "*.mp4 *.mkv *.avi *.mov *.webm *.m4v *.mpg *.mpeg *.ts *.wmv *.flv *.ogv *.3gp"


class MainWindow(QMainWindow):
    """Start screen or picture, with a panel of presets, confidence and figures."""

    def __init__(self, player: Player) -> None:
        """Show what ``player`` does."""
        super().__init__()
        self.player = player
        self.meter = FigureMeter()
        self._folder = ""
        self._maximized_before = False
        self.setWindowIcon(icons.app_icon())
        self.setAcceptDrops(True)
        self.setMinimumSize(880, 520)
        self.resize(self._first_size())

        self.actions_ = Actions(self, player.playback, player.presets, player.threshold)
        self.start_page = StartPage(self._offers())
        self.view = VideoView()
        self.message_bar = MessageBar(player.messages)
        self.transport = TransportBar(
            player.playback,
            pause=self.actions_.pause,
            full_screen=self.actions_.full_screen,
            close_source=self.actions_.close_source,
        )
        self.preset_list = PresetList(player.presets)
        self.confidence = ConfidencePanel(player.threshold, player.presets)
        self.figures = FiguresPanel(self.meter, player.presets)
        self.panel = self._build_panel()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.start_page)
        self._pages.addWidget(self.view)
        self._lay_out()
        self._drop_hint = DropHint(self)

        self._connect()
        self._named: str | None = None
        player.playback.subscribe(self._refresh)
        player.presets.subscribe(self._name_preset)
        self._refresh()

    @property
    def playing_page_shown(self) -> bool:
        """Whether the picture is shown instead of the start screen."""
        return self._pages.currentWidget() is self.view

    def set_full_screen(self, on: bool) -> None:
        """Show the picture alone on the whole screen, or go back."""
        self.actions_.full_screen.setChecked(on)
        if on and not self.isFullScreen():
            self._maximized_before = self.isMaximized()
            self.showFullScreen()
        elif not on and self.isFullScreen():
            if self._maximized_before:
                self.showMaximized()
            else:
                self.showNormal()
        self._refresh()

    def ask_file(self) -> None:
        """Let the user choose a video file."""
        start = self._folder or QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.MoviesLocation
        )
        dialog = QFileDialog(self, self.tr("Open video"), start or QDir.homePath())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [
                self.tr("Video files ({patterns})").format(patterns=VIDEO_FILES),
                self.tr("All files (*)"),
            ]
        )
        dialog.fileSelected.connect(self.open_file)
        self._show_dialog(dialog)

    def ask_camera(self) -> None:
        """Let the user choose a camera."""
        dialog = CameraDialog(self)
        dialog.chosen.connect(self.player.open)
        self._show_dialog(dialog)

    def ask_url(self) -> None:
        """Let the user enter an address."""
        dialog = UrlDialog(self)
        dialog.chosen.connect(self.player.open)
        self._show_dialog(dialog)

    def open_file(self, path: str) -> None:
        """Play a file, which may be a preset dropped by mistake."""
        name = Path(path).name
        if path.lower().endswith(".onnx"):
            self.player.report(
                self.tr(
                    "“{name}” is a preset, not a video. To use it, copy it into {folder} and start "
                    "pedcam again."
                ).format(name=name, folder=user_models_folder())
            )
            return
        self._folder = str(Path(path).parent)
        self.player.open(SourceSpec("file", name, path))

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Cancel open dialogs, which would otherwise only be hidden and never end their work."""
        for dialog in self.findChildren(QDialog):
            if dialog.isVisible():
                dialog.reject()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Welcome a file or an address."""
        if event is not None and dropped_source(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._drop_hint.cover()

    def dragLeaveEvent(self, event: QDragLeaveEvent | None) -> None:
        """The drag went elsewhere."""
        self._drop_hint.hide()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Play what was dropped."""
        self._drop_hint.hide()
        source = dropped_source(event.mimeData()) if event is not None else None
        if event is not None and source is not None:
            event.acceptProposedAction()
            if "://" in source:
                self.player.open(source)
            else:
                self.open_file(source)

    def _first_size(self) -> QSize:
        size, screen = QSize(1280, 800), self.screen()
        if screen is None:
            return size
        # What the window manager adds around the window must fit too.
        return size.boundedTo(screen.availableGeometry().size() - QSize(16, 48))

    def _offers(self) -> list[Offer]:
        actions = self.actions_
        return [
            Offer(
                actions.demo, self.tr("Play demo"), self.tr("A short clip to try it out"), "walker"
            ),
            Offer(
                actions.open_file, self.tr("Open video"), self.tr("A file on this computer"), "file"
            ),
            Offer(
                actions.open_camera,
                self.tr("Camera"),
                self.tr("Built in or plugged in"),
                "camera",
            ),
            Offer(
                actions.open_url,
                self.tr("Stream URL"),
                self.tr("A network camera or online stream"),
                "stream",
            ),
        ]

    def _build_panel(self) -> QWidget:
        unit = theme.UNIT
        panel = QWidget()
        panel.setFixedWidth(PANEL_WIDTH)
        column = QVBoxLayout(panel)
        column.setContentsMargins(2 * unit, unit, 2 * unit, 2 * unit)
        column.setSpacing(2 * unit)
        column.addWidget(self.preset_list, 1)
        column.addWidget(_Line())
        column.addWidget(self.confidence)
        column.addWidget(_Line())
        column.addWidget(self.figures)
        return panel

    def _lay_out(self) -> None:
        main = QWidget()
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self._pages, 1)
        left.addWidget(self.message_bar)
        left.addWidget(self.transport)
        row = QHBoxLayout(main)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(self.panel)
        self.setCentralWidget(main)

    def _connect(self) -> None:
        player, actions = self.player, self.actions_
        for action, slot in (
            (actions.open_file, self.ask_file),
            (actions.open_camera, self.ask_camera),
            (actions.open_url, self.ask_url),
            (actions.demo, lambda: player.open("demo")),
            (actions.close_source, player.close_source),
            (actions.quit, self.close),
            (actions.pause, player.toggle_pause),
            (actions.restart, player.restart),
            (actions.raise_threshold, lambda: self.confidence.step(THRESHOLD_STEP)),
            (actions.lower_threshold, lambda: self.confidence.step(-THRESHOLD_STEP)),
            (actions.reset_threshold, lambda: player.set_threshold(None)),
            (actions.dismiss, self._escape),
            (actions.shortcuts, self._show_shortcuts),
            (actions.about, lambda: self._show_dialog(AboutDialog(self))),
        ):
            # The lambda drops the "checked" argument, which these do not take.
            action.triggered.connect(lambda _, slot=slot: slot())
        actions.full_screen.triggered.connect(self.set_full_screen)
        actions.on_preset(player.choose_preset)

        self.preset_list.chosen.connect(player.choose_preset)
        self.confidence.changed.connect(player.set_threshold)
        self.message_bar.dismissed.connect(player.messages.dismiss)
        self.view.double_clicked.connect(actions.full_screen.trigger)
        self.view.shown.connect(self.meter.add)
        player.result_arrived.connect(self._show_result)

    def _show_result(self, result: Result | None) -> None:
        if result is None:
            self.meter.clear()
        self.view.set_result(result)
        self.transport.set_position(result.frame.time if result is not None else None)

    def _refresh(self) -> None:
        playback = self.player.playback
        if not playback.has_source and self.isFullScreen():
            self.set_full_screen(False)
            return
        full = self.isFullScreen()
        page = self.view if playback.has_source else self.start_page
        if page is not self._pages.currentWidget():
            self._pages.setCurrentWidget(page)
            page.setFocus()
        self.panel.setVisible(playback.has_source and not full)
        self.transport.setVisible(playback.has_source and not full)
        bar = self.menuBar()
        if bar is not None:
            bar.setVisible(not full)
        self.setWindowTitle(f"{playback.title} – pedcam" if playback.title else "pedcam")  # noqa: RUF001
        self.view.set_hint(
            self.tr("Opening…")
            if playback.state is StreamState.CONNECTING
            else self.tr("Getting the preset ready…")
        )

    def _name_preset(self) -> None:
        # The panel, which would show the switch, is hidden in full screen.
        running = self.player.presets.find(self.player.presets.running)
        name = running.name if running is not None else None
        if running is not None and name != self._named and self.isFullScreen():
            self.view.flash(running.info.title)
        self._named = name

    def _escape(self) -> None:
        if self.isFullScreen():
            self.set_full_screen(False)
        else:
            self.player.messages.dismiss()

    def _show_shortcuts(self) -> None:
        self._show_dialog(ShortcutsDialog(self.actions_.menus, self))

    def _show_dialog(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


class _Line(QWidget):
    """A hairline between the panel's parts."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        QPainter(self).fillRect(self.rect(), self.palette().mid())
