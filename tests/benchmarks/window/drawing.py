"""What drawing a picture costs the window's thread, in milliseconds.

Timed are real paint events of a window on the screen together with what showing a result does
before. "with flush" is that, and handing the window's pixels to the screen. Other programs that
compute meanwhile make all of it slower.
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

from tests.benchmarks.window.screen import window_environment

BAR = 4.0  # milliseconds
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


Figures = list[list[float]]
"""Median and 95th percentile in milliseconds: of painting, and with the flush."""

Found = dict[str, Figures]
"""By the titles of the cases."""

USUAL = ("boxes", "scores", "identities")
USUAL_CASE = "boxes, scores, identities"
EVERYTHING = (*USUAL, "traces", "heat_map", "blur")
CASES = (
    Case("picture alone", on=()),
    Case(USUAL_CASE),
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
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--only-scale", type=int, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and return 1 if the usual picture takes longer than the bar."""
    if arguments.only_scale:
        cases = [case for case in CASES if case.scale == arguments.only_scale]
        platform, times = _measure_all(cases, arguments.frames)
        figures = [[_figures(one.paint), _figures(one.flushed)] for one in times]
        sys.stdout.write(f"\n{json.dumps([platform, figures])}\n")
        return 0
    platform, found = _measure_apart(arguments.frames)
    usual = found[USUAL_CASE][0][0]
    if arguments.json:
        names = ("median_ms", "p95_ms", "flushed_median_ms", "flushed_p95_ms")
        cases_found = {
            title: dict(zip(names, (*paint, *flushed), strict=True))
            for title, (paint, flushed) in found.items()
        }
        document = {"bar_ms": BAR, "median_ms": usual, "platform": platform, "cases": cases_found}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        _print(platform, found)
        Console(width=100).print(
            f"Bar: median under {BAR:.0f} ms for {USUAL_CASE}. It is {usual:.1f} ms."
        )
    return int(usual >= BAR)


def _print(platform: str, found: Found) -> None:
    table = Table("case", "frame", "median", "p95", "with flush", "p95")
    table.title = "Milliseconds per picture in a view of {}x{} ({})".format(*VIEW, platform)
    for case in CASES:
        figures = [number for pair in found[case.title] for number in pair]
        table.add_row(case.title, "{}x{}".format(*case.frame), *(f"{each:.1f}" for each in figures))
    Console(width=100).print(table)


def _measure_apart(frames: int) -> tuple[str, Found]:
    """Measure each scale in a process of its own, since Qt takes its scale at the start."""
    found: Found = {}
    platform = ""
    command = [sys.executable, "-m", "tests.benchmarks.window", "drawing", "--frames", str(frames)]
    with window_environment() as environment:
        for scale in sorted({case.scale for case in CASES}):
            done = subprocess.run(
                [*command, "--only-scale", str(scale)],
                env=environment | {"QT_SCALE_FACTOR": str(scale)},
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            platform, figures = json.loads(done.stdout.splitlines()[-1])
            titles = [case.title for case in CASES if case.scale == scale]
            found.update(zip(titles, figures, strict=True))
    return platform, {case.title: found[case.title] for case in CASES}


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
    from pedcam.ui.picture.view_options import OPTIONS, ViewOptions

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

    from pedcam.video.sources.frame import Frame
    from pedcam.video.stream.results import Result

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


def _figures(times: list[float]) -> tuple[float, float]:
    """Return median and 95th percentile."""
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]
