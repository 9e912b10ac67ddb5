"""What a rule says that is done when it fires."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pedcam.errors import UserError
from pedcam.rules.alert import Alert
from pedcam.rules.clips import PER_SECOND, Clip, Ring
from pedcam.rules.pictures import Picture, concealed, shrunk, to_jpeg, with_marks
from pedcam.rules.sending.message import Message
from pedcam.video.output.annotate import HeldBoxes
from pedcam.video.output.partial_file import OutputError, prepare_folder, unique_path
from pedcam.video.output.snapshot import SNAPSHOT_SUFFIX, recording_name, save_snapshot
from pedcam.video.output.video_writer import VideoWriter
from pedcam.video.people.counts import Event
from pedcam.video.people.rules import Action
from pedcam.video.sources.frame import NO_IMAGE, Frame
from pedcam.video.stream.results import Result

CLIP_SUFFIX = ".mp4"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ActionOptions:
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


@dataclass(frozen=True)
class ActionHandlers:
    """What is called when a rule fires, on the thread that acts; nothing is done by default.

    Attributes:
        send: Gets a message to send; must not wait for the network.
        on_sound: Gets an alert that is to be heard.
        on_notify: Gets an alert that is to be seen on the desktop.
        on_clip: Gets each alert of a clip, with the file, when that is complete.
        on_problem: Gets what went wrong; with the same rule and action not again until it has
            worked.
    """

    send: Callable[[Message], object] = lambda message: None
    on_sound: Callable[[Alert], object] = lambda alert: None
    on_notify: Callable[[Alert], object] = lambda alert: None
    on_clip: Callable[[Event, Path], object] = lambda event, path: None
    on_problem: Callable[[str], object] = lambda text: None


class Actions:
    """Does what rules say about one source; for one thread.

    An alert that fires while a clip goes on joins it, and the clip ends that much later; where it
    would get longer than :data:`pedcam.rules.clips.LONGEST`, the alert gets a clip of its own.
    What goes wrong with one action does not stop the others.
    """

    def __init__(self, source: str, options: ActionOptions, handlers: ActionHandlers) -> None:
        """Begin with a source of that title, which holds no password."""
        self.options = options
        self._source = source
        self._handlers = handlers
        self._last: Frame | None = None  # without its image
        self._held = HeldBoxes()
        self._ring = Ring(options.before)
        self._clips: list[Clip] = []
        self._failing: set[tuple[str, Action]] = set()

    @property
    def clips(self) -> Sequence[Clip]:
        """Those that are not complete yet."""
        return self._clips

    def set_options(self, options: ActionOptions) -> None:
        """Change what is made; where clips are blurred now, nothing from before is kept."""
        if options.clips_blurred and not self.options.clips_blurred:
            self._ring.clear()
        self.options = options
        self._ring.seconds = options.before

    def take(
        self,
        result: Result,
        alerts: Sequence[tuple[Alert, frozenset[Action]]],
        *,
        clips_wanted: bool,
    ) -> None:
        """Take in a result, with an empty image where its picture was not kept, and act on it.

        Args:
            result: The result.
            alerts: The rules that fired, and what is then done.
            clips_wanted: Whether there are rules that want clips.
        """
        frame, last, options = result.frame, self._last, self.options
        if last is not None and (frame.segment, frame.index) == (last.segment, last.index):
            return  # detected again, as after a change of presets at rest
        if last is not None and frame.segment != last.segment:
            self.cut()
        self._last = replace(frame, image=NO_IMAGE)
        self._held.add(result.detections.xyxy, frame.time)
        if frame.image.size and clips_wanted:
            picture = Picture.of(result, self._held.boxes if options.clips_blurred else None)
            self._ring.add(picture)
            for clip in self._clips:
                clip.add(picture)
            self._end_complete()
        for alert, then in alerts:
            # The quick ones first.
            for action, act in (
                (Action.SOUND, self._sound),
                (Action.NOTIFY, self._notify),
                (Action.SEND, self._send_message),
                (Action.SNAPSHOT, self._save_snapshot),
                (Action.CLIP, self._begin_clip),
            ):
                rule = alert.event.rule
                done = action in then and self._attempt(action, rule, partial(act, alert, result))
                # Whether a clip works is known when it is complete.
                if done and action is not Action.CLIP:
                    self._failing.discard((rule, action))

    def _sound(self, alert: Alert, result: Result) -> None:
        self._handlers.on_sound(alert)

    def _notify(self, alert: Alert, result: Result) -> None:
        self._handlers.on_notify(alert)

    def _send_message(self, alert: Alert, result: Result) -> None:
        picture, options = None, self.options
        if result.frame.image.size:
            scene = self._scene(result, blurred=options.snapshots_blurred or options.clips_blurred)
            picture = to_jpeg(shrunk(scene)[0])
        self._handlers.send(Message(alert.title, alert.text, alert.fields(), picture))

    def _save_snapshot(self, alert: Alert, result: Result) -> None:
        options = self.options
        if not result.frame.image.size:
            raise OutputError("No picture was kept: this computer cannot follow.")
        scene = self._scene(result, blurred=options.snapshots_blurred)
        save_snapshot(self._path(options.snapshots, alert, SNAPSHOT_SUFFIX), scene, overwrite=True)

    def _begin_clip(self, alert: Alert, result: Result) -> None:
        options = self.options
        if self._clips and self._clips[-1].join(alert.event, options.after):
            return
        path = self._path(options.clips, alert, CLIP_SUFFIX)
        writer = VideoWriter(path, rate=PER_SECOND, overwrite=True, in_place=True)
        clip = Clip(
            writer, self._ring.pictures, alert.event, options.after, marked=options.clips_marked
        )
        self._clips.append(clip)

    def _scene(self, result: Result, *, blurred: bool) -> NDArray[np.uint8]:
        hidden = self._held.boxes if blurred else None
        image = concealed(result.frame.image, hidden, result.ignored)
        return with_marks(image, result.detections) if self.options.snapshots_marked else image

    def _path(self, folder: Path, alert: Alert, suffix: str) -> Path:
        prepare_folder(folder)
        when = datetime.fromtimestamp(alert.at)
        return unique_path(folder, recording_name(self._source, when, alert.event.rule), suffix)

    def write(self) -> None:
        """Write one picture of a clip that waits."""
        clip = next(clip for clip in self._clips if clip.waits)
        self._attempt(Action.CLIP, clip.events[0].rule, clip.write)
        self._end_complete()

    def cut(self) -> None:
        """Begin anew, as what comes does not follow on what was."""
        self.end_clips()
        self._ring.clear()
        self._held = HeldBoxes()

    def end_clips(self) -> None:
        """Complete every clip with what there is."""
        while self._clips:
            self._end(self._clips[0])

    def _end_complete(self) -> None:
        for clip in [clip for clip in self._clips if clip.complete and not clip.waits]:
            self._end(clip)

    def _end(self, clip: Clip) -> None:
        self._clips.remove(clip)
        rule = clip.events[0].rule
        if self._attempt(Action.CLIP, rule, clip.close) and not clip.failed:
            self._failing.discard((rule, Action.CLIP))
        if clip.writer.frames:
            self._attempt(Action.CLIP, rule, partial(self._hand_over, clip))

    def _hand_over(self, clip: Clip) -> None:
        path = clip.writer.path
        if not path.exists():
            raise OutputError(f"{path} is gone: it was moved or deleted while it was written.")
        for event in clip.events:
            self._handlers.on_clip(event, path)

    def _attempt(self, action: Action, rule: str, act: Callable[[], object]) -> bool:
        """Do something for a rule; report what goes wrong, once until it has worked again."""
        try:
            act()
        except Exception as error:
            problem = str(error)
            if not isinstance(error, UserError):
                _log.exception("%s failed", action.value)
                problem = f"The {action.value} failed, as something went wrong in pedcam."
            if (rule, action) not in self._failing:
                self._failing.add((rule, action))
                self._handlers.on_problem(f"Rule “{rule}”: {problem}")
            return False
        return True
