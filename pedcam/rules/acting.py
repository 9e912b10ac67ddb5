"""What is done when rules fire, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np

from pedcam.errors import UserError
from pedcam.rules.alert import Alert
from pedcam.rules.clips import PER_SECOND, Clip, Picture, Ring, hide_people, mark_people
from pedcam.rules.sending.message import Message
from pedcam.video.output.annotate import HeldBoxes
from pedcam.video.output.partial_file import OutputError, prepare_folder, unique_path
from pedcam.video.output.snapshot import SNAPSHOT_SUFFIX, recording_name, save_snapshot
from pedcam.video.output.video_writer import VideoWriter
from pedcam.video.people.counts import Event, EventKind
from pedcam.video.people.rules import Action, Rule
from pedcam.video.sources.frame import Frame
from pedcam.video.stream.results import Result

MEMORY = 96 * 2**20  # bytes of pictures that may wait; one may always
MOST_QUEUED = 1000  # results
CLOSE_TIMEOUT = 5.0  # seconds
PATIENCE = 5.0  # seconds
_PICTURED = {Action.SNAPSHOT, Action.CLIP, Action.SEND}
_GAP = 0.95 / PER_SECOND  # seconds; less than one, or every second frame of 30 would be too early

# Not a part of an image, which would keep all of it in memory.
_NO_IMAGE = np.empty((0, 0, 3), np.uint8)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ActingOptions:
    """Where pictures and clips go, and what is seen in them.

    What is sent is blurred where either is, and marked as snapshots are.
    """

    snapshots: Path  # created where only its last part is missing, or below the user's home
    clips: Path
    before: float = 5.0  # seconds of a clip before an alert
    after: float = 5.0  # seconds after it
    snapshots_marked: bool = True
    snapshots_blurred: bool = False
    clips_marked: bool = True
    clips_blurred: bool = False


class Acting:
    """Does what the rules of one source say when they fire, without holding the source up.

    An alert that fires while a clip goes on joins it, and the clip ends that much later; where it
    would get longer than :data:`pedcam.rules.clips.LONGEST`, the alert gets a clip of its own. A
    clip ends early where the source jumps, reconnects, ends, or gives nothing for a while. What
    goes wrong with one action stops neither the others nor the source.

    Attributes:
        dropped: Results and pictures left out as this thread could not follow.
    """

    def __init__(
        self,
        source: str,
        options: ActingOptions,
        rules: Sequence[Rule] = (),
        *,
        send: Callable[[Message], object] | None = None,
        on_sound: Callable[[Alert], object] | None = None,
        on_notify: Callable[[Alert], object] | None = None,
        on_clip: Callable[[Event, Path], object] | None = None,
        on_problem: Callable[[str], object] | None = None,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
        wait: bool = False,
    ) -> None:
        """Prepare; the callbacks come on this object's thread.

        Args:
            source: The source's title, without any password.
            options: Where pictures and clips go.
            rules: See :meth:`set_rules`.
            send: Sends a message; must not wait for the network.
            on_sound: Called for an alert that is to be heard.
            on_notify: Called for an alert that is to be seen on the desktop.
            on_clip: Called once for each alert of a clip, with the file, when that is complete.
            on_problem: Called with what went wrong; of the same rule and action not again until it
                has worked.
            clock: Seconds since 1970 (UTC).
            patience: Seconds without a result that end a clip.
            wait: Whether :meth:`put` waits for room instead of dropping, as for files that are
                looked through as fast as possible.
        """
        self.dropped = 0
        self._source = source
        self._options = options
        self._send = send
        self._on_sound, self._on_notify = on_sound, on_notify
        self._on_clip, self._on_problem = on_clip, on_problem
        self._clock = clock
        self._patience = patience
        self._waits = wait
        self._changed = threading.Condition()
        self._queue: deque[tuple[int, Callable[[], None]]] = deque()  # each with bytes of pictures
        self._queued_bytes = 0
        self._rules: dict[str, Rule] = {}
        self._actions: frozenset[Action] = frozenset()
        self._newest: Frame | None = None  # without its image, as the next ones
        self._newest_picture: Frame | None = None
        self._closing = False
        # From here on this thread's own.
        self._segment: int | None = None
        self._held = HeldBoxes()
        self._ring = Ring(options.before)
        self._clips: list[Clip] = []
        self._failing: set[tuple[str, Action]] = set()
        self._thread = threading.Thread(target=self._run, name="pedcam-acting", daemon=True)
        self.set_rules(rules)

    def start(self) -> None:
        """Begin; results put before wait in memory."""
        self._thread.start()

    def set_rules(self, rules: Sequence[Rule]) -> None:
        """Act for these from now on: those that the people counter watches for."""
        with self._changed:
            self._rules = {rule.name: rule for rule in rules}
            enabled = [rule.then for rule in rules if rule.enabled]
            self._actions = frozenset[Action]().union(*enabled)
            if Action.CLIP not in self._actions:
                self._enqueue(self._cut)

    def set_options(self, options: ActingOptions) -> None:
        """Change what is made from now on; where clips are blurred now, the ring starts anew."""

        def change() -> None:
            before, self._options = self._options, options
            if options.clips_blurred and not before.clips_blurred:
                self._ring.clear()
            self._ring.seconds = options.before

        with self._changed:
            self._enqueue(change)

    def put(self, result: Result) -> None:
        """Take a result; called on the detector's thread, returns at once unless it is to wait.

        Where this thread cannot follow, the picture or the result is dropped and counted.
        """
        counts, frame = result.counts, result.frame
        if counts is None:
            return
        with self._changed:
            alerts = [
                (Alert(event, self._source, self._clock(), counts), self._rules[event.rule])
                for event in counts.events
                if event.kind is EventKind.ALERT and event.rule in self._rules
            ]
            # Boxes of every frame are needed to blur whoever the detector misses for a moment.
            if self._closing or not (alerts or self._actions & _PICTURED):
                return
            key, newest = (frame.segment, frame.index), self._newest
            if newest is not None and key == (newest.segment, newest.index):
                return  # detected again
            pictured = bool(alerts) or (Action.CLIP in self._actions and self._is_due(frame))
            size = frame.image.nbytes if pictured else 0
            if self._waits:
                self._changed.wait_for(lambda: self._closing or self._has_room(size))
            if len(self._queue) >= MOST_QUEUED:
                self.dropped += 1
                return
            # Half of the room is for the pictures of alerts only.
            if pictured and not self._has_room(size if alerts else 2 * size + self._queued_bytes):
                self.dropped += 1
                size = 0
            without = replace(frame, image=_NO_IMAGE)
            self._newest = without
            if size:
                self._newest_picture = without
            else:
                result = replace(result, frame=without)
            self._enqueue(partial(self._take, result, alerts), size)

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
