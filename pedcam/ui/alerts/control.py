"""Has done what rules say while sources play, and shows the user what is to be heard and seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PyQt6 import sip
from PyQt6.QtCore import QObject

from pedcam.history.clips import Clips
from pedcam.history.schema import HistoryError
from pedcam.history.session import Session
from pedcam.history.store import clips_folder
from pedcam.history.writer import HistoryWriter
from pedcam.rules.acting import CLOSE_TIMEOUT, Acting
from pedcam.rules.actions import ActionHandlers, ActionOptions
from pedcam.rules.alert import Alert
from pedcam.rules.sending.message import Message
from pedcam.ui.alerts.notifier import Notifier
from pedcam.ui.alerts.sound import AlertSound
from pedcam.ui.base.background import call_on_window_thread, prepare_delivery
from pedcam.ui.base.messages import Messages
from pedcam.ui.settings.settings import Settings
from pedcam.ui.zones.state import Zones
from pedcam.video.people.counts import Event
from pedcam.video.people.rules import Rule

ALERT_TOPIC = "alert"
PROBLEM_TOPIC = "acting"


def action_options(values: Settings, history: Path, *, blur: bool) -> ActionOptions:
    """Return how to act: clips go to the history in that file, or to the recordings without one.

    ``blur`` says whether people are blurred on the screen, as they then are everywhere.
    """
    return ActionOptions(
        values.snapshots,
        Clips(history).folder if values.history_days > 0 else values.recordings,
        before=values.clip_before,
        after=values.clip_after,
        snapshots_marked=values.snapshot_marked,
        snapshots_blurred=values.snapshot_blurred or blur,
        clips_marked=values.recording_marked,
        clips_blurred=values.recording_blurred or blur,
    )


class AlertControl(QObject):
    """Acts on the rules of whatever plays, off the window's thread.

    Attributes:
        notifier: Shows notifications on the desktop.
        sound: The sound of an alert.
    """

    def __init__(
        self,
        zones: Zones,
        messages: Messages,
        history: HistoryWriter,
        options: ActionOptions,
        send: Callable[[Message], object],
        parent: QObject | None = None,
    ) -> None:
        """Begin without a source.

        Args:
            zones: Whose rules they are.
            messages: What the user should read.
            history: What the clips belong to.
            options: Where pictures and clips go.
            send: Takes messages to be sent, from any thread.
            parent: Owner.
        """
        super().__init__(parent)
        prepare_delivery()
        self.notifier = Notifier(self)
        self.sound = AlertSound(self)
        self._zones, self._messages, self._history = zones, messages, history
        self._send = send
        self._lock = threading.Lock()
        self._options = options
        self._rules: tuple[Rule, ...] = zones.rules
        # The last one is of the present source; those before may have clips to complete.
        self._acting: list[Acting] = []
        zones.subscribe(self._take_rules)

    def begin(self, title: str, session: Session) -> Acting:
        """Begin with a source of that title; may be called from any thread but the window's.

        The results of the ``session`` are to be put to what is returned, which is then to be
        closed.
        """
        # What is wrong with it is reported when there is a clip to write.
        with suppress(HistoryError):
            clips_folder(self._history.path)
        handlers = ActionHandlers(
            send=self._send,
            on_sound=lambda alert: self._deliver(lambda: self._sound(alert)),
            on_notify=lambda alert: self._deliver(lambda: self._notify(alert)),
            on_clip=lambda event, clip: self._attach(session, event, clip),
            on_problem=lambda text: self._deliver(lambda: self._messages.post(text, PROBLEM_TOPIC)),
        )
        with self._lock:
            acting = Acting(title, self._options, handlers, self._rules)
            unfinished = [each for each in self._acting if not each.close(0.0)]
            self._acting = [*unfinished, acting]
        acting.start()
        return acting

    def set_options(self, options: ActionOptions) -> None:
        """Change where pictures and clips go, and what is seen in them, from now on."""
        with self._lock:
            if options != self._options:
                self._options = options
                for acting in self._acting[-1:]:
                    acting.set_options(options)

    def shutdown(self, timeout: float = CLOSE_TIMEOUT) -> bool:
        """Complete clips and end; return whether ``timeout`` seconds were enough."""
        deadline = time.monotonic() + timeout
        with self._lock:
            acting, self._acting = self._acting, []
        # Not all(): each of them is to be told.
        ended = [each.close(max(0.0, deadline - time.monotonic())) for each in acting]
        return all(ended)

    def _attach(self, session: Session, event: Event, clip: Path) -> None:
        if clip.parent == Clips(self._history.path).folder:
            self._history.attach_clip(session, event, clip)

    def _take_rules(self) -> None:
        with self._lock:
            if self._zones.rules != self._rules:
                self._rules = self._zones.rules
                for acting in self._acting[-1:]:
                    acting.set_rules(self._rules)

    def _deliver(self, call: Callable[[], object]) -> None:
        call_on_window_thread(lambda: None if sip.isdeleted(self) else call())

    def _sound(self, alert: Alert) -> None:
        self.sound.play()
        self._show(alert)

    def _notify(self, alert: Alert) -> None:
        self.notifier.show(alert.title, alert.text)
        self._show(alert)

    def _show(self, alert: Alert) -> None:
        # Whoever hears something looks into the window for what it was.
        self._messages.post(f"{alert.title} – {alert.text}", ALERT_TOPIC)  # noqa: RUF001
