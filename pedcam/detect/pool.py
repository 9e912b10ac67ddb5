"""The presets and their warm detectors, shared by every stream."""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
from numpy.typing import NDArray

from pedcam import bundled
from pedcam.detect.detector import Detector
from pedcam.detect.presets import (
    Preset,
    PresetError,
    at_all_sizes,
    find_presets,
    in_order,
    plain_reason,
)
from pedcam.detect.providers import AUTO, Provider, available
from pedcam.detect.tiles import detect_in_tiles, lay_tiles

if TYPE_CHECKING:
    import supervision as sv

MODELS_VARIABLE = "PEDCAM_MODELS"
MOST_LANES = 16  # a frame of every one is in memory


class _Entry:
    def __init__(self, preset: Preset) -> None:
        self.preset = preset
        self.detector: Detector | None = None
        self.error: PresetError | None = None
        self.problem = ""
        self.loading = threading.Lock()
        self.idle = queue.SimpleQueue[Detector]()
        self.waiting: list[Callable[[], None]] = []

    @property
    def resolved(self) -> bool:
        return self.detector is not None or self.error is not None


class DetectorPool:
    """One warm detector per preset, loaded in the background.

    A preset at a further input size is a preset too, which is loaded when it is asked for and
    shares the session of the one at the default size.

    Thread-safe, and knows nothing of Qt. Methods raise KeyError for a name that no preset has.

    Attributes:
        presets: What is offered, in their order of display.
        provider: Where to compute.
        threads: Threads of ONNX Runtime for a frame, ``None`` for all cores.
        lanes: Frames that are detected side by side at most.
        on_problem: Called with a preset's name and a text for people, in any thread, where the
            processor computes instead of what was asked for.
    """

    def __init__(
        self,
        presets: Sequence[Preset],
        *,
        provider: Provider = "cpu",
        threads: int | None = None,
        lanes: int = 1,
        make: Callable[..., Detector] = Detector,
    ) -> None:
        """Remember the presets; nothing is loaded yet.

        Args:
            presets: What to offer.
            provider: Where to compute.
            threads: Threads of ONNX Runtime for a frame: all cores by default, one where there are
                several lanes.
            lanes: Frames that are detected side by side at most.
            make: Makes a detector from a preset and the keywords ``provider`` and ``threads``.

        Raises:
            ValueError: Two presets share a name.
        """
        self.presets = tuple(presets)  # in their order of display: key 1 switches to the first
        if len({preset.name for preset in self.presets}) != len(self.presets):
            raise ValueError("two presets have the same name")
        # Also those removed since: a stream may still be at work with one.
        self._entries = {preset.name: _Entry(preset) for preset in at_all_sizes(self.presets)}
        self.provider: Provider = provider
        self.threads = 1 if threads is None and lanes > 1 else threads  # None for all cores
        self.lanes = lanes
        self.on_problem: Callable[[str, str], None] = lambda name, text: None
        self._make = make
        self._changed = threading.Condition()
        self._queue: deque[str] = deque()
        self._loader: threading.Thread | None = None
        self._closed = False
        self._on_ready: Callable[[str], None] | None = None
        self._on_error: Callable[[str, PresetError], None] | None = None

    def warm_all(
        self,
        on_ready: Callable[[str], None] | None = None,
        on_error: Callable[[str, PresetError], None] | None = None,
        *,
        first: str | None = None,
    ) -> None:
        """Load every preset in one background thread, the ``first`` one first, and return at once.

        Further input sizes are not loaded, unless one is the ``first``. ``on_ready`` and
        ``on_error`` are called there with the name of each preset.
        """
        names = [one.name for one in self.presets]
        if first in self._entries:
            names = list(dict.fromkeys([first, *names]))
        with self._changed:
            self._on_ready, self._on_error = on_ready, on_error
            # What somebody already waits for stays in front.
            self._queue.extend(name for name in names if name not in self._queue)
            self._start_loader()

    def add(self, preset: Preset) -> None:
        """Offer one more preset, or raise ValueError if there is one of that name."""
        with self._changed:
            if any(other.name == preset.name for other in self.presets):
                raise ValueError(f"there is a preset named '{preset.name}' already")
            self._entries |= {one.name: _Entry(one) for one in at_all_sizes([preset])}
            self.presets = tuple(in_order([*self.presets, preset]))

    def remove(self, name: str) -> None:
        """Offer a preset no longer, at any size; streams that still use it may go on with it."""
        self._entry(name)
        with self._changed:
            self.presets = tuple(preset for preset in self.presets if preset.name != name)

    def reload(self, *, provider: Provider, threads: int | None) -> None:
        """Compute elsewhere from now on; every detector is made anew when it is needed."""
        with self._changed:
            self.provider, self.threads = provider, threads
            # A detection on its way ends with the detector it has.
            for name, old in list(self._entries.items()):
                new = self._entries[name] = _Entry(old.preset)
                if old.waiting:
                    new.waiting, old.waiting = old.waiting, []
                    self._queue.appendleft(name)
            self._start_loader()

    def threshold(self, name: str) -> float:
        """Return the calibrated score threshold of a preset."""
        return self._entry(name).preset.info.score_threshold

    def request(self, name: str, on_resolved: Callable[[], None]) -> None:
        """Load a preset before all others, in the background.

        ``on_resolved`` is called once the preset is ready or has failed: at once if it already has,
        else in the background thread.
        """
        entry = self._entry(name)
        with self._changed:
            if not entry.resolved:
                entry.waiting.append(on_resolved)
                self._queue.appendleft(name)
                self._start_loader()
                return
        on_resolved()

    def ready(self, name: str) -> bool:
        """Whether the detector of this preset can be used without waiting."""
        return self._entry(name).detector is not None

    def error(self, name: str) -> PresetError | None:
        """Why this preset could not be loaded, or ``None``."""
        return self._entry(name).error

    def get(self, name: str) -> Detector:
        """Return the warm detector of a preset, loading it here if nobody else does.

        A detector serves one thread at a time; threads that share a pool use :meth:`detect`.

        Raises:
            PresetError: The preset cannot be loaded.
        """
        return self._detector(self._entry(name))

    def detect(
        self,
        name: str,
        frame: NDArray[np.uint8],
        score_threshold: float | None = None,
        rows: int = 0,
    ) -> sv.Detections:
        """Find the people in a frame from any thread; see :meth:`Detector.detect`.

        With ``rows`` of tiles it looks closer, see :func:`pedcam.detect.tiles.lay_tiles`. Threads
        beyond the lanes wait for each other.
        """
        entry = self._entry(name)  # once: a reload may put another one in its place
        size = frame.shape[1], frame.shape[0]
        tiles = lay_tiles(size, entry.preset.info.input_size, rows)
        idle = entry.idle  # first, since closing puts an empty one in its place
        self._detector(entry)
        detector = idle.get()
        try:
            return detect_in_tiles(detector.detect, frame, score_threshold, tiles)
        finally:
            idle.put(detector)
            self._tell_problem(entry, detector)

    def _tell_problem(self, entry: _Entry, detector: Detector) -> None:
        if entry.problem == detector.problem:
            return
        with self._changed:
            # Of several that share a session, one says so.
            known, entry.problem = entry.problem, detector.problem
        if known != entry.problem:
            self.on_problem(entry.preset.name, entry.problem)

    def close(self) -> None:
        """Stop loading and drop the detectors; one that is loading now is dropped when done."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            for entry in self._entries.values():
                entry.detector, entry.idle = None, queue.SimpleQueue()
                entry.waiting.clear()

    def _entry(self, name: str) -> _Entry:
        try:
            return self._entries[name]
        except KeyError:
            known = ", ".join(self._entries) or "none"
            raise KeyError(f"There is no preset '{name}'. Presets: {known}.") from None

    def _detector(self, entry: _Entry) -> Detector:
        self._load(entry)
        if entry.detector is None:
            name = entry.preset.name
            raise entry.error or PresetError(f"Preset '{name}' is no longer available.")
        return entry.detector

    def _start_loader(self) -> None:
        if self._loader is None and self._queue and not self._closed:
            self._loader = threading.Thread(
                target=self._run_loader, name="pedcam-presets", daemon=True
            )
            self._loader.start()

    def _run_loader(self) -> None:
        while True:
            with self._changed:
                if not self._queue or self._closed:
                    self._loader = None
                    return
                entry = self._entries[self._queue.popleft()]
            self._load(entry)

    def _load(self, entry: _Entry) -> None:
        base = self._entries.get(entry.preset.base_name, entry)
        if base is not entry and not entry.resolved:
            self._load(base)
        with entry.loading:
            if entry.resolved or self._closed:
                return
            detector, error = None, None
            try:
                if base is entry:
                    detector = self._make(
                        entry.preset, provider=self.provider, threads=self.threads
                    )
                elif base.detector is not None:
                    detector = base.detector.at(entry.preset)
                else:
                    raise base.error or PresetError("The presets are no longer needed.")
                detector.warm_up()
            except PresetError as failure:
                error = failure
            # ONNX Runtime's errors share no base class of their own.
            except Exception as failure:
                error = PresetError(
                    f"Preset {entry.preset.path} cannot be run: {plain_reason(failure)}"
                )
            with self._changed:
                if self._closed:
                    return
                if detector is not None and error is None:
                    entry.idle.put(detector)
                    # They share the session, which runs in each thread that calls it.
                    for _ in range(self.lanes - 1):
                        entry.idle.put(detector.at(entry.preset))
                    entry.detector = detector
                entry.error = error
                waiting, entry.waiting = entry.waiting, []
        # Outside the locks, so that callbacks may call the pool.
        for on_resolved in waiting:
            on_resolved()
        if detector is not None and error is None:
            self._tell_problem(entry, detector)
        if error is not None and self._on_error is not None:
            self._on_error(entry.preset.name, error)
        elif error is None and self._on_ready is not None:
            self._on_ready(entry.preset.name)


def lanes_for(provider: Provider, threads: int | None = None) -> int:
    """Return how many frames to detect side by side where every frame counts.

    Frames on a core each are done sooner than one after another on all of them, while each takes
    longer. One more than there are cores makes up for those that wait for their turn (measured on
    two cores). A GPU works on one frame.

    Args:
        provider: Where to compute.
        threads: Threads to use in all; by default one per core, and that one more.
    """
    names = available() if provider == AUTO else (provider,)
    if not set(names) <= {"cpu", "openvino"}:
        return 1
    return min(threads or (os.cpu_count() or 1) + 1, MOST_LANES)


def load_pool(
    folders: Sequence[Path] | None = None,
    *,
    provider: Provider = "cpu",
    threads: int | None = None,
    lanes: int = 1,
    make: Callable[..., Detector] = Detector,
) -> tuple[DetectorPool, list[PresetError]]:
    """Find the presets of some folders.

    By default these are the folders that the environment variable ``PEDCAM_MODELS`` lists; without
    it those of the presets that come with pedcam and :func:`user_models_folder`.

    Returns:
        The pool, which may be empty, and one error per file or folder that cannot be used.
    """
    errors: list[PresetError] = []
    listed = os.environ.get(MODELS_VARIABLE)
    if folders is None and listed:
        folders = [Path(folder) for folder in listed.split(os.pathsep) if folder]
    if folders is not None:
        for folder in folders:
            if not folder.is_dir():
                errors.append(PresetError(f"There is no folder {folder} to take presets from."))
    else:
        folders = [user_models_folder()]
        try:
            folders.insert(0, bundled.models_folder())
        except FileNotFoundError as error:
            errors.append(PresetError(str(error)))
    presets, unusable = find_presets(folders)
    pool = DetectorPool(presets, provider=provider, threads=threads, lanes=lanes, make=make)
    return pool, errors + unusable


def user_models_folder() -> Path:
    """Return the folder for the user's own presets; it need not exist."""
    return platformdirs.user_data_path("pedcam", appauthor=False) / "models"
