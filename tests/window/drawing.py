"""What drawing a picture costs the window's thread, in milliseconds.

Timed are real paint events of a window on the screen (without a screen: on Qt's offscreen platform)
together with what showing a result does before. "with flush" is that, and handing the window's
pixels to the screen. Other programs that compute meanwhile make all of it slower.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

VIEW = 1600, 900
FULL_HD, ULTRA_HD = (1920, 1080), (3840, 2160)


@dataclass(frozen=True)
class Case:
    """A picture and what is drawn over it.

    Attributes:
        title: For people.
        frame: ``(width, height)`` of the frames.
        people: Number of people in each.
        on: Options of the view that are on.
        zoom: Of the view.
        scale: Device pixels per widget coordinate.
    """

    title: str
    frame: tuple[int, int] = FULL_HD
    people: int = 30
    on: tuple[str, ...] = ("boxes", "scores", "identities")
    zoom: float = 1.0
    scale: int = 1


@dataclass
class Times:
    """Milliseconds of every frame of a case."""

    paint: list[float] = field(default_factory=list)
    flushed: list[float] = field(default_factory=list)


USUAL = ("boxes", "scores", "identities")
EVERYTHING = (*USUAL, "traces", "heat_map", "blur")
CASES = (
    Case("picture alone", on=()),
    Case("boxes, scores, identities"),
    Case("with traces", on=(*USUAL, "traces")),
    Case("with heat map", on=(*USUAL, "heat_map")),
    Case("with blur", on=(*USUAL, "blur")),
    Case("with everything", on=EVERYTHING),
    Case("zoomed", zoom=4.0),
    Case("4K frame", frame=ULTRA_HD),
    Case("4K frame with everything", frame=ULTRA_HD, on=EVERYTHING),
    Case("scale 2", scale=2),
    Case("scale 2 with everything", scale=2, on=EVERYTHING),
    Case("scale 2, 4K frame", frame=ULTRA_HD, scale=2),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--frames", type=int, default=150, help="of each case")
    parser.add_argument("--only-scale", type=int, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print a table."""
    if arguments.only_scale:
        cases = [case for case in CASES if case.scale == arguments.only_scale]
        platform, times = _measure_all(cases, arguments.frames)
        rows = [
            [case.title, one.paint, one.flushed] for case, one in zip(cases, times, strict=True)
        ]
        sys.stdout.write(json.dumps([platform, rows]))
        return 0
    table = Table("case", "frame", "median", "p95", "with flush", "p95")
    frames = {case.title: "{}x{}".format(*case.frame) for case in CASES}
    platform = ""
    for scale in sorted({case.scale for case in CASES}):
        platform, rows = _measure_apart(scale, arguments.frames)
        for title, paint, flushed in rows:
            figures = [_median_and_p95(times) for times in (paint, flushed)]
            table.add_row(title, frames[title], *(cell for pair in figures for cell in pair))
    table.title = "Milliseconds per picture in a view of {}x{} ({})".format(*VIEW, platform)
    Console(width=100).print(table)
    return 0


def _measure_apart(
    scale: int, frames: int
) -> tuple[str, list[tuple[str, list[float], list[float]]]]:
    """Measure in a process of its own, since Qt takes its scale at the start."""
    environment = os.environ | {"QT_SCALE_FACTOR": str(scale)}
    if "DISPLAY" not in os.environ and "WAYLAND_DISPLAY" not in os.environ:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    elif sys.platform == "linux":
        environment.setdefault("QT_QPA_PLATFORM", "xcb")
    command = [sys.executable, "-m", "tests.window", "drawing"]
    command += ["--frames", str(frames), "--only-scale", str(scale)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    platform, rows = json.loads(done.stdout)
    return platform, rows


def _measure_all(cases: list[Case], frames: int) -> tuple[str, list[Times]]:
    from PyQt6.QtGui import QGuiApplication
    from PyQt6.QtWidgets import QApplication

    from pedcam.ui.app import undo_opencv_qt

    undo_opencv_qt(os.environ)
    app = QApplication(sys.argv[:1])
    times = [_measure(app, case, frames) for case in cases]
    return QGuiApplication.platformName(), times


def _measure(app, case: Case, frames: int) -> Times:  # type: ignore[no-untyped-def]
    from PyQt6.QtCore import Qt

    from pedcam.ui.picture.video_view import VideoView
    from pedcam.ui.state.view_options import OPTIONS, ViewOptions

    times = Times()

    class TimedView(VideoView):
        """Notes how long its paint events take."""

        painted = 0.0

        def paintEvent(self, event) -> None:  # type: ignore[no-untyped-def]
            start = time.perf_counter()
            super().paintEvent(event)
            self.painted = 1000 * (time.perf_counter() - start)

    options = ViewOptions()
    for name in OPTIONS:
        options.set(name, name in case.on)
    view = TimedView(options)
    # A window manager, or a screen that is too small, shall not change the size.
    view.setWindowFlag(Qt.WindowType.X11BypassWindowManagerHint)
    view.setFixedSize(*VIEW)
    view.show()
    while not view.painted:
        app.processEvents()
    results = _results(case, frames + 10)
    view.set_result(results[0])
    view.look(case.zoom, (0.5, 0.5))
    for number, result in enumerate(results):
        start = time.perf_counter()
        view.set_result(result)
        before = 1000 * (time.perf_counter() - start)
        view.repaint()
        flushed = 1000 * (time.perf_counter() - start)
        if number >= 10:  # the first ones also fill caches
            times.paint.append(before + view.painted)
            times.flushed.append(flushed)
        app.processEvents()
    view.close()
    return times


def _results(case: Case, count: int) -> list:  # type: ignore[type-arg]
    """People of usual sizes who walk through noise, 25 frames per second."""
    import numpy as np
    import supervision as sv

    from pedcam.video.frames import Frame
    from pedcam.video.results import Result

    rng = np.random.default_rng(0)
    width, height = case.frame
    images = [rng.integers(0, 255, (height, width, 3), np.uint8) for _ in range(4)]
    heights = rng.uniform(0.1, 0.35, case.people) * height
    sizes = np.column_stack([0.4 * heights, heights])
    corners = rng.uniform((0, 0), (width, height) - sizes)
    speeds = rng.uniform(-0.002, 0.002, (case.people, 2)) * width
    results = []
    for index in range(count):
        place = corners + index * speeds
        people = sv.Detections(
            xyxy=np.hstack([place, place + sizes]).astype(np.float32),
            confidence=rng.uniform(0.3, 1, case.people).astype(np.float32),
            tracker_id=np.arange(1, case.people + 1),
        )
        # Another array object each time: the view draws the same one only once.
        frame = Frame(images[index % 4].view(), index, index / 25, 0.0)
        results.append(Result(frame, people, "half", 10.0, 20.0, 0))
    return results


def _median_and_p95(times: list[float]) -> tuple[str, str]:
    return f"{statistics.median(times):.1f}", f"{statistics.quantiles(times, n=20)[-1]:.1f}"
