"""What the tests of the whole window share."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.main_window import MainWindow
from pedcam.video.stream.results import Result
from tests.factories import gray, make_detections, make_frame

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton

MakeResult = Callable[..., Result]


def show(qtbot: QtBot, window: MainWindow, stream: Any, result: Result) -> None:
    """Have the stream give a result, and wait until it is on the screen."""
    stream.on_result(result)
    qtbot.waitUntil(lambda: window.view.result is result)


def frames_in(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [one.to_ndarray(format="bgr24") for one in container.decode(video=0)]


# A person of 40 x 100 pixels; grown by a tenth on each side, 48 x 120 pixels from (56, 30) on.
# That makes cells of 24 x 24 pixels, of which each holds as many light as dark ones.
PERSON = (60, 40, 100, 140)


def secret(result: Result, phase: int, index: int) -> Result:
    """A person of stripes, light and dark swapped in the other phase: the same on the average."""
    image = gray((240, 180))
    image[40:140, 60:100][:, phase::2] = 200
    image[40:140, 60:100][:, 1 - phase :: 2] = 0
    return replace(result, frame=make_frame(index, image=image), detections=make_detections(PERSON))


class Answers:
    """Stands in for the question, and notes whom it was asked over."""

    def __init__(self, answer: QMessageBox.StandardButton) -> None:
        self.answer = answer
        self.asked: list[QWidget] = []
        self.words: list[str] = []

    def __call__(
        self, parent: QWidget, title: str, words: str, *args: object
    ) -> QMessageBox.StandardButton:
        self.asked.append(parent)
        self.words.append(words)
        return self.answer


def record(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, "R", CTRL)
    qtbot.waitUntil(lambda: window.services.recording.running)


def take(qtbot: QtBot, window: MainWindow) -> NDArray[np.uint8]:
    """Save a snapshot and read it."""
    with qtbot.waitSignal(window.services.recording_control.saved) as saved:
        qtbot.keyClick(window, "S")
    image = cv2.imread(str(saved.args[0]))
    assert image is not None
    return np.asarray(image, np.uint8)


def compared(window: MainWindow) -> tuple[str | None, str | None]:
    """The presets on the left and on the right."""
    return window.player.presets.selected, window.services.comparison.other
