"""Keeps the list of events and the history up to date while streams play."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from PyQt6 import sip
from PyQt6.QtCore import QObject, QStandardPaths, Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QWidget

from pedcam.errors import UserError
from pedcam.history.csv_export import write_events
from pedcam.history.session import Session
from pedcam.history.store import History, history_file
from pedcam.history.values import HistoryQuery, HistorySource, Keeping, PastEvent
from pedcam.history.writer import HistoryWriter
from pedcam.ui.base.background import Worker, call_on_window_thread
from pedcam.ui.base.messages import Messages
from pedcam.ui.history.events import MOST, EventList
from pedcam.video.output.snapshot import recording_name
from pedcam.video.people.counts import Event, EventKind
from pedcam.video.sources.spec import SourceSpec

FLUSH_TIMEOUT = 5.0  # seconds
SHOW_EVERY = 200  # milliseconds
_TOPIC = "history"


class HistoryControl(QObject):
    """Takes the results of streams on their threads; writes in a thread of its own.

    Attributes:
        writer: Writes; to be started, and told what is to be kept.
        events: What happened lately, for the list; changes at most five times a second.
        path: Where the history is kept.
    """

    saved = pyqtSignal(object)
    """The :class:`~pathlib.Path` of a table that is complete."""

    failed = pyqtSignal(str)
    """Why a table could not be written, to be shown."""

    def __init__(
        self,
        messages: Messages,
        path: Path | None = None,
        keeping: Keeping | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Prepare; nothing is written before ``writer`` is started.

        By default, the history is kept in the user's data folder.
        """
        super().__init__(parent)
        self.events = EventList(parent=self)
        self.path = path or history_file()
        self._messages = messages
        self._folder = ""
        # Set and filled by other threads, and looked at by the timer.
        self._session: Session | None = None
        self._pending: deque[tuple[Session, PastEvent]] = deque(maxlen=MOST)
        self._clips: deque[tuple[Session, Event, Path]] = deque(maxlen=MOST)
        self._shown: Session | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._show_pending)
        self._timer.start(SHOW_EVERY)
        self.writer = HistoryWriter(
            self.path,
            keeping,
            on_events=lambda session, events: self._pending.extend((session, e) for e in events),
            on_clip=lambda *clip: self._clips.append(clip),
            on_problem=lambda text: self._deliver(lambda: self._show_problem(text)),
            on_note=lambda text: self._deliver(lambda: messages.post(text)),
        )
        self._worker = Worker("pedcam-history-export", self)

    def begin(self, spec: SourceSpec, is_live: Callable[[], bool]) -> Session:
        """Begin a session, for the ``writer`` to take results of; may be called from any thread.

        ``is_live`` tells whether it is a live source, from any thread, once it has given a result.
        """
        self._session = session = Session(HistorySource.of(spec), is_live)
        return session

    def ask_export(self, parent: QWidget) -> None:
        """Let the user choose where the events of this source are to be saved, and save them."""
        title = self._session.source.title if self._session is not None else ""
        name = recording_name(title or "events", datetime.now())
        ask_csv(parent, name, self.export, self._folder)

    def export(self, path: Path) -> None:
        """Save the events of this source, of the kinds that are shown; ``saved`` says when.

        Those of the whole session, where the history is kept, and of the list otherwise.
        """
        self._folder = str(path.parent)
        session, hidden = self._session, self.events.hidden
        listed = list(self.events.events)

        def job() -> int:
            self.writer.flush(FLUSH_TIMEOUT)
            if session is None or session.number is None or self.writer.keeping.days <= 0:
                return write_events(path, listed)
            kinds = frozenset(EventKind) - hidden
            query = HistoryQuery(session=session.number, kinds=kinds, descending=False)
            with closing(History(self.path)) as history:
                return write_events(path, history.find(query))

        self._worker.submit(job, lambda _: self.saved.emit(path), self._export_failed)

    def shutdown(self, timeout: float = 1.0) -> bool:
        """Write what waits and end; return whether ``timeout`` seconds were enough."""
        self._timer.stop()
        self._worker.stop()
        return self.writer.close(timeout)

    def _deliver(self, call: Callable[[], None]) -> None:
        call_on_window_thread(lambda: None if sip.isdeleted(self) else call())

    def _show_pending(self) -> None:
        if self._session is not self._shown:
            self._shown = self._session
            self.events.begin()
        # First, as their events were told before them.
        clips = [self._clips.popleft() for _ in range(len(self._clips))]
        pending = [self._pending.popleft() for _ in range(len(self._pending))]
        # What is left of an earlier source belongs to the history and not into the list.
        mine = [past for session, past in pending if session is self._shown]
        if mine:
            self.events.extend(mine)
        for session, event, clip in clips:
            if session is self._shown:
                self.events.attach_clip(event, clip)

    def _show_problem(self, problem: str) -> None:
        if problem:
            self._messages.post(problem, _TOPIC)
        else:
            self._messages.withdraw(_TOPIC)

    def _export_failed(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            # The application's handler logs it and says so.
            raise error
        self.failed.emit(str(error))


def ask_csv(parent: QWidget, name: str, chosen: Callable[[Path], None], folder: str = "") -> None:
    """Let the user choose a CSV file; see :func:`ask_file`."""
    ask_file(parent, "Export events", "Table", f"{name}.csv", chosen, folder)


def ask_file(
    parent: QWidget,
    title: str,
    kind: str,
    name: str,
    chosen: Callable[[Path], None],
    folder: str = "",
) -> None:
    """Let the user choose where to save a file; return at once, ``chosen`` is called with it.

    The dialog begins in ``folder``, by default the user's documents, and proposes ``name``, whose
    ending is that of all files of this ``kind``.
    """
    documents = QStandardPaths.StandardLocation.DocumentsLocation
    folder = folder or QStandardPaths.writableLocation(documents)
    ending = Path(name).suffix
    dialog = QFileDialog(parent, title, folder)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(f"{kind} (*{ending})")
    dialog.setDefaultSuffix(ending)
    dialog.selectFile(name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.open()
