"""How a source that is watched for days is doing: whether frames come, and figures for Prometheus.

The figures are in its text format, version 0.0.4:
https://prometheus.io/docs/instrumenting/exposition_formats
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from pedcam.rules.sending.dispatch import SendCounts
from pedcam.video.people.counts import EventKind
from pedcam.video.people.rules import Rule
from pedcam.video.stream.capture import UNUSUAL
from pedcam.video.stream.results import Result, StreamState, StreamStatus

SILENCE = 10.0  # seconds without a frame that are too long, unless the source is that slow

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Monitor:
    """Takes in what a stream reports, on one thread, and says how it is doing on any."""

    def __init__(
        self,
        rules: Sequence[Rule] = (),
        messages: Callable[[], SendCounts] = SendCounts,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without frames.

        Args:
            rules: The rules that are watched for.
            messages: Returns what became of the messages; called from any thread.
            clock: Seconds.
        """
        self._messages, self._clock = messages, clock
        self._lock = threading.Lock()
        self._frames = self._dropped = self._people = self._reconnects = 0
        self._latency = 0.0  # seconds of all frames together
        self._alerts = dict.fromkeys((rule.name for rule in rules), 0)
        self._trouble = "The source is being opened."
        self._lost = False
        self._last: float | None = None  # when the last frame came
        self._gap = 0.0  # seconds between the last two frames

    def take_status(self, status: StreamStatus) -> None:
        """Take in a change of state."""
        with self._lock:
            if status.state is StreamState.PLAYING:
                self._reconnects += self._lost
                self._lost = False
                self._trouble = ""
            else:
                self._lost = self._lost or status.state is StreamState.RECONNECTING
                self._trouble = status.message or f"The source is {status.state.name.lower()}."

    def take(self, result: Result) -> None:
        """Take in a frame and what was found in it."""
        now = self._clock()
        with self._lock:
            self._gap = now - self._last if self._last is not None else 0.0
            self._last = now
            self._frames += 1
            self._dropped = result.dropped
            self._latency += result.latency_ms / 1000
            if result.counts is not None:
                self._people = result.counts.now
                for event in result.counts.events:
                    if event.kind is EventKind.ALERT:
                        self._alerts[event.rule] += 1

    @property
    def trouble(self) -> str:
        """Why frames do not come, for people; empty while they do."""
        with self._lock:
            if self._trouble:
                return self._trouble
            if self._last is None:
                return "No frame has come yet."
            silent = self._clock() - self._last
            if silent > max(SILENCE, UNUSUAL * self._gap):
                return f"No frame has come for {silent:.0f} s."
            return ""

    def metrics(self) -> str:
        """Return all figures as text."""
        healthy, messages = not self.trouble, self._messages()
        with self._lock:
            alerts = {f'{{rule="{_escaped(name)}"}}': n for name, n in self._alerts.items()}
            outcomes = {'{outcome="sent"}': messages.sent, '{outcome="failed"}': messages.failed}
            figures: list[tuple[str, str, str, Mapping[str, float]]] = [
                ("up", "gauge", "Whether frames come.", {"": healthy}),
                ("frames_total", "counter", "Frames looked at.", {"": self._frames}),
                (
                    "dropped_total",
                    "counter",
                    "Frames left out for newer.",
                    {"": self._dropped},
                ),
                ("people", "gauge", "People in the last frame.", {"": self._people}),
                ("alerts_total", "counter", "How often each rule fired.", alerts),
                (
                    "latency_seconds_total",
                    "counter",
                    "Time from capture to result, of all frames together.",
                    {"": self._latency},
                ),
                (
                    "reconnects_total",
                    "counter",
                    "How often the source came back after it was lost.",
                    {"": self._reconnects},
                ),
                (
                    "messages_total",
                    "counter",
                    "Messages that every address accepted, and that were given up.",
                    outcomes,
                ),
                (
                    "messages_waiting",
                    "gauge",
                    "Messages that wait to be accepted.",
                    {"": messages.waiting},
                ),
            ]
        lines = []
        for name, kind, description, samples in figures:
            lines += [f"# HELP pedcam_{name} {description}", f"# TYPE pedcam_{name} {kind}"]
            lines += [f"pedcam_{name}{labels} {value:.12g}" for labels, value in samples.items()]
        return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
