"""What is done when rules fire, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from pedcam.rules.actions import ActionHandlers, ActionOptions, Actions
from pedcam.rules.alert import Alert
from pedcam.rules.clips import MEMORY as CLIP_MEMORY
from pedcam.rules.clips import PER_SECOND
from pedcam.video.people.counts import EventKind
from pedcam.video.people.rules import Action, Rule
from pedcam.video.sources.frame import NO_IMAGE, Frame
from pedcam.video.stream.results import Result

MEMORY = 96 * 2**20  # bytes of pictures that may wait; one may always
LITTLE_MEMORY = 8 * 2**20  # the same where the source waits: enough to keep both threads busy
MOST_QUEUED = 1000  # results
CLOSE_TIMEOUT = 5.0  # seconds
PATIENCE = 5.0  # seconds
_PICTURED = {Action.SNAPSHOT, Action.CLIP, Action.SEND}
_GAP = 0.95 / PER_SECOND  # seconds; less than one, or every second frame of 30 would be too early

_log = logging.getLogger(__name__)


class Acting:
    """Does what the rules of one source say when they fire, without holding the source up.

    Clips end early where the source jumps, reconnects, ends or gives nothing for a while; see
    :class:`~pedcam.rules.actions.Actions` for those that overlap. What goes wrong with one action
    stops neither the others nor the source.

    Attributes:
        dropped: Results and pictures left out as this thread could not follow.
    """

    def __init__(
        self,
        source: str,
        options: ActionOptions,
        handlers: ActionHandlers,
        rules: Sequence[Rule] = (),
        *,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
        wait: bool = False,
    ) -> None:
        """Prepare; nothing is done before :meth:`start`.

        Args:
            source: The source's title, without any password.
            options: Where pictures and clips go.
            handlers: What is called, on this object's thread.
            rules: See :meth:`set_rules`.
            clock: Seconds since 1970 (UTC).
            patience: Seconds without a result that end a clip.
            wait: Whether :meth:`put` waits for room instead of dropping, as for files that are
                looked through as fast as possible.
        """
        self.dropped = 0
        self._source, self._handlers = source, handlers
        self._clock = clock
        self._patience = patience
        self._waits = wait
        self._changed = threading.Condition()
        self._queue: deque[tuple[int, Callable[[], None]]] = deque()  # each with bytes of pictures
        self._queued_bytes = 0
        self._rules: dict[str, Rule] = {}
        self._wanted: frozenset[Action] = frozenset()  # what any of the rules wants
        self._pictured: Frame | None = None  # the last one whose picture was taken; without that
        self._closing = False
        self._actions = Actions(source, options, handlers)  # this thread's own
        self._thread = threading.Thread(target=self._run, name="pedcam-acting", daemon=True)
        self.set_rules(rules)

    def start(self) -> None:
        """Begin; results put before wait in memory."""
        self._thread.start()

    def set_rules(self, rules: Sequence[Rule]) -> None:
        """Act for these from now on: those that the people counter watches for."""
        with self._changed:
            self._rules = {rule.name: rule for rule in rules}
            wanted = [rule.then for rule in rules if rule.enabled]
            self._wanted = frozenset[Action]().union(*wanted)
            if Action.CLIP not in self._wanted:
                self._enqueue(self._actions.cut)

    def set_options(self, options: ActionOptions) -> None:
        """Change what is made from now on; where clips are blurred now, the ring starts anew."""
        with self._changed:
            self._enqueue(partial(self._actions.set_options, options))

    def put(self, result: Result) -> None:
        """Take a result; called on the detector's thread, returns at once unless it is to wait.

        Where this thread cannot follow, the picture or the result is dropped and counted.
        """
        counts, frame = result.counts, result.frame
        if counts is None:
            return
        with self._changed:
            alerts = [
                (Alert(event, self._source, self._clock(), counts), self._rules[event.rule].then)
                for event in counts.events
                if event.kind is EventKind.ALERT and event.rule in self._rules
            ]
            # Boxes of every frame are needed to blur whoever the detector misses for a moment.
            if not (alerts or self._wanted & _PICTURED):
                return
            clips = Action.CLIP in self._wanted
            wanted = bool(alerts) or (clips and self._is_due(frame))
            size = frame.image.nbytes if wanted else 0
            # Half of the room is for the pictures of alerts only.
            memory = MEMORY if alerts else MEMORY // 2
            if self._waits:
                memory = min(memory, LITTLE_MEMORY)

            def has_room() -> bool:
                return not self._queued_bytes or self._queued_bytes + size <= memory

            def can_follow() -> bool:
                return len(self._queue) < MOST_QUEUED

            if self._waits:
                self._changed.wait_for(lambda: self._closing or (has_room() and can_follow()))
            if self._closing:
                return
            if not can_follow():
                self.dropped += 1
                return
            without = replace(frame, image=NO_IMAGE)
            if wanted and has_room():
                self._pictured = without
            else:
                self.dropped += wanted
                result, size = replace(result, frame=without), 0
            self._enqueue(partial(self._actions.take, result, alerts, clips_wanted=clips), size)

    def close(self, timeout: float = CLOSE_TIMEOUT) -> bool:
        """Do what waits, complete clips and end; return whether ``timeout`` seconds were enough.

        With more time than that a clip is completed as long as the process lives; it can be played
        up to its last second or so in any case.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _is_due(self, frame: Frame) -> bool:
        last = self._pictured
        return (
            last is None or frame.segment != last.segment or not 0 <= frame.time - last.time < _GAP
        )

    def _enqueue(self, job: Callable[[], None], size: int = 0) -> None:
        self._queue.append((size, job))
        self._queued_bytes += size
        self._changed.notify_all()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            # What goes wrong with a rule is reported; nothing else may end the acting for good.
            except Exception:
                _log.exception("acting failed")
        self._actions.end_clips()

    def _next(self) -> Callable[[], None] | None:
        """Wait for something to do.

        Results go before the writing of clips, unless the source waits for this thread anyway, or
        so much is to be written that memory would run out.
        """
        with self._changed:
            clips = self._actions.clips
            writes = any(clip.waits for clip in clips)
            if not writes:
                patience = self._patience if clips else None
                if not self._changed.wait_for(lambda: self._queue or self._closing, patience):
                    return self._actions.end_clips
            writes_first = writes and (
                self._waits or sum(clip.size for clip in clips) > CLIP_MEMORY
            )
            if self._queue and not writes_first:
                size, job = self._queue.popleft()
                self._queued_bytes -= size
                self._changed.notify_all()
                return job
            return self._actions.write if writes_first or not self._closing else None
