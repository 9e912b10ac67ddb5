"""Watches one source for as long as it plays, and does what rules say.

What ``pedcam watch rtsp://... --rules rules.yaml`` does, in Python::

    pool, errors = load_pool()
    rules = read_rules(Path("rules.yaml"))
    watch_source("rtsp://...", pool, rules, folder=Path("alerts"), on_alert=print)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from pedcam.detect.detail import Detail
from pedcam.detect.pool import DetectorPool
from pedcam.errors import UserError
from pedcam.headless.detect import iterate_results
from pedcam.headless.disk_budget import DiskBudget
from pedcam.headless.monitor import Monitor
from pedcam.headless.monitor_server import MonitorServer
from pedcam.rules.acting import Acting
from pedcam.rules.actions import ActionHandlers, ActionOptions
from pedcam.rules.alert import Alert
from pedcam.rules.rules_file import RuleSet
from pedcam.rules.sending.addresses import Address
from pedcam.rules.sending.delivery import address_problem
from pedcam.rules.sending.dispatch import SendCounts
from pedcam.rules.sending.message import Message
from pedcam.rules.sending.outbox import outbox_folder
from pedcam.rules.sending.sender import Sender
from pedcam.video.output.partial_file import prepare_folder
from pedcam.video.people.counts import EventKind
from pedcam.video.people.rules import Action
from pedcam.video.sources.spec import RECORDED_KINDS, SourceSpec, parse_source
from pedcam.video.stream.results import StreamState, StreamStatus

DISK_BYTES = 10 * 10**9
CLOSE_TIMEOUT = 10.0  # seconds for what is being written or sent when it ends
LOOK_AGAIN = 0.1  # seconds


def watch_source(
    source: str | SourceSpec,
    pool: DetectorPool,
    rule_set: RuleSet,
    preset: str | None = None,
    *,
    folder: Path,
    disk_bytes: int = DISK_BYTES,
    marked: bool = True,
    blurred: bool = False,
    addresses: Sequence[Address] = (),
    outbox: Path | None = None,
    port: int | None = None,
    score_threshold: float | None = None,
    detail: Detail = Detail.WHOLE,
    target_rate: float | None = None,
    on_alert: Callable[[Alert], None] = lambda alert: None,
    on_message: Callable[[str], None] = lambda message: None,
    stop: threading.Event | None = None,
) -> None:
    """Watch a source until it ends or ``stop`` is set; a live one that is lost is opened again.

    Sounds and notifications on the desktop are the window's: nothing is done for them here.

    Args:
        source: What to read.
        pool: The presets.
        rule_set: What to watch for, and what is then done.
        preset: As of :func:`pedcam.headless.detect.detect_video`.
        folder: Where snapshots and clips go; created where there are any.
        disk_bytes: How large they may get altogether; then the oldest are deleted.
        marked: Whether people are marked in them.
        blurred: Whether people are blurred in them, and in what is sent.
        addresses: Where messages go.
        outbox: Folder in which messages wait, the user's own by default.
        port: Where to answer as :class:`~pedcam.headless.monitor_server.MonitorServer` does;
            ``None`` for nowhere.
        score_threshold: Lowest score kept, the preset's calibrated one by default.
        detail: How closely to look.
        target_rate: As of :func:`pedcam.headless.detect.detect_video`.
        on_alert: Called with every alert.
        on_message: Called with what people should know meanwhile, also from other threads.
        stop: Ends it when it is set.

    Raises:
        UserError: Nothing can be watched for, or the source, the preset, the folder or the port
            cannot be used.
    """
    spec = parse_source(source) if isinstance(source, str) else source
    stop = stop or threading.Event()
    actions = {action for rule in rule_set.rules if rule.enabled for action in rule.then}
    counter = rule_set.counter()
    with ExitStack() as ends:
        post = _Post(outbox or outbox_folder(), addresses, on_message, on=Action.SEND in actions)
        ends.callback(post.close, stop)
        monitor = Monitor(rule_set.rules, lambda: post.counts)
        if port is not None:
            server = MonitorServer(monitor, port)
            ends.callback(server.close)
            on_message(f"{server.address} has /healthz and /metrics")
        if actions & {Action.SNAPSHOT, Action.CLIP}:
            prepare_folder(folder)
            ends.callback(DiskBudget(folder, disk_bytes).close)
        acting = Acting(
            spec.title,
            ActionOptions(
                folder,
                folder,
                snapshots_marked=marked,
                snapshots_blurred=blurred,
                clips_marked=marked,
                clips_blurred=blurred,
            ),
            ActionHandlers(send=post.send, on_problem=on_message),
            rule_set.rules,
            wait=spec.kind in RECORDED_KINDS,
        )
        acting.start()
        ends.callback(acting.close, CLOSE_TIMEOUT)
        outages = _Outages(on_message)

        def on_status(status: StreamStatus) -> None:
            monitor.take_status(status)
            outages.take(status)

        results = iterate_results(
            spec,
            pool,
            preset,
            counter=counter,
            score_threshold=score_threshold,
            detail=detail,
            target_rate=target_rate,
            on_status=on_status,
            stop=stop,
        )
        for result in ends.enter_context(closing(results)):
            monitor.take(result)
            outages.end()
            acting.put(result)
            assert result.counts is not None, "there is a counter"
            for event in result.counts.events:
                if event.kind is EventKind.ALERT:
                    on_alert(Alert(event, spec.title, time.time(), result.counts))


class _Post:
    """Sends messages, if there are rules that say so."""

    def __init__(
        self,
        outbox: Path,
        addresses: Sequence[Address],
        on_problem: Callable[[str], None],
        *,
        on: bool,
    ) -> None:
        used = [address for address in addresses if address.enabled]
        if on and not used:
            raise UserError(
                "There are rules that send, but no address to send to that is on. Name a file of "
                "addresses with --addresses, or enter some in the settings of the window."
            )
        # The first alert would be late to learn it.
        for address in used if on else ():
            if problem := address_problem(address.url):
                on_problem(f"“{address.name}”: {problem}")
        self._sender = Sender(outbox, addresses, on_problem=on_problem) if on else None
        self._taken = 0

    @property
    def counts(self) -> SendCounts:
        return self._sender.counts if self._sender is not None else SendCounts()

    def send(self, message: Message) -> None:
        if self._sender is not None:
            self._taken += 1
            self._sender.send(message)

    def close(self, stop: threading.Event) -> None:
        """Wait a little for what is still to be sent, unless ``stop`` is set.

        What is not sent then waits on the disk for the next time.
        """
        if self._sender is None:
            return
        deadline = time.monotonic() + CLOSE_TIMEOUT
        while self._is_busy() and time.monotonic() < deadline and not stop.wait(LOOK_AGAIN):
            pass
        self._sender.close(max(1.0, deadline - time.monotonic()))

    def _is_busy(self) -> bool:
        counts = self.counts
        return counts.waiting > 0 or counts.sent + counts.failed < self._taken


class _Outages:
    """Says once that a source is lost, however often it is tried again, and when it is back."""

    def __init__(self, on_message: Callable[[str], None]) -> None:
        self._on_message = on_message
        self._said: StreamState | None = None
        self._since = 0.0
        self._open = False  # whether what comes now is not what was left from before

    def take(self, status: StreamStatus) -> None:
        self._open = status.state is StreamState.PLAYING
        if status.state in (StreamState.STALLED, StreamState.RECONNECTING):
            if self._said is None:
                self._since = time.monotonic()
            if status.state is self._said:
                return
            self._said = status.state
        if status.message:
            self._on_message(status.message)

    def end(self) -> None:
        """A frame has come."""
        if self._said is not None and self._open:
            self._said = None
            self._on_message(f"Frames come again, after {time.monotonic() - self._since:.0f} s.")
