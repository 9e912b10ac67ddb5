"""Which presets there are and which one is wanted; Auto; the lowest score shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum

from pedcam.detect.accuracy import default_preset
from pedcam.detect.detail import Detail
from pedcam.detect.presets import SIZE_MARK, Preset, at_all_sizes
from pedcam.detect.tiles import Size, is_panorama, lay_tiles
from pedcam.ui.base.observable import Observable

SLOWEST_TARGET = 5  # frames per second
FASTEST_TARGET = 120


class Condition(Enum):
    """Whether a preset is being loaded, can be switched to, runs, or failed."""

    LOADING = "loading"
    READY = "ready"
    RUNNING = "running"
    FAILED = "failed"


class PresetSelection(Observable):
    """Which presets there are, and how they are used.

    Attributes:
        presets: Those of the files, at default input sizes, in the order of their number keys.
        all_sizes: The same, followed by those at further sizes.
        selected: Name of the preset asked for; ``None`` where there is none.
        previous: Name of the one selected before, if any.
        running: Name of the preset behind the latest result, if any.
        detail: How closely pictures are searched.
    """

    def __init__(self, presets: Sequence[Preset], selected: str | None = None) -> None:
        """Start with nothing loaded; without a ``selected`` name the default is taken."""
        super().__init__()
        self.presets = tuple(presets)
        self.all_sizes = tuple(at_all_sizes(presets))
        self.selected = selected if self.find(selected) is not None else self._default()
        self.previous: str | None = None
        self.running: str | None = None
        self.detail = Detail.WHOLE
        self._size: Size = (1280, 720)  # of the latest picture, or of the demo before there is one
        self._rows = 0  # of tiles, in the latest picture or the next
        self._ready: dict[str, str] = {}
        self._failed: dict[str, str] = {}

    def condition(self, name: str) -> Condition:
        if self.error(name):
            return Condition.FAILED
        if name == self.running:
            return Condition.RUNNING
        return Condition.READY if _base(name) in self._ready else Condition.LOADING

    def error(self, name: str) -> str:
        """Return why a preset cannot run; empty if it can."""
        return self._failed.get(name) or self._failed.get(_base(name), "")

    def provider(self, name: str | None) -> str:
        """Return the device that a loaded preset computes on; empty while that is unknown."""
        return self._ready.get(_base(name), "") if name is not None else ""

    @property
    def usable(self) -> list[Preset]:
        """The presets that did not fail, at all sizes."""
        return [preset for preset in self.all_sizes if not self.error(preset.name)]

    @property
    def sizes(self) -> list[Preset]:
        """The selected preset at every size at which it can run, the smallest first."""
        base = _base(self.selected or "")
        sizes = [preset for preset in self.usable if preset.base_name == base]
        return sorted(sizes, key=lambda preset: math.prod(preset.info.input_size))

    def find(self, name: str | None) -> Preset | None:
        return next((preset for preset in self.all_sizes if preset.name == name), None)

    def at_size(self, preset: Preset) -> Preset:
        """Return a preset at the size of the selected one where it has that and can run there."""
        selected = self.find(self.selected)
        if selected is None:
            return preset
        kin = (one for one in self.usable if one.base_name == preset.base_name)
        size = selected.info.input_size
        return next((one for one in kin if one.info.input_size == size), preset)

    def select(self, name: str) -> bool:
        """Ask for a preset; return whether that is possible and new."""
        if self.find(name) is None or self.error(name) or name == self.selected:
            return False
        self._set_selected(name)
        self._changed()
        return True

    def set_presets(self, presets: Sequence[Preset]) -> None:
        """Offer other presets; a selected one that is not among them is replaced by the nearest."""
        before = self.all_sizes
        self.presets = tuple(presets)
        self.all_sizes = tuple(at_all_sizes(presets))
        known = {preset.name for preset in self.all_sizes}
        for notes in (self._ready, self._failed):
            for name in notes.keys() - known:
                del notes[name]
        # A file may have been replaced by another of the same name.
        for preset in self.all_sizes:
            if preset not in before:
                self._ready.pop(preset.name, None)
                self._failed.pop(preset.name, None)
        if self.selected not in known:
            old = next((preset for preset in before if preset.name == self.selected), None)
            self._set_selected(self._nearest_usable(old))
        self._changed()

    def forget_readiness(self) -> None:
        """Note that all are to be loaded anew, also those that failed."""
        self._ready.clear()
        self._failed.clear()
        if self.selected is None:
            self._set_selected(self._default())
        self._changed()

    def mark_ready(self, name: str, provider: str) -> None:
        """Note that a preset can be switched to at once."""
        self._ready[name] = provider
        self._changed()

    def mark_failed(self, name: str, error: str) -> None:
        """Note that a preset cannot run; a selected one is replaced by the nearest that may."""
        self._failed[name] = error
        if self.selected is not None and self.error(self.selected):
            self._set_selected(self._nearest_usable(self.find(self.selected)))
        self._changed()

    def mark_running(self, name: str | None) -> bool:
        """Note which preset made the latest result; return whether that is new."""
        if name == self.running:
            return False
        self.running = name
        self._changed()
        return True

    @property
    def panorama(self) -> bool:
        """Whether the latest picture is one."""
        return is_panorama(self._size)

    def looks(self, preset: Preset) -> int:
        """Return how many parts of a picture a preset searches, the whole of it included."""
        return len(lay_tiles(self._size, preset.info.input_size, self._rows))

    def set_detail(self, detail: Detail) -> bool:
        """Look more or less closely; return whether that is new."""
        if detail is self.detail:
            return False
        self.detail, self._rows = detail, detail.rows
        self._changed()
        return True

    def mark_searched(self, size: Size, rows: int) -> None:
        """Note the size of the latest picture and its rows of tiles."""
        # Of another detail than AUTO they are known, and of the one before while that is under way.
        rows = rows if self.detail is Detail.AUTO else self.detail.rows
        if (size, rows) != (self._size, self._rows):
            self._size, self._rows = size, rows
            self._changed()

    def _set_selected(self, name: str | None) -> None:
        if name != self.selected:
            self.previous, self.selected = self.selected, name

    def _default(self) -> str | None:
        preset = default_preset(self.presets)
        return preset.name if preset is not None else None

    def _nearest_usable(self, old: Preset | None) -> str | None:
        """The one nearest in depth, at the same size where there is one."""

        def away(preset: Preset) -> tuple[int, bool]:
            if old is None:
                return preset.info.depth, False
            depths = abs(preset.info.depth - old.info.depth)
            return depths, preset.info.input_size != old.info.input_size

        nearest = min(self.usable, key=away, default=None)
        return nearest.name if nearest is not None else None


def _base(name: str) -> str:
    return name.partition(SIZE_MARK)[0]


class AutoState(Observable):
    """Whether Auto is on, what it holds, and why it last moved.

    Attributes:
        enabled: Whether the stream chooses its preset itself.
        target_rate: Frames per second to hold; ``None`` for as many as the source gives.
        reason: Why it last moved; empty where it has not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enabled = False
        self.target_rate: float | None = None
        self.reason = ""

    def set(self, enabled: bool, target_rate: float | None) -> None:
        """Switch it on or off, or hold another rate, also while it is off."""
        if target_rate is not None:
            target_rate = min(max(target_rate, SLOWEST_TARGET), FASTEST_TARGET)
        if (enabled, target_rate) != (self.enabled, self.target_rate):
            # The reason was about another rate.
            self.enabled, self.target_rate, self.reason = enabled, target_rate, ""
            self._changed()

    def set_reason(self, reason: str) -> None:
        """Note why the stream made its last move."""
        if self.enabled and reason != self.reason:
            self.reason = reason
            self._changed()


class Threshold(Observable):
    """The lowest score shown.

    Attributes:
        override: The user's own value, 0..1; ``None`` means each preset's calibrated one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.override: float | None = None

    def set(self, value: float | None) -> bool:
        """Change the override, clipped to 0..1; return whether that is new."""
        value = None if value is None else min(max(value, 0.0), 1.0)
        if value == self.override:
            return False
        self.override = value
        self._changed()
        return True
