"""pedcam with marks of when it got how far.

``python -m tests.benchmarks.window.marked START [WORD ...]``: ``START`` is when this process
was asked for, in seconds since 1970. Once people are on the screen, the marks are the last line of
output, as JSON, and the window closes.
"""

import importlib.abc
import importlib.machinery
import json
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

MARKS = (
    "python up",
    "imports done",
    "window shown",
    "preset ready",
    "first result",
    "first people",
)

Patch = Callable[[ModuleType], None]


class Marks:
    """Milliseconds since the start, and those that all processor cores worked, of each mark."""

    def __init__(self, start: float) -> None:
        """Take note of when this process was asked for."""
        self._start = start
        self.found: dict[str, tuple[float, float]] = {}
        self.note(MARKS[0])

    def note(self, mark: str) -> None:
        """Note a mark the first time that it is reached."""
        times = 1000 * (time.time() - self._start), 1000 * time.process_time()
        self.found.setdefault(mark, times)

    def before(self, owner: Any, name: str, mark: str) -> None:
        """Have a function note a mark whenever it is called."""
        original = getattr(owner, name)

        def marked(*args: Any, **keywords: Any) -> Any:
            self.note(mark)
            return original(*args, **keywords)

        setattr(owner, name, marked)


class _Patcher(importlib.abc.MetaPathFinder):
    """Changes modules as pedcam imports them, so that it imports them in its own order."""

    def __init__(self, patches: dict[str, Patch]) -> None:
        self._patches = patches

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        patch = self._patches.pop(name, None)
        if patch is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_patch(module: ModuleType) -> None:
                execute(module)
                patch(module)

            spec.loader.exec_module = execute_and_patch  # type: ignore[method-assign]
        return spec


def _patches(marks: Marks) -> dict[str, Patch]:
    def watch_window(module: ModuleType) -> None:
        marks.before(module.MainWindow, "__init__", "imports done")
        marks.before(module.MainWindow, "showEvent", "window shown")

    def watch_presets(module: ModuleType) -> None:
        marks.before(module.PresetSelection, "mark_ready", "preset ready")

    def watch_view(module: ModuleType) -> None:
        original = module.VideoView.__init__

        def init(view: Any, *args: Any, **keywords: Any) -> None:
            original(view, *args, **keywords)
            view.shown.connect(lambda result: _after_flush(marks, result))

        module.VideoView.__init__ = init

    return {
        "pedcam.ui.main_window": watch_window,
        "pedcam.ui.presets.selection": watch_presets,
        "pedcam.ui.picture.video_view": watch_view,
    }


def _after_flush(marks: Marks, result: Any) -> None:
    """Note a painted picture once its pixels went to the screen, which is after painting."""
    from PyQt6.QtCore import QTimer

    QTimer.singleShot(0, lambda: _note_result(marks, len(result.detections)))


def _note_result(marks: Marks, people: int) -> None:
    from PyQt6.QtWidgets import QApplication

    marks.note("first result")
    if people and "first people" not in marks.found:
        marks.note("first people")
        sys.stdout.write(f"\n{json.dumps(marks.found)}\n")
        sys.stdout.flush()
        QApplication.closeAllWindows()


def main() -> int:
    """Run pedcam."""
    marks = Marks(float(sys.argv[1]))
    sys.meta_path.insert(0, _Patcher(_patches(marks)))
    from pedcam.cli import main as pedcam

    return pedcam(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
