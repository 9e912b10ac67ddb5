"""The main window: lays out its parts and shows those that the state asks for."""

from __future__ import annotations

from PyQt6.QtCore import QByteArray, QEvent, QSize, Qt
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pedcam.detect.detail import Detail
from pedcam.ui.actions import Actions
from pedcam.ui.base import icons, text
from pedcam.ui.base.message_bar import MessageBar
from pedcam.ui.compare.box import CompareBox
from pedcam.ui.compare.state import Layout
from pedcam.ui.compare.view import CompareView
from pedcam.ui.dialogs import Dialogs
from pedcam.ui.figures.panel import FiguresPanel
from pedcam.ui.history.events_panel import EventsPanel
from pedcam.ui.picture.video_view import VideoView
from pedcam.ui.player.playback_bar import PlaybackBar
from pedcam.ui.player.player import Player
from pedcam.ui.presets.controls import ConfidencePanel
from pedcam.ui.presets.panel import PresetPanel
from pedcam.ui.recording.saved_bar import SavedBar
from pedcam.ui.services import Services
from pedcam.ui.side_panel import SidePanel
from pedcam.ui.start.drop_target import DropTarget
from pedcam.ui.start.start_page import Offer, StartPage
from pedcam.ui.zones.panel import ZonesPanel
from pedcam.ui.zones.tool import ZoneTool
from pedcam.video.people.counts import EventKind
from pedcam.video.stream.stream import Result, StreamState


