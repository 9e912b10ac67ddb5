from pathlib import Path

import pytest

from pedcam.ui.recording.export import Export, ExportOptions, ExportPhase


def test_progress_and_the_time_left() -> None:
    export = Export()
    assert export.progress is None
    export.begin()
    export.advance(25, 100, seconds=10.0)
    assert export.running
    # 0.4 s a frame and 75 frames to come.
    assert (export.progress, export.seconds_left) == (0.25, pytest.approx(30.0))
    export.advance(130, 100, seconds=52.0)
    assert (export.progress, export.seconds_left) == (1.0, 0.0)


def test_an_unknown_length() -> None:
    export = Export()
    export.begin()
    export.advance(25, None, seconds=10.0)
    assert (export.progress, export.seconds_left) == (None, None)


def test_each_end() -> None:
    export = Export()
    export.begin()
    export.cancel()
    assert export.running
    export.end_cancelled()
    assert (export.running, export.phase) == (False, ExportPhase.CANCELLED)
    export.begin()
    export.fail("The disk is full.", (Path("walk.csv"),))
    assert (export.running, export.error, export.paths) == (
        False,
        "The disk is full.",
        (Path("walk.csv"),),
    )
    export.begin()
    assert (export.error, export.paths) == ("", ())
    export.finish((Path("walk.mp4"), Path("walk.csv")), "a picture was left out")
    assert (export.progress, export.paths) == (1.0, (Path("walk.mp4"), Path("walk.csv")))
    assert export.message == "a picture was left out"


def test_an_export_of_nothing() -> None:
    assert ExportOptions(Path("."), "half").anything
    assert not ExportOptions(Path("."), "half", video=False).anything
    assert ExportOptions(Path("."), "half", video=False, coco=True).anything
