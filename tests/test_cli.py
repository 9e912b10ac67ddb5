import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import pedcam
from pedcam import bundled, cli
from pedcam.cli import main
from pedcam.detect import pool as pool_module
from pedcam.detect.pool import DetectorPool, lanes_for
from pedcam.detect.presets import Preset, PresetError
from tests.factories import fake_preset, write_clip
from tests.video.standins import FakeDetector


class World:
    """What the commands find instead of real presets."""

    def __init__(self) -> None:
        self.presets = [fake_preset("float", 0), fake_preset("full", 5)]
        self.errors: list[PresetError] = []
        self.detector = FakeDetector
        self.asked: list[dict[str, Any]] = []

    def load_pool(self, folders: Any = None, **keywords: Any) -> Any:
        self.asked.append({"folders": folders, **keywords})
        pool = DetectorPool(self.presets, make=lambda preset, **_: self.detector(preset))
        return pool, self.errors


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(pool_module, "load_pool", world.load_pool)
    return world


@pytest.fixture
def clip(tmp_path: Path) -> str:
    """50 frames at 25 per second."""
    return str(write_clip(tmp_path / "clip.mp4", [n / 25 for n in range(50)]))


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(world: World, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line; gives the exit code, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        try:
            code = main(words)
        except SystemExit as error:
            code = int(error.code or 0)
        return code, *capfd.readouterr()

    return run


class TestDetect:
    def test_prints_one_line_and_writes_what_was_asked(self, run, clip, tmp_path):
        output, table = tmp_path / "out.mp4", tmp_path / "out.csv"
        code, out, err = run("detect", clip, "--output", str(output), "--csv", str(table))
        assert (code, err) == (0, "")
        assert out.count("\n") == 1
        assert out.startswith("50 frames, people found 50 times, ")
        assert out.endswith(f" frames/s with preset full; written: {output}, {table}\n")
        assert output.stat().st_size > 0
        with table.open(newline="") as file:
            assert len(list(csv.reader(file))) == 51

    def test_options(self, run, clip, tmp_path, world):
        used: list[FakeDetector] = []

        def make(preset: Preset) -> FakeDetector:
            used.append(FakeDetector(preset))
            return used[-1]

        world.detector = make
        words = "--preset float --score-threshold 0.25 --every 10 --start 0.4 --end 1.6"
        code, out, _ = run("detect", clip, *words.split(), "--models", str(tmp_path))
        # Frames 10, 20 and 30 lie within 0.4 s and 1.6 s.
        assert code == 0
        assert out.startswith("3 frames, people found 3 times")
        assert "with preset float; nothing written" in out
        assert used[0].thresholds == [0.25] * 3
        lanes = lanes_for("cpu")
        assert world.asked == [{"folders": [tmp_path], "provider": "cpu", "lanes": lanes}]

    def test_detail(self, run, clip, world):
        used: list[FakeDetector] = []

        def make(preset: Preset) -> FakeDetector:
            used.append(FakeDetector(preset))
            return used[-1]

        world.detector = make
        code, _, _ = run("detect", clip, "--preset", "full", "--detail", "finer", "--every", "10")
        # Two inputs of 64 pixels see 99.2 for 128, and one more than the 64.
        assert (code, used[0].calls) == (0, 5 * 3)

    @pytest.mark.parametrize(
        ("words", "side_by_side"),
        [("demo", True), ("demo --preset auto", False), ("demo http://127.0.0.1:9/x", False)],
    )
    def test_frames_side_by_side_where_all_of_them_count(self, run, world, words, side_by_side):
        run("detect", *words.split(), "--end", "0.1")
        assert [asked["lanes"] for asked in world.asked] == [
            lanes_for("cpu") if side_by_side else 1
        ]

    def test_rules_of_a_file(self, run, clip, tmp_path):
        # Feet of the one who is found are at 0.33 of the height, further right in each frame.
        rules = tmp_path / "rules.yaml"
        rules.write_text(
            "zones: {Left: [[0, 0], [0.15, 0], [0.15, 1], [0, 1]]}\n"
            "ignored: {Right: [[0.25, 0], [1, 0], [1, 1], [0.25, 1]]}\n"
            "rules:\n"
            "  - {name: Visitor, zone: Left, when: enters, hours: 00:00-00:01}\n"
            "  - {name: Crowd, when: {more than: 5 people}}\n"
            "  - {name: Off, when: enters, enabled: false}\n"
        )
        table = tmp_path / "out.jsonl"
        line = "Gate=0.2,0,0.2,1"
        words = ["--rules", str(rules), "--line", line, "--jsonl", str(table)]
        code, out, err = run("detect", clip, *words)
        assert (code, err) == (0, "")
        # Frame 27 is the first with its feet at 32 of 128 pixels.
        assert out.startswith("50 frames, people found 27 times, 1 person followed, ")
        assert out.splitlines()[1:] == [
            "  line Gate: 0 in, 1 out",
            "  zone Left: 1 in all, 0 at the end",
            "  rule Visitor: 1 alert",
            "  rule Crowd: 0 alerts",
            "  rule Off: 0 alerts",
        ]
        lines = map(json.loads, table.read_text().splitlines())
        alerts = [line for line in lines if line.get("kind") == "alert"]
        assert [(alert["rule"], alert["place"], alert["frame"]) for alert in alerts] == [
            ("Visitor", "Left", 1)
        ]
        assert alerts[0]["detail"] == "someone enters"

    def test_rules_that_cannot_be_used(self, run, clip, tmp_path):
        rules = tmp_path / "rules.yaml"
        rules.write_text("zones:\n  A: []\n")
        code, out, err = run("detect", clip, "--rules", str(rules))
        assert (code, out) == (1, "")
        assert err.startswith(f"pedcam: error: {rules}, line 2: zone 'A' has 0 corners; ")
        rules.write_text("lines: {A: [[0, 0], [1, 1]]}\n")
        code, _, err = run("detect", clip, "--rules", str(rules), "--line", "A=0,0,1,1")
        assert code == 2
        assert "two lines or zones are called 'A'" in err
        code, _, err = run("detect", clip, "--rules", str(rules), "--no-follow")
        assert code == 2
        assert "leave out --no-follow" in err

    def test_several_sources_one_of_which_fails(self, run, clip, tmp_path):
        (tmp_path / "text.mp4").write_text("no video")
        folder = tmp_path / "out"
        words = [str(tmp_path / "*.mp4"), "demo", "--end", "0.2", "--csv", str(folder)]
        code, out, err = run("detect", *words)
        assert code == 1
        lines = out.splitlines()
        assert lines[0].startswith("clip.mp4: 5 frames, people found 5 times, 1 person followed, ")
        assert lines[1].startswith("Demo: ")
        assert lines[2:] == ["2 of 3 sources done, 1 failed"]
        assert err.startswith("pedcam: error: text.mp4: ")
        assert sorted(path.name for path in folder.iterdir()) == ["Demo.csv", "clip.csv"]

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
    def test_names_that_are_no_text(self, world, clip, tmp_path, monkeypatch):
        names = [os.fsdecode(b"caf\xe9.mp4"), " spaces .mp4", "sn\u00f6.mp4"]
        (tmp_path / "day").mkdir()
        for name in names:
            (tmp_path / "day" / name).write_bytes(Path(clip).read_bytes())
        for name in ("stdout", "stderr"):
            # As Python has it in most locales, and in one that is poorer still.
            stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
            monkeypatch.setattr(sys, name, stream)
        words = ["--csv", str(tmp_path / "tables"), "--end", "0.2"]
        assert main(["detect", str(tmp_path / "day"), *words]) == 0
        assert main(["detect", str(tmp_path / "day" / " spaces .mp4"), "--end", "0.2"]) == 0
        tables = [Path(name).with_suffix(".csv").name for name in names]
        assert sorted(os.listdir(tmp_path / "tables")) == sorted(tables)
        out, err = (stream.buffer.getvalue().decode() for stream in (sys.stdout, sys.stderr))
        assert err == ""
        assert "caf\\udce9.mp4: 5 frames" in out
        assert "3 of 3 sources done, 0 failed" in out

    def test_going_on_with_what_is_left(self, run, clip, tmp_path):
        folder = tmp_path / "out"
        words = ["detect", clip, "demo", "--end", "0.2", "--csv", str(folder)]
        assert run(*words)[0] == 0
        (folder / "Demo.csv").unlink()
        code, out, err = run(*words, "--resume")
        assert (code, err) == (0, "")
        assert out.splitlines()[0] == "clip.mp4: done before"
        assert out.splitlines()[1].startswith("Demo: ")

    def test_going_on_replaces_nothing_of_strangers(self, run, clip, tmp_path):
        original = tmp_path / "walk.mp4"
        original.write_bytes(b"somebody's own video")
        (tmp_path / "clip.mp4").rename(tmp_path / "walk.mov")
        words = ["detect", str(tmp_path / "walk.mov"), "--output", str(tmp_path)]
        code, _, err = run(*words, "--csv", str(tmp_path), "--resume")
        assert (code, err.count("\n")) == (1, 1)
        assert f"{original} exists already. Name another file, or use --overwrite." in err
        assert original.read_bytes() == b"somebody's own video"
        assert sorted(os.listdir(tmp_path)) == ["walk.mov", "walk.mp4"]

    def test_a_pattern_writes_to_a_folder_however_many_files_fit(self, run, clip, tmp_path):
        words = ["detect", str(tmp_path / "*.mp4"), "--csv", str(tmp_path / "tables"), "--resume"]
        assert run(*words)[0] == 0
        (tmp_path / "more.mp4").write_bytes((tmp_path / "clip.mp4").read_bytes())
        code, out, _ = run(*words)
        assert code == 0
        assert out.splitlines()[0] == "clip.mp4: done before"
        assert sorted(os.listdir(tmp_path / "tables")) == ["clip.csv", "more.csv"]

    def test_counting_at_lines_and_in_zones(self, run, clip):
        # The feet of the only person go from 5 to 54 of 128 pixels, 21 of 64 from the top.
        words = "--line wall=0.2,1,0.2,0 --zone left=0,0,0.3,0,0.3,1,0,1"
        code, out, _ = run("detect", clip, *words.split())
        assert code == 0
        assert out.splitlines()[1:] == [
            "  line wall: 1 in, 0 out",
            "  zone left: 1 in all, 0 at the end",
        ]

    def test_nobody_is_found_in_an_ignored_zone(self, run, clip, tmp_path):
        # The feet go from 5 to 54 of 128 pixels; up to 38, in 34 of 50 frames, they are in it.
        table = tmp_path / "out.csv"
        words = f"--ignore poster=0,0,0.3,0,0.3,1,0,1 --csv {table}"
        code, out, _ = run("detect", clip, *words.split())
        assert code == 0
        assert "50 frames, people found 16 times" in out
        rows = list(csv.DictReader(table.open()))
        assert [int(row["frame"]) for row in rows] == list(range(34, 50))

    def test_auto(self, run, clip):
        code, out, _ = run("detect", clip, "--preset", "auto", "--rate", "10")
        assert code == 0
        assert " frames/s with preset full" in out

    def test_a_terminal_sees_progress(self, run, clip, monkeypatch):
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        monkeypatch.setenv("TERM", "xterm")
        code, out, err = run("detect", clip)
        assert code == 0
        assert "frames" in err
        assert out.startswith("50 frames")

    def test_ctrl_c_keeps_what_there_is(self, run, clip, tmp_path, world):
        class Interrupting(FakeDetector):
            def detect(self, *arguments: Any) -> Any:
                if self.calls == 10:
                    signal.raise_signal(signal.SIGINT)
                return super().detect(*arguments)

        world.detector = Interrupting
        before = signal.getsignal(signal.SIGINT)
        table = tmp_path / "out.csv"
        code, out, err = run("detect", clip, "--csv", str(table))
        assert code == 130
        assert f"written: {table}" in out
        assert err == "pedcam: stopped early; what was found until then is kept\n"
        assert len(table.read_text().splitlines()) - 1 == int(out.split()[0])
        assert signal.getsignal(signal.SIGINT) is before

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
    @pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
    def test_a_kill_or_a_terminal_that_goes_keeps_what_there_is(
        self, run, clip, tmp_path, world, number
    ):
        class Ending(FakeDetector):
            def detect(self, *arguments: Any) -> Any:
                if self.calls == 10:
                    # The shell says it, and the system says it again.
                    signal.raise_signal(signal.Signals[number])
                    signal.raise_signal(signal.Signals[number])
                return super().detect(*arguments)

        world.detector = Ending
        before = signal.getsignal(signal.Signals[number])
        video, table = tmp_path / "out.mp4", tmp_path / "out.csv"
        code, out, _ = run("detect", clip, "--output", str(video), "--csv", str(table))
        assert code == 130
        assert f"written: {video}, {table}" in out
        assert len(table.read_text().splitlines()) - 1 == int(out.split()[0])
        assert signal.getsignal(signal.Signals[number]) is before
        # The next run knows that it is not all.
        world.detector = FakeDetector
        assert run("detect", clip, "--csv", str(table), "--resume")[1].startswith("50 frames")

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
    def test_what_nohup_started_goes_on(self, run, clip, world):
        class Ending(FakeDetector):
            def detect(self, *arguments: Any) -> Any:
                if self.calls == 10:
                    signal.raise_signal(signal.SIGHUP)
                return super().detect(*arguments)

        world.detector = Ending
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            code, out, _ = run("detect", clip)
        finally:
            signal.signal(signal.SIGHUP, before)
        assert code == 0
        assert out.startswith("50 frames")

    def test_a_terminal_that_is_gone_is_no_error_of_ours(self, tmp_path):
        pty = pytest.importorskip("pty")
        terminal, inside = pty.openpty()
        code = "import sys; from pedcam.cli import main; sys.stdin.readline(); sys.exit(main())"
        words = [sys.executable, "-c", code, "presets"]
        with (
            open(tmp_path / "said", "w+b") as said,
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=inside, stderr=said) as process,
        ):
            os.close(inside)
            os.close(terminal)
            process.communicate(b"\n")
            said.seek(0)
            assert b"Traceback" not in said.read()

    def test_a_device_that_cannot_be_used_is_said_once(self, run, clip, monkeypatch):
        monkeypatch.setattr(FakeDetector, "problem", "The GPU cannot be used.")
        code, _, err = run("detect", clip, "--provider", "cuda")
        assert code == 0
        assert err.count("warning: The GPU cannot be used.") == 1

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["no.mp4"], "There is no file no.mp4. Check its name."),
            (["{folder}/empty"], "holds no pictures"),
            (["{text}"], "is not a video that pedcam can read"),
            (["97"], "There is no camera 97."),
            (["gopher2://cam/x"], "pedcam does not speak gopher2"),
            (["{clip}", "--output", "{clip}", "--overwrite"], "is the source itself"),
            (["{clip}", "--output", "{folder}/out.txt"], "suffixes .mp4"),
            (["{clip}", "--csv", "{folder}/gone/out.csv"], "There is no folder"),
            (["{clip}", "--csv", "{text}"], "exists already"),
            (["{clip}", "--preset", "huge"], "There is no preset 'huge'. Presets: float, full."),
        ],
    )
    def test_one_clear_message(self, run, clip, tmp_path, words, message):
        text = tmp_path / "text.mp4"
        text.write_text("no video")
        (tmp_path / "empty").mkdir()
        words = [word.format(folder=tmp_path, text=text, clip=clip) for word in words]
        code, out, err = run("detect", *words)
        assert (code, out) == (1, "")
        assert err.startswith("pedcam: error: ")
        assert message in err
        assert err.count("\n") == 1

    def test_a_failing_preset(self, run, clip, world):
        def make(preset: Preset) -> FakeDetector:
            raise PresetError(f"Preset {preset.path} cannot be run: no such operator")

        world.detector = make
        code, _, err = run("detect", clip)
        assert (code, err.count("\n")) == (1, 1)
        assert "no such operator" in err

    def test_without_presets_it_says_why(self, run, clip, world):
        world.presets = []
        world.errors = [PresetError("a.onnx is damaged.")]
        code, _, err = run("detect", clip)
        assert code == 1
        assert err == "pedcam: error: there is no usable preset.\n  a.onnx is damaged.\n"

    @pytest.mark.parametrize(
        "words",
        [
            [],
            ["x.mp4", "--every", "0"],
            ["x.mp4", "--every", "1.5"],
            ["x.mp4", "--score-threshold", "1.1"],
            ["x.mp4", "--score-threshold", "nan"],
            ["x.mp4", "--detail", "2x"],
            ["x.mp4", "--start", "-1"],
            ["x.mp4", "--start", "inf"],
            ["x.mp4", "--start", "2", "--end", "2"],
            ["x.mp4", "--provider", "tpu"],
            ["x.mp4", "--wrong"],
            ["x.mp4", "--csv", "-"],
            ["x.mp4", "--output", ""],
            ["x.mp4", "--line", "door"],
            ["x.mp4", "--line", "door=0,0,1"],
            ["x.mp4", "--line", "door=0,0,1,1,0,1"],
            ["x.mp4", "--line", "door=0,0,2,1"],
            ["x.mp4", "--zone", "yard=0,0,1,1"],
            ["x.mp4", "--zone", "yard=0,0,1,x,1,1"],
            ["x.mp4", "--line", "a=0,0,1,1", "--line", "a=0,1,1,0"],
            ["x.mp4", "--line", "a=0,0,1,1", "--no-follow"],
            ["x.mp4", "--ignore", "poster=0,0,1,1"],
            ["x.mp4", "--zone", "a=0,0,1,0,1,1", "--ignore", "a=0,0,1,0,1,1"],
            ["x.mp4", "--ignore", "poster=0,0,1,0,1,1", "--no-follow"],
            ["x.mp4", "--rate", "10"],
            ["x.mp4", "--preset", "auto", "--rate", "0"],
        ],
    )
    def test_wrong_usage(self, run, words):
        code, out, err = run("detect", *words)
        assert (code, out) == (2, "")
        assert "usage: pedcam detect" in err

    def test_an_error_of_ours_is_not_dressed_up(self, run, clip, world):
        def make(preset: Preset) -> FakeDetector:
            raise KeyboardInterrupt

        world.detector = make
        assert run("detect", clip)[0] == 130


