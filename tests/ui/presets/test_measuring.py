"""Measuring in a process of its own; small scripts stand in for the benchmark."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PyQt6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from pedcam.detect.pool import DetectorPool
from pedcam.measure.speed import results_file
from pedcam.measure.speed.results_file import save_measurements
from pedcam.ui.presets import measuring as module
from pedcam.ui.presets.measurements import Measurements, Phase
from pedcam.ui.presets.measuring import Measuring
from pedcam.ui.presets.selection import PresetSelection
from tests.factories import fake_preset as make_preset
from tests.nets import small_preset
from tests.ui.conftest import PRESETS

SAY = "import json, os, sys, time; say = lambda text: print(text, file=sys.stderr, flush=True); "
PARTS = ("loading", "the networks alone", "the whole stream")
HANG = SAY + f"[say(f'measuring {{part}} ...') for part in {PARTS}]; time.sleep(60)"
HANGING_AT = pytest.approx(2 / 6)  # of three parts and the memory of three presets
DONE = SAY + "say('a warning of some library'); print(ROWS)"

Make = Callable[[str], Measuring]


def bench_rows(*names: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "file_bytes": PRESETS[0].file_bytes, "provider": "cpu", "inference_ms": 9.0}
        for name in names
    ]


def rows(*names: str) -> str:
    about = {"machine": "this one", "date": ""}
    return json.dumps({"about": about, "presets": bench_rows(*names)})


@pytest.fixture(autouse=True)
def this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_file, "machine", lambda: "this one")
    monkeypatch.setattr(module, "machine", lambda: "this one")


@pytest.fixture
def choice() -> PresetSelection:
    made = PresetSelection(PRESETS)
    for preset in PRESETS:
        made.mark_ready(preset.name, "cpu")
    return made


@pytest.fixture
def measurements() -> Measurements:
    return Measurements()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "measurements.json"


@pytest.fixture
def make(
    qtbot: QtBot,
    choice: PresetSelection,
    pool: DetectorPool,
    measurements: Measurements,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Make]:
    """Makes one that runs a script; all are closed at the end."""
    # On a busy machine a process that lets all others go first does not start in time.
    monkeypatch.setattr(module, "NICENESS", 0)
    made: list[Measuring] = []

    def make(script: str) -> Measuring:
        command = (sys.executable, "-c", script)
        made.append(Measuring(measurements, choice, pool, path=path, command=command, calm=0))
        return made[-1]

    yield make
    for each in made:
        each.close()


def ended(child: psutil.Process) -> bool:
    try:
        return child.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # collected meanwhile
        return True


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(os.getpid()).children()
        # Not the helpers of multiprocessing, which other tests leave running.
        if not ended(child)
        and "-c" in (words := child.cmdline())
        and not any("multiprocessing" in word for word in words)
    ]


def settle() -> None:
    """Let a timer of no time at all, which would begin measuring, come to its turn."""
    for _ in range(3):
        QCoreApplication.processEvents()


def all_script() -> str:
    return DONE.replace("ROWS", repr(json.dumps(bench_rows("float", "half", "full"))))


def test_what_is_missing_is_measured_on_the_start_page(
    qtbot: QtBot, make: Make, measurements: Measurements
) -> None:
    measuring = make(all_script())
    measuring.start()
    measuring.set_activity(source=False, moving=False)
    qtbot.waitUntil(lambda: measurements.machine == "this one")
    qtbot.waitUntil(lambda: measurements.phase is Phase.IDLE)
    assert measurements.error == ""
    assert all(measurements.speed(preset) is not None for preset in PRESETS)


@pytest.mark.parametrize("asked", [True, False])
def test_further_sizes_are_measured_in_a_second_round(
    qtbot: QtBot, make: Make, measurements: Measurements, choice: PresetSelection, asked: bool
) -> None:
    choice.set_presets([make_preset("float", sizes={(96, 64): None}), make_preset("half", 14)])
    for name in ("float", "half"):
        choice.mark_ready(name, "cpu")
    rounds: list[list[str]] = []

    def note() -> None:
        known = [one.name for one in choice.all_sizes if measurements.speed(one) is not None]
        if known and known not in rounds:
            rounds.append(known)

    measurements.subscribe(note)
    # A row for every preset that is named.
    script = SAY + (
        "names = [word.partition('=')[2] for word in sys.argv if word.startswith('--preset=')]; "
        "row = {'file_bytes': 1234567, 'provider': 'cpu', 'inference_ms': 9.0}; "
        "print(json.dumps([{'name': name, **row} for name in names]))"
    )
    measuring = make(script)
    measuring.set_activity(source=False, moving=False)
    if asked:
        measuring.measure()
    else:
        measuring.start()
    everything = ["float", "half", "float@96x64"]
    qtbot.waitUntil(lambda: everything in rounds and measurements.phase is Phase.IDLE)
    assert rounds == [["float", "half"], everything]
    settle()
    assert measurements.phase is Phase.IDLE


def test_nothing_is_measured_where_all_is_known(
    qtbot: QtBot, make: Make, measurements: Measurements, path: Path
) -> None:
    path.write_text(rows("float", "half", "full"))
    phases: list[Phase] = []
    measurements.subscribe(lambda: phases.append(measurements.phase))
    measuring = make(HANG)
    measuring.set_activity(source=False, moving=False)
    measuring.start()
    qtbot.waitUntil(lambda: measurements.machine == "this one")
    settle()
    assert set(phases) == {Phase.IDLE}


def test_one_preset_more_is_measured_by_itself(
    qtbot: QtBot, make: Make, measurements: Measurements, choice: PresetSelection, path: Path
) -> None:
    path.write_text(rows("float", "half", "full"))
    measuring = make(HANG)
    measuring.set_activity(source=False, moving=False)
    measuring.start()
    qtbot.waitUntil(lambda: measurements.machine == "this one")
    choice.set_presets([*PRESETS, make_preset("new", 9, 0.5)])
    choice.mark_ready("new", "cpu")
    qtbot.waitUntil(lambda: measurements.phase is Phase.RUNNING)


def test_loading_presets_come_first(
    qtbot: QtBot, make: Make, measurements: Measurements, choice: PresetSelection
) -> None:
    choice.forget_readiness()
    measuring = make(HANG)
    measuring.start()
    measuring.set_activity(source=False, moving=False)
    choice.mark_ready("float", "cpu")
    choice.mark_failed("half", "broken")
    settle()
    assert measurements.phase is Phase.IDLE
    choice.mark_ready("full", "cpu")
    qtbot.waitUntil(lambda: measurements.phase is Phase.RUNNING)


def test_a_source_ends_it_and_it_begins_again_without_one(
    qtbot: QtBot, make: Make, measurements: Measurements
) -> None:
    measuring = make(HANG)
    measuring.start()
    measuring.set_activity(source=False, moving=False)
    qtbot.waitUntil(lambda: measurements.progress == HANGING_AT)
    assert len(children()) == 1
    measuring.set_activity(source=True, moving=True)
    assert measurements.phase is Phase.IDLE
    qtbot.waitUntil(lambda: not children())
    # A pause is not enough unasked.
    measuring.set_activity(source=True, moving=False)
    settle()
    assert measurements.phase is Phase.IDLE
    measuring.set_activity(source=False, moving=False)
    qtbot.waitUntil(lambda: measurements.progress == HANGING_AT)


def test_the_users_wish_waits_for_a_pause_and_survives_playing(
    qtbot: QtBot, make: Make, measurements: Measurements, path: Path
) -> None:
    path.write_text(rows("float", "half", "full"))
    measuring = make(HANG)
    measuring.start()
    measuring.set_activity(source=True, moving=True)
    measuring.measure()
    assert measurements.phase is Phase.WAITING
    measuring.set_activity(source=True, moving=False)
    qtbot.waitUntil(lambda: measurements.progress == HANGING_AT)
    measuring.set_activity(source=True, moving=True)
    assert measurements.phase is Phase.WAITING
    measuring.cancel()
    measuring.set_activity(source=True, moving=False)
    assert measurements.phase is Phase.IDLE
    qtbot.waitUntil(lambda: not children())


def test_the_command_names_what_can_run(
    qtbot: QtBot,
    make: Make,
    measurements: Measurements,
    choice: PresetSelection,
    pool: DetectorPool,
    path: Path,
) -> None:
    choice.mark_failed("half", "broken")
    asked = path.with_name("asked.json")
    measuring = make(
        SAY + f"open({str(asked)!r}, 'w').write("
        "json.dumps([sys.argv[1:], os.environ['PEDCAM_MODELS']]))"
    )
    pool.reload(provider="cuda", threads=3)
    measuring.set_activity(source=False, moving=False)
    measuring.measure()
    qtbot.waitUntil(lambda: measurements.error != "")
    words, models = json.loads(asked.read_text())
    assert words == [
        *("bench", "--json", "--runs", "10", "--provider", "cuda", "--threads", "3"),
        *("--preset=float", "--preset=full"),
    ]
    assert models == str(Path("/presets"))


def test_what_was_measured_is_kept_beside_what_was_known(
    qtbot: QtBot, make: Make, measurements: Measurements, path: Path
) -> None:
    old = bench_rows("float", "another")
    old[0]["miss_rate"] = 0.25
    save_measurements(old, {"machine": "this one"}, path)
    measuring = make(all_script())
    measuring.set_activity(source=False, moving=False)
    measuring.measure()
    qtbot.waitUntil(lambda: measurements.date != "")
    kept, about = results_file.load_kept(path)
    assert set(kept) == {"float", "half", "full", "another"}
    assert kept["float"]["miss_rate"] == 0.25
    assert (about["runs"], about["source"], about["threads"]) == (10, "demo", os.cpu_count())


@pytest.mark.slow
def test_it_measures_with_pedcam_bench(
    qtbot: QtBot, measurements: Measurements, path: Path, tmp_path: Path
) -> None:
    preset = small_preset(tmp_path, depth=24, name="--save")
    (tmp_path / "broken.onnx").write_bytes(b"not a model")
    pool = DetectorPool([preset], threads=1)
    measuring = Measuring(measurements, PresetSelection(pool.presets), pool, path=path)
    measuring.set_activity(source=False, moving=False)
    measuring.measure()
    qtbot.waitUntil(lambda: measurements.phase is Phase.IDLE, timeout=60_000)
    assert measurements.error == ""
    speed = measurements.speed(preset, "cpu")
    assert speed is not None
    assert speed.detect_ms > 0
    assert speed.frames_per_second is not None
    measuring.close()


def test_progress_is_shown_part_by_part(
    qtbot: QtBot, make: Make, measurements: Measurements
) -> None:
    seen: list[float] = []
    measurements.subscribe(lambda: seen.append(measurements.progress))
    lines = [
        *("loading", "the networks alone", "the whole stream"),
        *("memory of float", "memory of half", "memory of full"),
    ]
    script = SAY + "".join(f"say('measuring {part} ...'); time.sleep(0.05); " for part in lines)
    measuring = make(script + "time.sleep(60)")
    measuring.set_activity(source=False, moving=False)
    measuring.measure()
    # Five of six parts are done when the last one begins.
    qtbot.waitUntil(lambda: measurements.progress == pytest.approx(5 / 6))
    assert seen == sorted(seen)
    assert measurements.phase is Phase.RUNNING


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            SAY + "say('measuring loading ...'); say('pedcam: error: No clip.'); sys.exit(1)",
            "No clip.",
        ),
        (SAY + "sys.exit(7)", "unexpectedly (code 7)"),
        ("raise SystemExit('no')", "unexpectedly (code 1)"),
        (SAY + "print('[{}]')", "unexpectedly (code 0)"),
        (SAY + "print('{')", "unexpectedly (code 0)"),
        (SAY + "os.kill(os.getpid(), 9)", "unexpectedly"),
    ],
)
def test_failures_are_told_and_not_repeated_unasked(
    qtbot: QtBot, make: Make, measurements: Measurements, script: str, words: str
) -> None:
    measuring = make(script)
    measuring.start()
    measuring.set_activity(source=False, moving=False)
    qtbot.waitUntil(lambda: words in measurements.error)
    measuring.set_activity(source=True, moving=True)
    measuring.set_activity(source=False, moving=False)
    settle()
    assert measurements.phase is Phase.IDLE
    assert words in measurements.error


def test_a_program_that_cannot_be_started_is_told(
    qtbot: QtBot,
    choice: PresetSelection,
    pool: DetectorPool,
    measurements: Measurements,
    path: Path,
) -> None:
    measuring = Measuring(
        measurements, choice, pool, path=path, command=("/no/such/program",), calm=0
    )
    measuring.set_activity(source=False, moving=False)
    measuring.measure()
    qtbot.waitUntil(lambda: "did not start" in measurements.error)
    measuring.close()


def test_what_takes_too_long_is_stopped(
    qtbot: QtBot, make: Make, measurements: Measurements, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_START", 1)
    monkeypatch.setattr(module, "LONGEST_PRESET", 0)
    measuring = make(HANG)
    measuring.set_activity(source=False, moving=False)
    measuring.measure()
    qtbot.waitUntil(lambda: "too long" in measurements.error)
    qtbot.waitUntil(lambda: not children())


def test_damaged_measurements_are_told_and_replaced_when_asked(
    qtbot: QtBot, make: Make, measurements: Measurements, path: Path
) -> None:
    path.write_text("{")
    measuring = make(all_script())
    measuring.set_activity(source=False, moving=False)
    measuring.start()
    qtbot.waitUntil(lambda: "damaged" in measurements.error)
    measuring.measure()
    qtbot.waitUntil(lambda: measurements.machine == "this one")
    assert measurements.error == ""


def test_measurements_of_another_machine_do_not_count(
    qtbot: QtBot, make: Make, measurements: Measurements, path: Path
) -> None:
    save_measurements(json.loads(rows("float"))["presets"], {"machine": "another"}, path)
    measuring = make(HANG)
    measuring.set_activity(source=False, moving=False)
    measuring.start()
    qtbot.waitUntil(lambda: measurements.phase is Phase.RUNNING)
    assert measurements.speed(PRESETS[0]) is None


def test_closing_ends_the_process(qtbot: QtBot, make: Make, measurements: Measurements) -> None:
    measuring = make(HANG)
    measuring.set_activity(source=False, moving=False)
    measuring.measure()
    qtbot.waitUntil(lambda: measurements.progress == HANGING_AT)
    (child,) = children()
    measuring.close()
    qtbot.waitUntil(lambda: ended(child), timeout=5000)
    measuring.measure()
    assert measurements.phase is not Phase.RUNNING
