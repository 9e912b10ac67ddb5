"""The single frame between the thread that reads and the thread that detects."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from pedcam.video.sources.frame import Frame, Jump

MAX_LAG = 0.5  # seconds behind which playing goes on from here instead of catching up
MAX_GAP = 10.0  # seconds between two frames beyond which the timestamps are taken for wrong


class FrameSlot:
    """Hands over one frame at a time, and paces, pauses and steps on the way.

    In real time a frame waits until it is due, and takes the place of one that nobody came for. In
    complete mode it waits until the one before it is taken. A paused recording stands still; a
    paused live source runs on unseen.
    """

    def __init__(self, changed: threading.Condition, *, complete: bool, loop: bool = False) -> None:
        """Start empty; ``changed`` guards everything here and is notified of every change."""
        self.changed = changed
        self.frame: Frame | None = None  # the frame to be taken next
        self.dropped = 0  # frames that were never shown
        self.paused = False  # whether frames are held back
        self.held = True  # whether frames are held back because there is no detector to use
        self.closing = False  # whether the threads that use it are to end
        self.seek_to: Jump | None = None  # jump asked for and not yet made
        self.speed = 1.0  # seconds of a recording per second
        self.loop = loop  # whether a recording begins again at its end
        self._complete = complete
        self._steps = 0
        self._anchor: tuple[float, float] | None = None

    def successor(self) -> FrameSlot:
        """Close this slot and return one in the same state for another reading thread."""
        with self.changed:
            self.close()
            slot = FrameSlot(self.changed, complete=self._complete, loop=self.loop)
            slot.dropped, slot.paused, slot.held = self.dropped, self.paused, self.held
            slot.speed, slot._steps = self.speed, self._steps
            return slot

    def put(self, frame: Frame, *, live: bool) -> None:
        """Hand over a frame, waiting for its time or for room; gives up on a jump or the end."""
        with self.changed:
            while not self.closing and self.seek_to is None:
                if self._complete or (self._stopped and not live):
                    wait = None if self.frame is not None else 0.0
                else:
                    wait = 0.0 if live else self._time_left(frame)
                if wait is not None and wait <= 0:
                    break
                self.changed.wait(wait)
            else:
                return
            if self.frame is not None and not self._stopped:
                self.dropped += 1
            # A recorded frame counts as captured when it is due, not when it was decoded.
            self.frame = frame if live else replace(frame, captured=time.perf_counter())
            self.changed.notify_all()

    def can_take(self) -> bool:
        """Whether there is a frame and it may be shown; the caller holds ``changed``."""
        return self.frame is not None and (not self._stopped or (self._steps > 0 and not self.held))

    def take(self) -> Frame | None:
        """Take the frame if there is one to be shown; the caller holds ``changed``."""
        if not self.can_take():
            return None
        frame, self.frame = self.frame, None
        self._steps = max(0, self._steps - 1)
        self.changed.notify_all()
        return frame

    def pause(self) -> None:
        with self.changed:
            self.paused = True
            self.changed.notify_all()

    def resume(self) -> None:
        """Let frames pass again, at their pace from here."""
        with self.changed:
            self.paused = False
            self._steps = 0
            self._start_clock()

    def hold(self) -> None:
        """Hold frames back until :meth:`release`, as no detector can be used."""
        with self.changed:
            self.held = True
            self.changed.notify_all()

    def release(self) -> None:
        with self.changed:
            self.held = False
            self._start_clock()

    def restart_clock(self, gap: float) -> None:
        """Pace the next frame ``gap`` seconds after now, whatever its time is."""
        with self.changed:
            self._anchor = (0.0, time.perf_counter() + gap / self.speed)

    def step(self) -> None:
        """Let a single frame pass while paused."""
        with self.changed:
            if self.paused:
                self._steps += 1
                self.changed.notify_all()

    def seek(self, jump: Jump) -> None:
        """Ask for a jump; while paused its first frame is let through."""
        with self.changed:
            self.seek_to = jump
            self.frame = None
            self._steps = 1 if self.paused else 0
            self.changed.notify_all()

    def set_speed(self, speed: float) -> None:
        """Pace recordings faster or slower from here on."""
        with self.changed:
            if self._anchor is not None:
                # From the moment of the recording that is due now, so that nothing jumps.
                then, when = self._anchor
                now = time.perf_counter()
                self._anchor = (then + (now - when) * self.speed, now)
            self.speed = speed
            self.changed.notify_all()

    def take_seek(self) -> Jump | None:
        """Return the jump to make, once."""
        with self.changed:
            target, self.seek_to = self.seek_to, None
            if target is not None:
                self._anchor = None
            return target

    def wait_for_seek(self) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.closing or self.seek_to is not None)

    def wait_for_close(self, seconds: float) -> None:
        """Wait some seconds, or less if everything ends."""
        with self.changed:
            self.changed.wait_for(lambda: self.closing, seconds)

    def close(self) -> None:
        """Let every waiting thread go."""
        with self.changed:
            self.closing = True
            self.frame = None
            self.changed.notify_all()

    @property
    def _stopped(self) -> bool:
        return self.paused or self.held

    def _start_clock(self) -> None:
        now = time.perf_counter()
        self._anchor = (self.frame.time, now) if self.frame is not None else None
        self.changed.notify_all()

    def _time_left(self, frame: Frame) -> float:
        now = time.perf_counter()
        if self._anchor is not None:
            left = self._anchor[1] + (frame.time - self._anchor[0]) / self.speed - now
            if -MAX_LAG <= left <= MAX_GAP / min(self.speed, 1.0):
                return left
        self._anchor = (frame.time, now)
        return 0.0
