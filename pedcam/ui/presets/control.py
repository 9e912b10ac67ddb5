"""The presets of a running window: loading, selecting, adding and removing them."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from pedcam.detect.detail import Detail
from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import Preset, PresetError
from pedcam.detect.providers import Provider
from pedcam.ui.base.background import call_on_window_thread
from pedcam.ui.base.messages import Messages
from pedcam.ui.presets.selection import AutoState, PresetSelection
from pedcam.video.stream.stream import Result, Stream

# Topics of messages: there are no presets; something else computes than was asked for.
PRESETS, PROVIDER = "presets", "provider"


class PresetControl(QObject):
    """Keeps the pool, the selected preset and the running stream in step.

    All of it is called on the window's thread.
    """

    switched = pyqtSignal(str)
    """Results are of the preset of this name from now on."""

    def __init__(
        self,
        pool: DetectorPool,
        presets: PresetSelection,
        auto: AutoState,
        messages: Messages,
        stream: Callable[[], Stream | None],
    ) -> None:
        """Prepare; nothing is loaded yet. ``stream`` returns the running stream, if any."""
        super().__init__()
        self._pool = pool
        self._presets = presets
        self._auto = auto
        self._messages = messages
        self._stream = stream
        self._closed = False
        pool.on_problem = self._fell_back
        if not pool.presets:
            self.report_none()

    def warm(self) -> None:
        """Load every preset at its default size in the background, the chosen one first."""
        if self._pool.presets:
            self._pool.warm_all(self._loaded, self._failed, first=self._presets.selected)

    def choose(self, name: str) -> None:
        """Switch presets while the video plays, and Auto off."""
        auto = self._auto.enabled
        if auto:
            self._auto.set(False, self._auto.target_rate)
        stream = self._stream()
        if (self._presets.select(name) or auto) and stream is not None:
            stream.set_preset(str(self._presets.selected))

    def choose_depth(self, preset: Preset) -> None:
        """Switch to another preset, at the present input size where it has that."""
        self.choose(self._presets.at_size(preset).name)

    def step_size(self, step: int) -> None:
        """Switch to a larger input size of the present preset, or a smaller one; none is no-op."""
        sizes = self._presets.sizes
        names = [preset.name for preset in sizes]
        if self._presets.selected in names:
            place = names.index(self._presets.selected) + step
            if 0 <= place < len(names):
                self.choose(names[place])

    def set_auto(self, enabled: bool, target_rate: float | None) -> None:
        """Let the stream hold a frame rate by choosing among the presets, or stop that."""
        self._auto.set(enabled, target_rate)
        self.apply(self._stream())

    def set_detail(self, detail: Detail) -> None:
        """Look more or less closely while the video plays."""
        stream = self._stream()
        if self._presets.set_detail(detail) and stream is not None:
            stream.set_detail(detail)

    def apply(self, stream: Stream | None) -> None:
        """Have a stream choose by itself, or keep to the preset chosen."""
        if stream is None or self._presets.selected is None:
            return
        if self._auto.enabled:
            stream.set_auto(self._auto.target_rate)
        elif stream.auto or stream.preset != self._presets.selected:
            stream.set_preset(self._presets.selected)

    def follow(self, result: Result) -> None:
        """Take note of which preset a result is of, and of what Auto says."""
        height, width, _ = result.frame.image.shape
        self._presets.mark_searched((width, height), result.rows)
        if self._presets.mark_running(result.preset):
            self.switched.emit(result.preset)
        stream = self._stream()
        if stream is not None and self._auto.enabled:
            self._auto.set_reason(result.reason)
            self._presets.select(stream.preset)

    def add(self, preset: Preset) -> None:
        """Offer one more preset at once, and load it in the background.

        Raises:
            ValueError: There is one of that name.
        """
        self._pool.add(preset)
        self._presets.set_presets(self._pool.presets)
        self._messages.withdraw(PRESETS)
        self._pool.request(preset.name, lambda: self._requested(preset.name))
        if self._auto.enabled:
            self.apply(self._stream())

    def remove(self, name: str) -> None:
        """Offer a preset no longer; whatever uses it changes to the nearest one.

        Raises:
            KeyError: There is no preset of that name.
        """
        self._pool.remove(name)
        self._presets.set_presets(self._pool.presets)
        self.apply(self._stream())
        if not self._pool.presets:
            self.report_none()

    def reload(self, provider: Provider, threads: int | None) -> None:
        """Load all presets anew, for another device or number of threads."""
        self._pool.reload(provider=provider, threads=threads)
        self._messages.withdraw(PROVIDER)
        self._presets.forget_readiness()
        if self._presets.selected is not None:
            self._messages.withdraw(PRESETS)
        self.warm()

    def drop(self, name: str, error: PresetError) -> None:
        """Leave out a preset that cannot run; whatever uses it changes to the nearest one."""
        if self._presets.find(name) is None:
            return  # it was removed meanwhile
        before = self._presets.selected
        self._presets.mark_failed(name, str(error))
        self._messages.post(str(error))
        stream = self._stream()
        if self._presets.selected is None:
            self.report_none()
        elif self._presets.selected != before and stream is not None and not self._auto.enabled:
            stream.set_preset(self._presets.selected)

    def report_none(self) -> None:
        """Say that there is no preset, and what to do."""
        self._messages.post(
            "There is no preset that can find people, so nothing can be played. Drop preset files "
            "(.onnx) onto this window, or reinstall pedcam to get the ones that come with it.",
            PRESETS,
        )

    def close(self) -> None:
        self._closed = True

    def _requested(self, name: str) -> None:
        error = self._pool.error(name)
        if error is None:
            self._loaded(name)
        else:
            self._failed(name, error)

    def _loaded(self, name: str) -> None:
        try:
            provider = self._pool.get(name).provider
        except PresetError:
            return  # the pool was closed meanwhile
        self._call_soon(lambda: self._presets.mark_ready(name, provider))

    def _failed(self, name: str, error: PresetError) -> None:
        def drop() -> None:
            # Unless it is loaded anew meanwhile, elsewhere, where it may well run.
            if self._pool.error(name) is error:
                self.drop(name, error)

        self._call_soon(drop)

    def _fell_back(self, name: str, problem: str) -> None:
        """The processor computes what another device could not; not a frame is lost."""
        self._loaded(name)
        # Of all presets, one says so.
        self._call_soon(lambda: self._messages.post(problem, PROVIDER))

    def _call_soon(self, call: Callable[[], None]) -> None:
        call_on_window_thread(lambda: None if self._closed else call())
