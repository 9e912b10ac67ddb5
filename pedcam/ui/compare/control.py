"""Runs the preset beside the running one, and brings what it finds to the window."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from pedcam.detect.pool import DetectorPool
from pedcam.ui.base.background import NewestOnly, Worker, call_on_window_thread
from pedcam.ui.base.messages import Messages
from pedcam.ui.compare.state import ComparisonState
from pedcam.ui.player.subscribers import Subscribers
from pedcam.video.stream.comparison import Comparison, Pair
from pedcam.video.stream.results import Result

_TOPIC = "comparison"


class ComparisonControl(QObject):
    """Compares while the state names another preset; all of it is called on the window's thread."""

    pair_arrived = pyqtSignal(object)
    """The newest :class:`~pedcam.video.stream.comparison.Pair`, or ``None`` for none any more."""

    def __init__(
        self, pool: DetectorPool, results: Subscribers, state: ComparisonState, messages: Messages
    ) -> None:
        """Prepare; ``results`` gives the results of whatever plays."""
        super().__init__()
        self._pool, self._results = pool, results
        self._state, self._messages = state, messages
        self._worker = Worker("pedcam-compare-end", self)
        self._comparison: Comparison | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._threshold: float | None = None

    def compare(self, name: str | None, latest: Result | None = None) -> None:
        """Compare with a preset, or stop.

        Args:
            name: The preset beside the running one; ``None`` to stop.
            latest: What is on the screen, so that a paused picture is compared too.
        """
        if name is None:
            self._stop()
        elif self._comparison is not None:
            self._comparison.set_preset(name)
        else:
            self._begin(name, latest)
        self._state.set_other(name)

    def set_score_threshold(self, value: float | None) -> None:
        self._threshold = value
        if self._comparison is not None:
            self._comparison.set_score_threshold(value)

    def new_source(self) -> None:
        """Show no pair of the source before."""
        if self._comparison is not None:
            # Another one, as this one may be at work on the last picture of that source.
            name = self._comparison.preset
            self._end()
            self._begin(name)
        self.pair_arrived.emit(None)

    def close(self) -> None:
        """Stop for good; does not wait."""
        self._stop()
        self._worker.stop()

    def _begin(self, name: str, latest: Result | None = None) -> None:
        newest: NewestOnly[Pair] = NewestOnly(lambda pair: self._show_pair(comparison, pair))
        comparison = self._comparison = Comparison(
            self._pool,
            name,
            newest.put,
            lambda text: call_on_window_thread(lambda: self._show_error(comparison, text)),
            self._threshold,
        )
        self._unsubscribe = self._results.subscribe(comparison.put)
        comparison.start()
        if latest is not None:
            comparison.put(latest)

    def _end(self) -> None:
        comparison, self._comparison = self._comparison, None
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if comparison is not None:
            # It may have to wait for a detection.
            self._worker.submit(comparison.close, lambda _: None)

    def _stop(self) -> None:
        self._end()
        self.pair_arrived.emit(None)
        self._state.set_other(None)
        self._messages.withdraw(_TOPIC)

    def _show_pair(self, comparison: Comparison, pair: Pair) -> None:
        if comparison is self._comparison:
            self._messages.withdraw(_TOPIC)
            self.pair_arrived.emit(pair)

    def _show_error(self, comparison: Comparison, text: str) -> None:
        if comparison is self._comparison:
            self._messages.post(text, _TOPIC)
