"""Plays one source at a time through the detectors and keeps the state that widgets show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError
from pedcam.ui.base.background import NewestOnly, Worker, call_on_window_thread
from pedcam.ui.base.messages import Messages
from pedcam.ui.player.playback import Playback
from pedcam.ui.player.session import ResultLog, Session
from pedcam.ui.player.subscribers import Subscribers
from pedcam.ui.presets.control import PresetControl
from pedcam.ui.presets.selection import AutoState, PresetSelection, Threshold
from pedcam.video.sources.spec import SourceError, SourceSpec
from pedcam.video.stream.stream import Result, Stream, StreamState, StreamStatus

_SOURCE = "source"  # the topic of messages about the source


class Player(QObject):
    """The application without its widgets.

    Everything that may wait (opening, closing) is done in order on one worker thread; all state
    changes happen on the window's thread.

    Attributes:
        playback: The source and what it is doing.
        presets: The presets and the choice among them.
        auto: Whether the stream chooses its preset itself.
        threshold: The lowest score shown.
        messages: What the user should read.
        pool: The presets' detectors.
        preset_control: Loads, chooses, adds and removes presets.
        begin_log: Called on a worker thread with every source before it plays, and with what says
            whether it is live once it has given a result; returns what logs its results.
        subscribers: Functions called with every result of whatever plays, on its detector thread.
    """

    result_arrived = pyqtSignal(object)
    """The newest :class:`~pedcam.video.stream.results.Result`, ``None`` when a source begins."""

    source_changed = pyqtSignal(object)
    """A source starts with a new ``PeopleCounter``, or ends with ``None``.

    Whatever belonged to the source before is over, also where the same one starts again.
    """

    source_opened = pyqtSignal(object)
    """The :class:`~pedcam.video.sources.spec.SourceSpec` of a source that gives pictures."""

    def __init__(
        self,
        pool: DetectorPool,
        preset: str | None = None,
        errors: Sequence[PresetError] = (),
        make_stream: Callable[..., Stream] = Stream,
    ) -> None:
        """Load nothing yet.

        Args:
            pool: The presets and their detectors.
            preset: Name of the preset to begin with.
            errors: Preset files that could not be read.
            make_stream: What makes streams, with the arguments of :class:`Stream`.
        """
        super().__init__()
        self.playback = Playback()
        self.presets = PresetSelection(pool.presets, preset)
        self.auto = AutoState()
        self.threshold = Threshold()
        self.messages = Messages()
        self.subscribers = Subscribers()
        self.begin_log: Callable[[SourceSpec, Callable[[], bool]], ResultLog] | None = None
        self.pool = pool
        self._make_stream = make_stream
        self._worker = Worker("pedcam-open", self)
        self._session: Session | None = None
        self._closed = False
        self.preset_control = PresetControl(
            pool, self.presets, self.auto, self.messages, lambda: self.stream
        )
        for error in errors:
            self.messages.post(str(error))
        if preset is not None and self.presets.find(preset) is None and pool.presets:
            self.messages.post(
                f"There is no preset named “{preset}”. "
                f"pedcam starts with “{self.presets.selected}”."
            )

    @property
    def stream(self) -> Stream | None:
        """What plays; ``None`` also while it is being opened."""
        return self._session.stream if self._session is not None else None

    @property
    def source(self) -> SourceSpec | None:
        """What was opened, once that is understood."""
        source = self._session.source if self._session is not None else None
        return source if isinstance(source, SourceSpec) else None

    def open(self, source: str | Path | SourceSpec, *, at: float | None = None) -> None:
        """Play a source instead of the present one; returns at once.

        Args:
            source: What to play; a path is one whatever its name looks like.
            at: Seconds at which a file begins.
        """
        if self.presets.selected is None:
            self.preset_control.report_none()
            return
        old = self._take_session()
        session = self._session = Session(source, at=at)
        self.playback.open(source.title if isinstance(source, SourceSpec) else "")
        self.result_arrived.emit(None)
        self._start(session, old)

    def restart(self) -> None:
        """Play the present source from its start, its last picture staying until then.

        Speed and loop stay as they are.
        """
        if self.presets.selected is None or (old := self._take_session()) is None:
            return
        # Of a source that never opened nobody has chosen anything.
        loop = self.playback.loop if old.opened else old.loop
        session = self._session = Session(old.source, result_seen=True, loop=loop)
        self.playback.reopen()
        self._start(session, old)

    def close_source(self) -> None:
        """Stop playing; the start screen comes back."""
        old = self._take_session()
        self.messages.withdraw(_SOURCE)
        self.playback.close()
        self.presets.mark_running(None)
        self.result_arrived.emit(None)
        self.source_changed.emit(None)
        self._close(old)

    def toggle_pause(self) -> None:
        """Pause, go on, or play again from the start after the end."""
        stream = self.stream
        if stream is None or not self.playback.can_pause:
            return
        if self.playback.state is StreamState.ENDED:
            self.restart()
        elif stream.paused:
            stream.resume()
        else:
            stream.pause()

    def seek(self, seconds: float) -> None:
        """Jump within a file, also after its end."""
        if self.stream is not None:
            self.stream.seek(seconds)

    def step(self) -> None:
        """Pause, or show the next frame while paused."""
        if self.stream is None or not self.playback.can_pause:
            return
        if self.stream.paused:
            self.stream.step()
        else:
            self.stream.pause()

    def step_back(self) -> None:
        """Pause at the frame before the one on display."""
        if self.stream is not None:
            self.stream.step_back()

    def set_speed(self, speed: float) -> None:
        """Play a file slower or faster."""
        if self.stream is not None and not self.playback.source.live:
            self.stream.set_speed(speed)
            self.playback.set_speed(speed)

    def set_loop(self, loop: bool) -> None:
        """Begin a file again at its end, or not."""
        if self.stream is not None:
            self.stream.set_loop(loop)
            self.playback.set_loop(loop)

    def set_threshold(self, value: float | None) -> None:
        """Change the lowest score shown; ``None`` returns to each preset's own."""
        if self.threshold.set(value) and self.stream is not None:
            self.stream.set_score_threshold(self.threshold.override)

    def shutdown(self, timeout: float = 2.0) -> bool:
        """Close everything for good; return whether ``timeout`` seconds were enough."""
        if self._closed:
            return True
        self._closed = True
        self._close(self._take_session())
        self.preset_control.close()
        finished = self._worker.finish(timeout)
        self.pool.close()
        return finished

    def _start(self, session: Session, old: Session | None) -> None:
        preset, threshold = str(self.presets.selected), self.threshold.override
        detail = self.presets.detail
        self.messages.withdraw(_SOURCE)
        self.source_changed.emit(session.counter)
        newest: NewestOnly[Result] = NewestOnly(lambda result: self._result_came(session, result))

        def job() -> tuple[SourceSpec, Stream]:
            if old is not None:
                # A camera can be opened again only once it was let go.
                old.end()
            spec = session.resolve()
            others: list[Callable[[Result], None]] = [self.subscribers.put]
            if self.begin_log is not None:
                log = session.log = self.begin_log(spec, lambda: stream.source.live)
                others.append(log.put)
            beside = Subscribers(*others)

            def deliver(result: Result) -> None:
                newest.put(result)  # if this fails, the stream does
                beside.put(result)

            # Kept here, on the worker, where a later job finds it although the window's thread
            # may not have heard of it; and before it starts, which may fail half-way.
            stream = session.stream = self._make_stream(
                spec,
                self.pool,
                preset,
                loop=spec.kind == "demo" if session.loop is None else session.loop,
                score_threshold=threshold,
                detail=detail,
                counter=session.counter,
                on_result=deliver,
                on_status=lambda status: call_on_window_thread(
                    lambda: self._status_came(session, status)
                ),
            )
            stream.start()
            return spec, stream

        def done(started: tuple[SourceSpec, Stream]) -> None:
            spec, stream = started
            if session is not self._session:
                return
            session.source = spec
            self.playback.set_status(self.playback.status, stream.source)
            self.playback.set_loop(stream.loop)
            if self.playback.speed != 1.0:
                stream.set_speed(self.playback.speed)
            # The choice may have moved on while the stream was being made.
            self.preset_control.apply(stream)
            if self.threshold.override != threshold:
                stream.set_score_threshold(self.threshold.override)
            if self.presets.detail is not detail:
                stream.set_detail(self.presets.detail)

        def failed(error: Exception) -> None:
            if isinstance(error, SourceError):
                self._status_came(session, StreamStatus(StreamState.FAILED, str(error)))
            else:
                self._status_came(session, StreamStatus(StreamState.FAILED))
                # The application's handler logs it and says so.
                raise error

        self._worker.submit(job, done, failed)

    def _close(self, session: Session | None) -> None:
        if session is not None:
            # On the worker, where the job before this one may be what makes the stream.
            self._worker.submit(session.end, lambda _: None)

    def _take_session(self) -> Session | None:
        session, self._session = self._session, None
        return session

    def _result_came(self, session: Session, result: Result) -> None:
        if session is not self._session:
            return
        session.result_seen = True
        self.preset_control.follow(result)
        self.result_arrived.emit(result)

    def _status_came(self, session: Session, status: StreamStatus) -> None:
        if session is not self._session:
            return
        if status.state is StreamState.FAILED:
            broken = self.pool.error(status.preset) if status.preset is not None else None
            if broken is not None and not session.result_seen:
                # Not the source's fault: go on with another preset, if there is one.
                self.preset_control.drop(str(status.preset), broken)
                if self.presets.selected is not None:
                    self.open(session.source)
                    return
            if status.message:
                self.messages.post(status.message, _SOURCE)
            if not session.result_seen:
                # There is no picture to keep: back to the start screen, to choose again.
                self._close(self._take_session())
                self.playback.close()
                self.source_changed.emit(None)
                return
        elif status.state is StreamState.RECONNECTING and status.message:
            self.messages.post(status.message, _SOURCE)
        elif status.state is StreamState.PLAYING:
            self.messages.withdraw(_SOURCE)
            if not session.opened and isinstance(session.source, SourceSpec):
                session.opened = True
                self.source_opened.emit(session.source)
                if session.at is not None:
                    self.seek(session.at)
        if status.state is not StreamState.CLOSED:
            source = session.stream.source if session.stream is not None else None
            self.playback.set_status(status, source)
