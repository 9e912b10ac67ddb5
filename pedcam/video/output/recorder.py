"""Recording of a stream beside it, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from pedcam.video.output.annotate import PeopleAnnotator, PeopleBlur, black_out
from pedcam.video.output.partial_file import OutputError
from pedcam.video.output.tables import ResultFile
from pedcam.video.output.video_writer import VideoWriter
from pedcam.video.sources.frame import Frame
from pedcam.video.stream.results import Result

DEFAULT_MEMORY = 128 * 2**20  # bytes; 20 frames of 1080p, or one of 8K
CLOSE_TIMEOUT = 5.0  # seconds
ASSUMED_GAP = 0.04  # seconds across a jump between two frames, at least

_log = logging.getLogger(__name__)


class Recorder:
    """Writes the results of a stream to files, without holding the stream up.

    ``put`` is what the stream calls. While the files cannot follow, results wait within a bounded
    memory; when that is full they are dropped and counted, or ``put`` waits. An error ends the
    recording and nothing else. Zones that are blacked out are black in the video. Where the source
    jumps, loops or reconnects the video goes on with the time that really passed; the rows have the
    times of the source.
    """

    def __init__(
        self,
        video: VideoWriter | None = None,
        rows: Sequence[ResultFile] = (),
        *,
        marked: bool = True,
        blurred: bool = False,
        wait: bool = False,
        memory: int = DEFAULT_MEMORY,
        on_end: Callable[[OutputError | None], None] | None = None,
    ) -> None:
        """Take over the files, which are closed with the recorder.

        With ``wait``, ``put`` waits for room instead of dropping, so that nothing is left out.
        ``memory`` is how many bytes of pictures may wait; one picture may always. ``on_end`` is
        called once, from the recorder's thread or from within :meth:`close`, with the error that
        ended the recording if there was one.
        """
        # Results written, results left out as the files could not follow, bytes of all files.
        self.frames = self.dropped = self.size = 0
        self.seconds = 0.0  # time of the last frame in the recording, which begins at 0
        self.error: OutputError | None = None  # why the recording ended
        self._video, self._rows = video, tuple(rows)
        self._blur = PeopleBlur() if blurred else None
        self._marked = marked
        self._annotator: tuple[tuple[int, int], PeopleAnnotator] | None = None
        self._timeline = _Timeline()
        self._waits, self._memory = wait, memory
        self._on_end = on_end
        self._changed = threading.Condition()
        self._queue: deque[Result] = deque()
        self._queued_bytes = 0
        self._newest: tuple[int, int] | None = None
        self._closing = self._told = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files; no video if it ended without a frame."""
        rows = tuple(writer.path for writer in self._rows)
        if self._video is None or (self._told and not self._video.frames):
            return rows
        return (self._video.path, *rows)

    @property
    def running(self) -> bool:
        """Whether results are still taken."""
        return not self._closing

    def start(self) -> None:
        """Begin to write; results put before wait in memory."""
        self._thread.start()

    def blur(self) -> None:
        """Blur people in the video from the next picture on."""
        if self._blur is None:
            self._blur = PeopleBlur()

    def put(self, result: Result) -> None:
        """Take a result to be written; after the end it does nothing.

        A frame that is detected again, as after a switch of presets at rest, is written once.
        """
        key = (result.frame.segment, result.frame.index)
        size = result.frame.image.nbytes

        def has_room() -> bool:
            return not self._queue or self._queued_bytes + size <= self._memory

        with self._changed:
            if key == self._newest:
                return
            if self._waits:
                self._changed.wait_for(lambda: self._closing or has_room())
            if self._closing:
                return
            self._newest = key
            if not has_room():
                self.dropped += 1
                return
            self._queue.append(result)
            self._queued_bytes += size
            self._changed.notify_all()

    def close(self, timeout: float | None = CLOSE_TIMEOUT) -> None:
        """Write what waits, complete the files and end; more calls do nothing.

        A disk that takes longer than the time-out in seconds (``None`` for no limit) is left to the
        thread, which completes the files if it ever can; ``error`` and ``on_end`` say so.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is None:
            self._end(self._close_files())
        elif self._thread is not threading.current_thread():
            self._thread.join(timeout)
            if timeout is not None and self._thread.is_alive():
                self._give_up(timeout)

    def _run(self) -> None:
        failure: OutputError | None = None
        try:
            while (result := self._next()) is not None:
                self._write(result)
        except OutputError as error:
            failure = error
        # Any failure here must be reported, or the recording would be lost unseen.
        except Exception as error:
            _log.exception("recording stopped")
            failure = OutputError(f"Recording stopped unexpectedly: {error}")
        with self._changed:
            self._closing = True
            self._forget()
        unfinished = self._close_files()
        self._end(failure or unfinished)

    def _next(self) -> Result | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closing)
            if not self._queue:
                return None
            result = self._queue.popleft()
            self._queued_bytes -= result.frame.image.nbytes
            self._changed.notify_all()
            return result

    def _write(self, result: Result) -> None:
        time = self._timeline.place(result.frame)
        if self._video is not None:
            image, people = result.frame.image, result.detections
            if self._blur is not None:
                image = self._blur.annotate(image, people, time)
            image = black_out(image, result.ignored)
            if self._marked:
                height, width = image.shape[:2]
                if self._annotator is None or self._annotator[0] != (width, height):
                    self._annotator = (width, height), PeopleAnnotator((width, height))
                image = self._annotator[1].annotate(image, people)
            self._video.write(image, time)
        for writer in self._rows:
            writer.append(result)
        self.frames += 1
        self.seconds = time
        self.size = sum(writer.size for writer in self._files())

    def _files(self) -> list[VideoWriter | ResultFile]:
        return [*([self._video] if self._video is not None else []), *self._rows]

    def _close_files(self) -> OutputError | None:
        """Close every file, and return the first error."""
        first = None
        for writer in self._files():
            try:
                writer.close()
            except OutputError as error:
                first = first or error
            # Unreported, it would leave people looking for a file that does not exist.
            except Exception as error:
                _log.exception("a file could not be completed")
                first = first or OutputError(f"{writer.path} could not be completed: {error}.")
        return first

    def _forget(self) -> None:
        self._queue.clear()
        self._queued_bytes = 0
        self._changed.notify_all()

    def _give_up(self, timeout: float) -> None:
        with self._changed:
            self._forget()
        names = " and ".join(map(str, self.paths))
        self._end(
            OutputError(
                f"{names} could not be completed within {timeout:g} s: the disk is too slow or "
                "does not answer. What was written until then stays."
            )
        )

    def _end(self, error: OutputError | None) -> None:
        with self._changed:
            if self._told:
                return
            self._told = True
            self.error = error
        if self._on_end is not None:
            self._on_end(error)


class _Timeline:
    """Places frames on one clock that begins at 0 and goes on where the source jumps."""

    def __init__(self) -> None:
        self._last: Frame | None = None
        self._last_place = 0.0
        self._offset = 0.0

    def place(self, frame: Frame) -> float:
        """Return the frame's time in the recording in seconds."""
        if self._last is None:
            self._offset = -frame.time
        elif frame.segment != self._last.segment:
            passed = max(ASSUMED_GAP, frame.captured - self._last.captured)
            self._offset = self._last_place + passed - frame.time
        self._last_place = frame.time + self._offset
        self._last = frame
        return self._last_place
