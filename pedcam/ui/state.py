"""What the window shows, as small objects that know nothing of Qt; widgets subscribe to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from pedcam.detect.presets import Preset
from pedcam.ui.observable import Observable
from pedcam.video.stream import StreamState, StreamStatus


class Condition(Enum):
    """How far a preset is from finding people."""

    LOADING = "loading"
    READY = "ready"
    RUNNING = "running"
    FAILED = "failed"


class PresetChoice(Observable):
    """Which presets there are, which one is wanted, and which one made the picture on screen.

    Attributes:
        presets: In the order of their number keys.
        chosen: Name of the preset asked for; ``None`` where there is none.
        running: Name of the preset behind the latest result, if any.
    """

    def __init__(self, presets: Sequence[Preset], chosen: str | None = None) -> None:
        """Start with nothing loaded; without a ``chosen`` name the deepest one is taken."""
        super().__init__()
        self.presets = tuple(presets)
        names = [preset.name for preset in self.presets]
        # The deepest is the fastest, so the first picture moves on any computer.
        deepest = max(self.presets, key=lambda preset: preset.info.depth, default=None)
        fallback = deepest.name if deepest is not None else None
        self.chosen = chosen if chosen in names else fallback
        self.running: str | None = None
        self._ready: dict[str, str] = {}
        self._failed: dict[str, str] = {}

    def condition(self, name: str) -> Condition:
        """Tell how far a preset is."""
        if name in self._failed:
            return Condition.FAILED
        if name == self.running:
            return Condition.RUNNING
        return Condition.READY if name in self._ready else Condition.LOADING

    def error(self, name: str) -> str:
        """Return why a preset cannot run; empty if it can."""
        return self._failed.get(name, "")

    def provider(self, name: str | None) -> str:
        """Return the device that a loaded preset computes on; empty while that is unknown."""
        return self._ready.get(name, "") if name is not None else ""

    def find(self, name: str | None) -> Preset | None:
        """Return the preset of that name."""
        return next((preset for preset in self.presets if preset.name == name), None)

    def choose(self, name: str) -> bool:
        """Ask for a preset; tell whether that is possible and new."""
        if self.find(name) is None or name in self._failed or name == self.chosen:
            return False
        self.chosen = name
        self._changed()
        return True

    def mark_ready(self, name: str, provider: str) -> None:
        """Note that a preset can be switched to at once."""
        self._ready[name] = provider
        self._changed()

    def mark_failed(self, name: str, error: str) -> None:
        """Note that a preset cannot run; a chosen one is replaced by the nearest that may."""
        self._failed[name] = error
        if name == self.chosen:
            self.chosen = self._nearest_usable(name)
        self._changed()

    def mark_running(self, name: str | None) -> None:
        """Note which preset made the latest result."""
        if name != self.running:
            self.running = name
            self._changed()

    def _nearest_usable(self, name: str) -> str | None:
        names = [preset.name for preset in self.presets]
        start = names.index(name)
        usable = [other for other in names if other not in self._failed]
        return min(usable, key=lambda other: abs(names.index(other) - start), default=None)


class Threshold(Observable):
    """The lowest score shown.

    Attributes:
        override: The user's own value, 0..1; ``None`` means each preset's calibrated one.
    """

    def __init__(self) -> None:
        """Start with the presets' own thresholds."""
        super().__init__()
        self.override: float | None = None

    def set(self, value: float | None) -> bool:
        """Change the override, clipped to 0..1; tell whether that is new."""
        value = None if value is None else min(max(value, 0.0), 1.0)
        if value == self.override:
            return False
        self.override = value
        self._changed()
        return True


class Playback(Observable):
    """The source and what it is doing.

    Attributes:
        title: The source's name, safe to show; empty without a source.
        status: What the stream last said.
        live: Whether it cannot be played again from its start.
        size: Picture ``(width, height)``; zeros while unknown.
        rate: Frames per second of the source, 0 if unknown.
        duration: Seconds, if known.
    """

    def __init__(self) -> None:
        """Start without a source."""
        super().__init__()
        self.title = ""
        self.status = StreamStatus(StreamState.CLOSED)
        self.live = False
        self.size = (0, 0)
        self.rate = 0.0
        self.duration: float | None = None

    @property
    def state(self) -> StreamState:
        """What the stream is doing."""
        return self.status.state

    @property
    def has_source(self) -> bool:
        """Whether there is something to show, even if only the last frame."""
        return self.state is not StreamState.CLOSED

    @property
    def can_pause(self) -> bool:
        """Whether Space means anything now."""
        return self.state in (
            StreamState.PLAYING,
            StreamState.STALLED,
            StreamState.PAUSED,
            StreamState.ENDED,
        )

    def open(self, title: str) -> None:
        """A source is being opened."""
        self._start_again(title, StreamState.CONNECTING)

    def close(self) -> None:
        """There is no source any more."""
        self._start_again("", StreamState.CLOSED)

    def set_status(self, status: StreamStatus) -> None:
        """The stream said something."""
        self.status = status
        self._changed()

    def set_details(
        self,
        *,
        title: str,
        live: bool,
        size: tuple[int, int],
        rate: float,
        duration: float | None,
    ) -> None:
        """What is known once the source is open."""
        self.title = title or self.title
        self.live, self.size, self.rate, self.duration = live, size, rate, duration
        self._changed()

    def _start_again(self, title: str, state: StreamState) -> None:
        self.title = title
        self.status = StreamStatus(state)
        self.live, self.size, self.rate, self.duration = False, (0, 0), 0.0, None
        self._changed()


@dataclass(frozen=True)
class Message:
    """Something the user should know.

    Attributes:
        text: What is wrong and what to do.
        topic: Messages of one topic replace each other and can be withdrawn; empty means none.
    """

    text: str
    topic: str = ""


class Messages(Observable):
    """What waits to be read and dismissed, oldest first."""

    def __init__(self) -> None:
        """Start with nothing to say."""
        super().__init__()
        self._waiting: list[Message] = []

    @property
    def current(self) -> Message | None:
        """The message to show."""
        return self._waiting[0] if self._waiting else None

    @property
    def count(self) -> int:
        """Number of messages waiting, the current one included."""
        return len(self._waiting)

    def post(self, text: str, topic: str = "") -> None:
        """Add a message; one that is already waiting is not repeated."""
        message = Message(text, topic)
        if message in self._waiting:
            return
        if topic:
            # News of a topic goes first: it is about what the user does now.
            self._waiting = [message, *(other for other in self._waiting if other.topic != topic)]
        else:
            self._waiting.append(message)
        self._changed()

    def dismiss(self) -> None:
        """Drop the current message."""
        if self._waiting:
            del self._waiting[0]
            self._changed()

    def withdraw(self, topic: str) -> None:
        """Drop the messages of a topic, because they are no longer true."""
        kept = [message for message in self._waiting if message.topic != topic]
        if len(kept) != len(self._waiting):
            self._waiting = kept
            self._changed()