class MainWindow(QMainWindow):
    """Start screen or picture, with a panel of presets, figures, lines and events."""

    def __init__(self, player: Player, services: Services) -> None:
        super().__init__()
        self.player, self.services = player, services
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(880, 520)
        self.actions_ = actions = Actions(self, player, services)
        self.dialogs = Dialogs(self, player, services)
        self.start_page = StartPage(
            self._offers(), services.recents, services.thumbnails, services.cameras
        )
        self.view = VideoView(services.options)
        self.view.set_tool(ZoneTool(services.zones, self.view.update))
        self.compare_view = CompareView(services.options, services.comparison, self._preset_title)
        self.message_bar = MessageBar(player.messages)
        self.saved_bar = SavedBar()
        self.bar = PlaybackBar(player.playback, actions, services.recording)
        self.preset_panel = PresetPanel(player.presets, services.measurements, player.auto)
        self.confidence = ConfidencePanel(player.threshold, player.presets)
        self.compare_box = CompareBox(player.presets, services.comparison)
        self.figures = FiguresPanel(
            services.meter, player.presets, player.playback, services.series
        )
        self.zones_panel = ZonesPanel(services.zones, services.firings)
        self.events_panel = EventsPanel(services.history.events)
        self.panel = self._build_panel()
        self.drop_target = DropTarget(self)
        self._pages = QStackedWidget()
        for page in (self.start_page, self.view, self.compare_view):
            self._pages.addWidget(page)
        self._lay_out()
        self._connect()
        self._restore()
        self.refresh()

    @property
    def playing_page_shown(self) -> bool:
        """Whether a picture is shown instead of the start screen."""
        return self._pages.currentWidget() is not self.start_page

    def set_full_screen(self, on: bool) -> None:
        self.actions_.full_screen.setChecked(on)
        if on != self.isFullScreen():
            # Beside the other states: the window is maximized again if it was.
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
            self.show()
        self.refresh()

    def show_result(self, result: Result | None) -> None:
        """Show a result; ``None`` before the first."""
        self.view.set_result(result)
        playback = self.player.playback
        if result is None:
            self.bar.set_position(None)
            self.bar.set_latency(None)
            self.view.end_source()
        else:
            playback.position = result.frame.time
            self.bar.set_position(result.frame.time, result.frame.segment)
            if playback.source.live:
                self.bar.set_latency(result.latency_ms)

    def escape(self) -> None:
        if self.services.zones.drawing:
            self.services.zones.select(None)
        elif self.isFullScreen():
            self.set_full_screen(False)
        else:
            self.player.messages.dismiss()

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.WindowStateChange:
            self.actions_.full_screen.setChecked(self.isFullScreen())
            self.refresh()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Ask before work is cut short; cancel dialogs, which would otherwise never end theirs."""
        if event is not None and self._keep_open():
            event.ignore()
            return
        for dialog in self.findChildren(QDialog):
            if dialog.isVisible():
                dialog.reject()
        self._remember()
        super().closeEvent(event)

    def refresh(self) -> None:
        playback = self.player.playback
        if not playback.has_source and self.isFullScreen():
            self.set_full_screen(False)
            return
        full = self.isFullScreen()
        page: QWidget = self.start_page
        if playback.has_source:
            page = self.compare_view if self.services.comparison.active else self.view
        if page is not self._pages.currentWidget():
            self._pages.setCurrentWidget(page)
            page.setFocus()
        self.panel.setVisible(playback.has_source and not full and self.actions_.panel.isChecked())
        self.bar.setVisible(playback.has_source and not full)
        bar = self.menuBar()
        if bar is not None:
            bar.setVisible(not full)
        title = playback.source.title
        self.setWindowTitle(f"{title} – pedcam" if title else "pedcam")  # noqa: RUF001
        self.view.set_hint(
            "Opening…" if playback.state is StreamState.CONNECTING else "Getting the preset ready…"
        )

    def _offers(self) -> list[Offer]:
        actions = self.actions_
        return [
            Offer(actions.demo, "Play demo", "A short clip to try it out", "walker"),
            Offer(actions.open_file, "Open video", "A file on this computer", "file"),
            Offer(actions.open_folder, "Open folder", "Pictures, one by one", "folder"),
            Offer(actions.open_screen, "Screen", "All of it, or a part", "screen"),
        ]

    def _preset_title(self, name: str) -> str:
        preset = self.player.presets.find(name)
        return text.title(preset) if preset is not None else name

    def _build_panel(self) -> SidePanel:
        panel = SidePanel()
        parts = [self.preset_panel, self.confidence, self.compare_box]
        panel.add_page("presets", "Presets", parts)
        panel.add_page("live", "Live", [self.figures])
        panel.add_page("zones", "Zones", [self.zones_panel])
        panel.add_page("events", "Events", [self.events_panel], scrolls=False)
        return panel

    def _lay_out(self) -> None:
        main = QWidget()
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self._pages, 1)
        for part in (self.message_bar, self.saved_bar, self.bar):
            left.addWidget(part)
        row = QHBoxLayout(main)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(self.panel)
        self.setCentralWidget(main)

    def _connect(self) -> None:
        player, actions = self.player, self.actions_
        player.playback.subscribe(self.refresh)
        player.preset_control.switched.connect(self._name_preset)
        player.result_arrived.connect(self.show_result)
        self.services.comparison.subscribe(self.refresh)
        actions.quit.triggered.connect(self.close)
        actions.panel.triggered.connect(self.refresh)
        actions.dismiss.triggered.connect(self.escape)
        actions.full_screen.triggered.connect(self.set_full_screen)

    def _restore(self) -> None:
        memory = self.services.memory
        self.resize(self._first_size())
        geometry = memory.recall("geometry", "")
        self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        self.actions_.panel.setChecked(memory.recall("panel", True))
        page = memory.recall("page", "presets")
        # What the page of lines and zones was called by earlier versions.
        self.panel.turn_to("zones" if page == "places" else page)
        self.figures.set_span(memory.recall("span", 1))
        if memory.recall("divider", False):
            self.services.comparison.set_layout(Layout.DIVIDER)
        percent = memory.recall("confidence", -1)
        if 0 <= percent <= 100:
            self.player.set_threshold(percent / 100)
        detail = memory.recall("detail", "")
        if detail in list(Detail):
            self.player.preset_control.set_detail(Detail(detail))
        for kind in EventKind:
            shown = kind.value not in memory.recall("hidden events", list[str]())
            self.services.history.events.show_kind(kind, shown)

    def _remember(self) -> None:
        memory = self.services.memory
        if not self.isFullScreen():
            memory.remember("geometry", self.saveGeometry().toBase64().data().decode())
        memory.remember("panel", self.actions_.panel.isChecked())
        memory.remember("page", self.panel.current)
        memory.remember("preset", self.player.presets.selected)
        memory.remember("divider", self.services.comparison.layout is Layout.DIVIDER)
        override = self.player.threshold.override
        memory.remember("confidence", -1 if override is None else round(100 * override))
        memory.remember("detail", self.player.presets.detail.value)
        hidden = self.services.history.events.hidden
        memory.remember("hidden events", sorted(kind.value for kind in hidden))

    def _first_size(self) -> QSize:
        size, screen = QSize(1280, 800), self.screen()
        if screen is None:
            return size
        # What the window manager adds around the window must fit too.
        return size.boundedTo(screen.availableGeometry().size() - QSize(16, 48))

    def _keep_open(self) -> bool:
        services = self.services
        if not services.settings.values.confirm_close:
            return False
        words = []
        if services.export_control.export.running:
            words += ["An export is running. It ends here, and what it wrote is deleted."]
        if services.recording.running:
            words += ["A recording is running. It will be completed before pedcam closes."]
        if not words:
            return False
        answer = QMessageBox.question(
            self,
            "Close pedcam?",
            "\n".join(words),
            QMessageBox.StandardButton.Close | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Close,
        )
        return answer != QMessageBox.StandardButton.Close

    def _name_preset(self, name: str) -> None:
        # The panel, which would show the switch, is hidden in full screen.
        if not self.panel.isVisible():
            self.view.flash(self._preset_title(name))