class TestWatch:
    @pytest.fixture
    def rules(self, tmp_path):
        # Feet of the one who is found move from 5 to 54 of 128 pixels.
        path = tmp_path / "rules.yaml"
        path.write_text(
            "zones: {Left: [[0, 0], [0.15, 0], [0.15, 1], [0, 1]]}\n"
            "rules:\n"
            "  - {name: Visitor, zone: Left, when: enters, then: [snapshot, sound, notify]}\n"
            "  - {name: Crowd, when: {more than: 0 people, for: 1 s}, hours: 00:00-00:01}\n"
        )
        return path

    def test_a_line_per_alert(self, run, clip, tmp_path, rules):
        folder = tmp_path / "alerts"
        code, out, err = run("watch", clip, "--rules", str(rules), "--output", str(folder))
        assert code == 0
        assert err == (
            "pedcam: warning: rule 'Visitor' says sound and notify, which only the window does\n"
        )
        lines = [line.split(" ", 1) for line in out.splitlines()]
        assert [text for _, text in lines] == [
            "clip.mp4: Visitor: someone enters, #1 at Left",
            "clip.mp4: Crowd: more than 0 people are there for 1 s",
        ]
        assert all(datetime.fromisoformat(time).tzinfo is not None for time, _ in lines)
        assert [path.suffix for path in folder.iterdir()] == [".png"]

    def test_json(self, run, clip, tmp_path, rules):
        code, out, _ = run(
            "watch", clip, "--rules", str(rules), "--output", str(tmp_path), "--json"
        )
        assert code == 0
        first, second = map(json.loads, out.splitlines())
        assert (first["rule"], first["zone"], first["person"], first["frame"]) == (
            *("Visitor", "Left"),
            *(1, 1),
        )
        assert (second["detail"], second["position"]) == (
            "more than 0 people are there for 1 s",
            1.04,
        )

    @pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
    def test_a_signal_ends_it(self, run, clip, tmp_path, world, rules, number):
        class Ending(FakeDetector):
            def detect(self, *arguments: Any) -> Any:
                if self.calls == 10:
                    signal.raise_signal(signal.Signals[number])
                return super().detect(*arguments)

        world.detector = Ending
        before = signal.getsignal(signal.Signals[number])
        folder = tmp_path / "alerts"
        code, out, err = run("watch", clip, "--rules", str(rules), "--output", str(folder))
        assert code == 130
        assert out.count("\n") == 1
        assert "Traceback" not in err
        # What was being done is completed.
        assert [path.suffix for path in folder.iterdir()] == [".png"]
        assert signal.getsignal(signal.Signals[number]) is before

    def test_what_cannot_be_watched(self, run, clip, tmp_path, rules):
        def error(*words: str) -> str:
            code, out, err = run("watch", *words)
            assert (code, out) == (1, "")
            return err.splitlines()[-1]

        assert error("no.mp4", "--rules", str(rules)).startswith(
            "pedcam: error: There is no file no.mp4."
        )
        rules.write_text("rules:\n- {name: A, when: enters, enabled: false}\n")
        assert error(clip, "--rules", str(rules)) == (
            f"pedcam: error: {rules} has no rule that is on, so there is nothing to watch for."
        )
        rules.write_text("rules:\n- {name: A, when: arrives}\n")
        assert f"{rules}, line 2: 'when' cannot be 'arrives', only" in error(
            clip, "--rules", str(rules)
        )
        rules.write_text("rules:\n- {name: A, when: enters, then: [send]}\n")
        assert "no address to send to" in error(clip, "--rules", str(rules))
        addresses = tmp_path / "addresses"
        addresses.write_text("Phone = ntfy://topic\n")
        addresses.chmod(0o644)
        words = ["--rules", str(rules), "--addresses", str(addresses)]
        assert "Run: chmod 600" in error(clip, *words)

    @pytest.mark.parametrize(
        "words", ["", "--rules rules.yaml --port 65536", "--rules r --port x", "--rules r --rate 5"]
    )
    def test_wrong_usage(self, run, words):
        code, out, err = run("watch", "demo", *words.split())
        assert (code, out) == (2, "")
        assert "usage: pedcam watch" in err


