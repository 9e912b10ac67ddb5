"""Everything that works behind the window's widgets, made and closed in one place."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject

from pedcam.detect.pool import DetectorPool, lanes_for
from pedcam.history.store import history_file
from pedcam.history.values import Keeping
from pedcam.measure.speed.results_file import measurements_file
from pedcam.rules.actions import ActionOptions
from pedcam.rules.sending.address_book import AddressBook, addresses_file
from pedcam.rules.sending.outbox import outbox_folder
from pedcam.ui.alerts.control import AlertControl, action_options
from pedcam.ui.alerts.sending_control import SendingControl
from pedcam.ui.compare.control import ComparisonControl
from pedcam.ui.compare.state import ComparisonState
from pedcam.ui.figures.meter import FigureMeter
from pedcam.ui.figures.series import PeopleSeries
from pedcam.ui.history.control import HistoryControl
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.player.player import Player
from pedcam.ui.player.session import ResultLog
from pedcam.ui.player.subscribers import Subscribers
from pedcam.ui.presets.measurements import Measurements
from pedcam.ui.presets.measuring import Measuring
from pedcam.ui.presets.selection import Condition
from pedcam.ui.recording.control import RecordingControl
from pedcam.ui.recording.export_control import ExportControl
from pedcam.ui.recording.recording import RecordingOptions
from pedcam.ui.rules.firings import Firings
from pedcam.ui.rules.rule_files import RuleFiles
from pedcam.ui.settings.autosave import SettingsAutosave
from pedcam.ui.settings.settings_store import Stored, load_settings, settings_file
from pedcam.ui.start.camera_list import CameraList
from pedcam.ui.start.recents import Recents
from pedcam.ui.start.recents_autosave import RecentsAutosave
from pedcam.ui.start.recents_file import recents_file
from pedcam.ui.start.thumbnails import Thumbnails
from pedcam.ui.zones.control import ZoneControl
from pedcam.ui.zones.state import Zones
from pedcam.ui.zones.store import zones_file
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.stream import Result, StreamState

_AT_REST = (StreamState.CLOSED, StreamState.PAUSED, StreamState.ENDED, StreamState.FAILED)


@dataclass(frozen=True)
class Files:
    """Where the window keeps what it keeps."""

    settings: Path
    history: Path
    zones: Path
    recents: Path
    measurements: Path
    addresses: Path
    outbox: Path

    @classmethod
    def of_user(cls) -> Files:
        return cls(
            settings_file(),
            history_file(),
            zones_file(),
            recents_file(),
            measurements_file(),
            addresses_file(),
            outbox_folder(),
        )

    @classmethod
    def under(cls, folder: Path) -> Files:
        return cls(
            folder / "settings.json",
            folder / "history.sqlite3",
            zones_file(folder),
            folder / "recents.json",
            folder / "measurements.json",
            folder / "secrets" / "addresses.json",
            folder / "outbox",
        )


class Services(QObject):
    """What a window needs besides the player; knows no widget.

    Attributes:
        settings: What the user set.
        memory: What the window remembers.
        options: What is drawn over the picture.
    """

    def __init__(self, player: Player, files: Files, stored: Stored | None = None) -> None:
        """Make everything; ``stored`` are the settings, if they are read already."""
        super().__init__()
        self.player, self.files = player, files
        stored = load_settings(files.settings) if stored is None else stored
        self.autosave = SettingsAutosave(stored, files.settings, parent=self)
        self.settings, self.memory = self.autosave.settings, self.autosave.memory
        self.options = ViewOptions()
        self.options.restore(self.memory.recall("view", dict[str, object]()))
        self.meter = FigureMeter()
        self.series = PeopleSeries(player.playback)
        self.zones = Zones()
        self._kept = self._keeping()
        self.history = HistoryControl(player.messages, files.history, self._kept, self)
        self.sending = SendingControl(
            self.settings, player.messages, AddressBook(files.addresses), files.outbox, self
        )
        # Before the counter's rules: those that fire are to be known here.
        self.alerts = AlertControl(
            self.zones,
            player.messages,
            self.history.writer,
            self._action_options(),
            send=self.sending.send,
            parent=self,
        )
        self.zone_control = ZoneControl(self.zones, player.messages, files.zones)
        self.rule_files = RuleFiles(self.zones, self)
        self.firings = Firings()
        self.recording_control = RecordingControl(self)
        self.recording = self.recording_control.recording
        self.export_control = ExportControl(self._make_pool, self)
        self.comparison = ComparisonState()
        self.comparison_control = ComparisonControl(
            player.pool, player.subscribers, self.comparison, player.messages
        )
        self.measurements = Measurements()
        self.measuring = Measuring(
            self.measurements, player.presets, player.pool, path=files.measurements
        )
        self.recents = Recents()
        self.recents_autosave = RecentsAutosave(self.recents, files.recents, self)
        self.thumbnails = Thumbnails(self.recents, self)
        self.cameras = CameraList(parent=self)
        self._applied = self.settings.values
        player.auto.set(False, self._applied.auto_target)
        self._connect()
        for problem in stored.problems:
            player.messages.post(problem)

    def start(self) -> None:
        """Start the history, the measuring and, where the settings want it, Auto."""
        self.history.writer.start()
        self.measuring.start()
        self.sending.load()
        values = self.settings.values
        if values.auto_at_start:
            self.player.preset_control.set_auto(True, values.auto_target)

    def recording_options(self) -> RecordingOptions:
        values = self.settings.values
        return RecordingOptions(
            values.recordings,
            container=values.container,  # type: ignore[arg-type] # one of the choices
            marked=values.recording_marked,
            blurred=values.recording_blurred or self.options.blur,
            table=values.table,
        )

    def snapshot_options(self) -> RecordingOptions:
        values = self.settings.values
        return RecordingOptions(
            values.snapshots,
            marked=values.snapshot_marked,
            blurred=values.snapshot_blurred or self.options.blur,
        )

    def _action_options(self) -> ActionOptions:
        return action_options(self.settings.values, self.files.history, blur=self.options.blur)

    def close(self, timeout: float = 5.0) -> bool:
        """Finish what runs and close everything, the player too; return whether all ended in time.

        Finishing a recording may take ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        self.measuring.close()
        self.comparison_control.close()
        self.thumbnails.close()
        done = self.recording_control.shutdown(timeout)
        done = self.export_control.shutdown(2.0) and done
        done = self.player.shutdown(max(0.5, min(2.0, deadline - time.monotonic()))) and done
        done = self.alerts.shutdown(2.0) and done
        for finish in (
            self.zone_control.close,
            self.rule_files.close,
            self.history.shutdown,
            self.sending.shutdown,
            self.recents_autosave.finish,
            self.autosave.finish,
        ):
            done = finish(1.0) and done
        return done

    def _connect(self) -> None:
        player = self.player
        player.begin_log = self._begin_log
        player.source_changed.connect(self._begin_source)
        player.source_opened.connect(self._source_opened)
        player.result_arrived.connect(self._take)
        player.playback.subscribe(self._tell_measuring)
        player.threshold.subscribe(
            lambda: self.comparison_control.set_score_threshold(player.threshold.override)
        )
        player.presets.subscribe(self._keep_comparison)
        self.zones.subscribe(self._draw_instead)
        self.history.events.begun.connect(self.firings.clear)
        self.history.events.happened.connect(self.firings.add)
        self.comparison.subscribe(self._compare_instead)
        self.options.subscribe(self._options_changed)
        self.settings.subscribe(self._settings_changed)
        for failed in (
            self.autosave.failed,
            self.recording_control.failed,
            self.export_control.failed,
            self.rule_files.failed,
            self.history.failed,
            self.recents_autosave.failed,
        ):
            failed.connect(player.messages.post)
        self._tell_measuring()

    def _begin_log(self, spec: SourceSpec, is_live: Callable[[], bool]) -> ResultLog:
        session, writer = self.history.begin(spec, is_live), self.history.writer
        acting = self.alerts.begin(spec.title, session)

        def end() -> None:
            acting.close(0.0)  # it goes on with its clips
            writer.end(session)

        return ResultLog(Subscribers(partial(writer.put, session), acting.put).put, end)

    def _begin_source(self, counter: PeopleCounter | None) -> None:
        self.recording_control.stop()
        self.series.clear()
        self.meter.clear()
        self.comparison_control.new_source()
        self.zone_control.follow(counter, self.player.source)
        if counter is None:
            self.comparison_control.compare(None)

    def _source_opened(self, spec: SourceSpec) -> None:
        self.zone_control.opened(spec)
        self.recents.add(spec)

    def _take(self, result: Result | None) -> None:
        self.zone_control.show(result)
        if result is not None:
            self.series.add(result)

    def _tell_measuring(self) -> None:
        playback = self.player.playback
        self.measuring.set_activity(
            source=playback.has_source, moving=playback.state not in _AT_REST
        )

    def _keep_comparison(self) -> None:
        other, presets = self.comparison.other, self.player.presets
        if other is not None and presets.find(other) is None:
            self.comparison_control.compare(None)
        elif other is not None and other == presets.selected:
            # The two change sides: nobody compares a preset with itself.
            left = presets.find(presets.previous)
            gone = left is None or presets.condition(left.name) is Condition.FAILED
            self.comparison_control.compare(None if gone else presets.previous)

    def _draw_instead(self) -> None:
        # Lines and zones are seen and drawn on the one picture only.
        if self.zones.drawing and self.comparison.active:
            self.comparison_control.compare(None)

    def _compare_instead(self) -> None:
        if self.zones.drawing and self.comparison.active:
            self.zones.select(None)

    def _options_changed(self) -> None:
        self.memory.remember("view", self.options.to_dict())
        if self.options.blur:
            self.recording_control.blur()
        self.alerts.set_options(self._action_options())
        self._keep_history()

    def _settings_changed(self) -> None:
        self.alerts.set_options(self._action_options())
        self._keep_history()
        before, values = self._applied, self.settings.values
        self._applied = values
        control = self.player.preset_control
        if (values.provider, values.thread_limit) != (before.provider, before.thread_limit):
            # A device named on the command line stays until another one is chosen.
            kept = values.provider == before.provider
            provider = self.player.pool.provider if kept else values.provider
            control.reload(provider, values.thread_limit)
        if values.auto_target != before.auto_target:
            control.set_auto(self.player.auto.enabled, values.auto_target)

    def _keep_history(self) -> None:
        # What it was told last: it may not have got to it yet.
        keeping = self._keeping()
        if keeping != self._kept:
            self._kept = keeping
            self.history.writer.set_keeping(keeping)

    def _keeping(self) -> Keeping:
        values = self.settings.values
        return Keeping(
            days=values.history_days,
            limit=values.history_bytes,
            snapshots=values.event_pictures,
            blurred=values.event_pictures_blurred or self.options.blur,
        )

    def _make_pool(self) -> DetectorPool:
        """Return a pool for a whole file, apart from the player's."""
        pool = self.player.pool
        lanes = lanes_for(pool.provider, pool.threads)
        # None is one thread a frame where there are lanes, and else all cores.
        threads = pool.threads if lanes == 1 else None
        return DetectorPool(pool.presets, provider=pool.provider, threads=threads, lanes=lanes)
