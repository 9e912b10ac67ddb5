import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import Preset
from pedcam.headless.detect import Progress, Summary
from pedcam.ui.recording.export import ExportOptions, ExportPhase
from pedcam.ui.recording.export_control import ExportControl
from pedcam.ui.zones.zone_set import ZoneSet
from pedcam.video.people.counters import Line
from pedcam.video.sources.spec import SourceError, SourceSpec


class Work:
    """Stands in for the detection: the test says how it goes on."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.go_on = threading.Event()
        self.error: Exception | None = None
        self.thread: threading.Thread | None = None

    def __call__(self, source: SourceSpec, pool: DetectorPool, preset: str, **how: Any) -> Summary:
        self.thread = threading.current_thread()
        self.calls.append({"preset": preset, **how})
        how["on_progress"](Progress(25, 100, 7))
        while not self.go_on.wait(0.01) and not how["stop"].is_set():
            pass
        paths = tuple(
            how[name] for name in ("output", "table", "jsonlines", "coco") if how[name] is not None
        )
        for path in paths:
            path.write_text("something")
        if self.error is not None:
            raise self.error
        return Summary((preset,), 100, 28, 1.0, how["stop"].is_set(), paths)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def pools(presets: Sequence[Preset], fake_detector: Any) -> list[DetectorPool]:
    return [DetectorPool(presets, make=fake_detector) for _ in range(3)]


@pytest.fixture
def control(qtbot: QtBot, work: Work, pools: list[DetectorPool]) -> Iterator[ExportControl]:
    waiting = list(pools)
    made = ExportControl(lambda: waiting.pop(0), detect=work)
    yield made
    assert made.shutdown(5.0)


@pytest.fixture
def spec(clip: Path) -> SourceSpec:
    return SourceSpec("file", clip.name, str(clip))


def test_the_real_thing(qtbot, pools, spec, tmp_path) -> None:
    folder = tmp_path / "out"
    control = ExportControl(lambda: pools[0])
    options = ExportOptions(folder, "half", table=True, coco=True)
    counted = ZoneSet().with_zone(Line("Door", (0.5, 0.0), (0.5, 1.0)))
    with qtbot.waitSignal(control.saved, timeout=20_000) as saved:
        control.start(spec, options, counted)
        assert control.export.running
    assert control.export.phase is ExportPhase.DONE
    assert (control.export.frames, control.export.progress) == (50, 1.0)
    assert saved.args == [control.export.paths[0]]
    assert control.export.paths[0].name.startswith("stripes_")
    # One person in each of the fifty frames, and the heading.
    [table] = folder.glob("*.csv")
    assert len(table.read_text().splitlines()) == 51
    assert sorted(path.suffix for path in folder.iterdir()) == [".csv", ".json", ".mp4"]
    assert len({path.stem for path in folder.iterdir()}) == 1
    assert control.shutdown(5.0)


def test_progress(qtbot, control, work, spec, tmp_path) -> None:
    control.start(spec, ExportOptions(tmp_path / "out", "half", jsonlines=True))
    qtbot.waitUntil(lambda: control.export.progress == 0.25)
    assert work.thread is not threading.current_thread()
    with qtbot.waitSignal(control.saved):
        work.go_on.set()
    assert work.calls[0]["table"] is work.calls[0]["coco"] is None
    assert len(control.export.paths) == 2


def test_cancelling_leaves_nothing(qtbot, control, work, spec, tmp_path) -> None:
    control.start(spec, ExportOptions(tmp_path / "out", "half", table=True))
    qtbot.waitUntil(lambda: bool(work.calls))
    control.cancel()
    assert control.export.phase is ExportPhase.CANCELLING
    qtbot.waitUntil(lambda: control.export.phase is ExportPhase.CANCELLED)
    assert list((tmp_path / "out").iterdir()) == []


def test_closing_the_window_cancels(qtbot, pools, work, spec, tmp_path) -> None:
    control = ExportControl(lambda: pools[0], detect=work)
    control.start(spec, ExportOptions(tmp_path / "out", "half"))
    assert control.shutdown(5.0)
    assert list((tmp_path / "out").iterdir()) == []


def test_what_was_written_before_a_failure_stays(qtbot, control, work, spec, tmp_path) -> None:
    work.error = SourceError("The file is damaged at 0:04.")
    work.go_on.set()
    with qtbot.waitSignal(control.failed) as failed:
        control.start(spec, ExportOptions(tmp_path / "out", "half"))
    assert failed.args == ["The file is damaged at 0:04."]
    assert control.export.phase is ExportPhase.FAILED
    assert [path.read_text() for path in control.export.paths] == ["something"]


def test_a_source_that_is_not_there_leaves_no_names(qtbot, pools, tmp_path) -> None:
    control = ExportControl(lambda: pools[0])
    missing = SourceSpec("file", "gone.mp4", str(tmp_path / "gone.mp4"))
    with qtbot.waitSignal(control.failed) as failed:
        control.start(missing, ExportOptions(tmp_path / "out", "half", table=True))
    assert "gone.mp4" in failed.args[0]
    assert control.export.paths == ()
    assert list((tmp_path / "out").iterdir()) == []
    assert control.shutdown(5.0)


def test_a_missing_folder(qtbot, control, work, spec, tmp_path) -> None:
    with qtbot.waitSignal(control.failed) as failed:
        control.start(spec, ExportOptions(tmp_path / "stick" / "out", "half"))
    assert "There is no folder" in failed.args[0]
    assert work.calls == []


def test_one_at_a_time_and_never_nothing(qtbot, control, work, spec, tmp_path) -> None:
    control.start(spec, ExportOptions(tmp_path / "out", "half", video=False))
    assert not control.export.running
    for _ in range(2):
        control.start(spec, ExportOptions(tmp_path / "out", "half"))
    with qtbot.waitSignal(control.saved):
        work.go_on.set()
    assert len(work.calls) == 1


def test_another_export_after_the_first(qtbot, control, work, spec, tmp_path) -> None:
    work.go_on.set()
    paths: list[Path] = []
    control.saved.connect(paths.append)
    finished: Callable[[], bool] = lambda: not control.export.running  # noqa: E731
    for number in (1, 2):
        control.start(spec, ExportOptions(tmp_path / "out", "half"))
        qtbot.waitUntil(finished)
        assert len(paths) == number
    assert len(set(paths)) == 2