class TestPresets:
    def test_table(self, run):
        code, out, err = run("presets")
        assert (code, err) == (0, "")
        lines = [line.split() for line in out.splitlines() if line.strip()]
        assert lines[0] == ["name", "title", "depth", "size", "smaller", "threshold", "input"]
        assert lines[-1] == [
            "full",
            "Title",
            "of",
            "full",
            "5/28",
            "1.23",
            "MB",
            "1.0x",
            "0.50",
            "64x64",
        ]

    def test_json(self, run, world):
        code, out, err = run("presets", "--json")
        assert (code, err) == (0, "")
        assert json.loads(out) == [preset.summary() for preset in world.presets]

    def test_unusable_files_are_told_on_stderr(self, run, world):
        world.errors = [PresetError("Preset b.onnx is damaged.")]
        code, out, err = run("presets", "--json")
        assert code == 0
        assert len(json.loads(out)) == 2
        assert err == "pedcam: warning: Preset b.onnx is damaged.\n"

    def test_without_any_the_code_is_1(self, run, world):
        world.presets = []
        code, out, err = run("presets", "--json")
        assert (code, json.loads(out)) == (1, [])
        assert "no usable preset" in err

    def test_titles_are_not_taken_for_markup(self, run, world):
        info = SimpleNamespace(**vars(world.presets[0].info) | {"title": "[red]x[/red]"})
        world.presets = [Preset(Path("x.onnx"), 5, info)]
        assert "[red]x[/red]" in run("presets")[1]

    def test_a_folder_that_is_not_there(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        assert main(["presets", "--models", str(tmp_path / "gone")]) == 1
        assert "There is no folder" in capsys.readouterr().err

    def test_a_damaged_file_in_the_folder(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (tmp_path / "bad.onnx").write_text("nothing")
        assert main(["presets", "--models", str(tmp_path)]) == 1
        assert "bad.onnx is not a readable ONNX model" in capsys.readouterr().err


class TestWindow:
    @pytest.fixture
    def opened(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
        opened: list[tuple[Any, ...]] = []

        def run_window(*arguments: Any, provider: str | None) -> int:
            opened.append((*arguments, provider))
            return 7

        app = ModuleType("pedcam.ui.app")
        app.run_window = run_window
        monkeypatch.setitem(sys.modules, "pedcam.ui.app", app)
        return opened

    @pytest.mark.parametrize(
        ("words", "source", "preset"),
        [
            ([], None, None),
            (["walk.mp4"], "walk.mp4", None),
            (["0", "--preset", "full"], "0", "full"),
            (["--demo"], "demo", None),
            (["rtsp://cam/1"], "rtsp://cam/1", None),
            (["detective.mp4"], "detective.mp4", None),
        ],
    )
    def test_opens(self, run, opened, world, words, source, preset):
        world.errors = [PresetError("b.onnx is damaged")]
        assert run(*words) == (7, "", "")
        (arguments,) = opened
        assert arguments[:2] == (source, preset)
        assert arguments[2].presets == tuple(world.presets)
        assert arguments[3] == world.errors
        assert arguments[4] is None

    @pytest.mark.parametrize("provider", ["cpu", "cuda"])
    def test_a_device_that_is_named(self, run, opened, world, provider):
        assert run("walk.mp4", "--provider", provider)[0] == 7
        assert opened[0][4] == provider
        assert world.asked == [{"folders": None, "provider": provider, "lanes": 1}]

    def test_a_source_and_the_demo_are_one_too_many(self, run, opened):
        code, _, err = run("--demo", "walk.mp4")
        assert code == 2
        assert "not both" in err
        assert opened == []

    def test_an_unknown_preset(self, run, opened):
        code, _, err = run("walk.mp4", "--preset", "huge")
        assert code == 1
        assert err == "pedcam: error: There is no preset 'huge'. Presets: float, full.\n"

    def test_a_preset_at_a_size(self, run, opened, world):
        world.presets = [fake_preset("full", 5, sizes={(96, 96): None})]
        assert run("walk.mp4", "--preset", "full@96x96")[0] == 7
        assert run("walk.mp4", "--preset", "full@64x64")[0] == 7
        assert [arguments[1] for arguments in opened] == ["full@96x96", "full"]
        code, _, err = run("walk.mp4", "--preset", "full@32x32")
        assert code == 1
        assert err.endswith("Preset 'full' has no input size '32x32'. Sizes: 64x64, 96x96.\n")

    def test_where_qt_cannot_be_loaded(self, run, monkeypatch):
        monkeypatch.setitem(sys.modules, "pedcam.ui.app", None)
        code, _, err = run("walk.mp4")
        assert code == 1
        assert "The window cannot be opened" in err
        assert "'pedcam detect' works without one" in err


def test_bench_is_handed_over(run, monkeypatch):
    benchmark = ModuleType("pedcam.measure.speed.bench")
    benchmark.add_arguments = lambda parser: parser.add_argument("--seconds", type=int)
    benchmark.run = lambda args: args.seconds
    monkeypatch.setitem(sys.modules, "pedcam.measure.speed.bench", benchmark)
    assert run("bench", "--seconds", "5") == (5, "", "")


def test_version_and_help(run):
    assert run("--version") == (0, f"pedcam {pedcam.__version__}\n", "")
    code, out, _ = run("--help")
    assert code == 0
    for command in ("detect", "presets", "bench"):
        assert command in out


@pytest.mark.parametrize("both", [True, False])
def test_two_runtimes_at_once_are_warned_of(run, monkeypatch, both):
    def version(name: str) -> str:
        if name == "onnxruntime-gpu" or both:
            return "1.31"
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(cli.metadata, "version", version)
    _, _, err = run("presets")
    assert ("break each other" in err) is both
    assert err.count("\n") == int(both)


def test_help_loads_nothing_heavy():
    code = (
        "import sys, contextlib, io\n"
        "from pedcam.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main(['--help'])\n"
        "heavy = {'cv2', 'av', 'onnxruntime', 'supervision', 'PyQt6', 'numpy', 'rich'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_detecting_loads_no_qt():
    code = (
        "import sys\n"
        "import pedcam.headless.detect, pedcam.detect.pool\n"
        "sys.exit(', '.join(name for name in sys.modules if name.startswith('PyQt')) or None)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_bundled_presets_find_people_in_the_demo(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    try:
        bundled.asset("demo.mp4")
        folder = bundled.models_folder()
    except FileNotFoundError:
        pytest.skip("this checkout has no presets or no demo clip")
    if not list(folder.glob("*.onnx")):
        pytest.skip("the models folder holds no preset")
    table = tmp_path / "people.csv"
    assert main(["detect", "demo", "--end", "1", "--csv", str(table)]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert "people found 0 times" not in out
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 0
    assert all(float(row["x1"]) < float(row["x2"]) for row in rows)


def test_a_reader_who_is_gone_before_a_little_output() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    code = "import sys; from pedcam.cli import main; sys.exit(main(['presets', '--json']))"
    # Without it the output waits in a buffer.
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            env=buffered,
        )
    assert done.returncode == 1
    assert "BrokenPipeError" not in done.stderr


class TestCompletion:
    @pytest.mark.parametrize(
        ("line", "wanted"),
        [
            ("pedcam de", {"detect"}),
            ("pedcam detect --thr", set()),
            ("pedcam detect --score", {"--score-threshold"}),
            ("pedcam detect --preset tiny-i", {"tiny-int8"}),
            ("pedcam --preset tiny-i", {"tiny-int8"}),
        ],
    )
    def test_words_that_can_follow(self, line, wanted, tmp_path):
        answer = tmp_path / "answer"
        environment = os.environ | {
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
            "_ARGCOMPLETE_IFS": "\n",
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
        }
        subprocess.run([sys.executable, "-m", "pedcam"], env=environment, check=True, timeout=60)
        assert set(answer.read_text().split()) == wanted
