import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="the worker's time is bounded by POSIX means")

from tests.benchmarks.fuzz.cases import KINDS, Cases, run
from tests.benchmarks.fuzz.seeds import MAKERS
from tests.benchmarks.fuzz.watch import Watched

COUNT = 40
MEMORY = 1536 * 2**20
# The machine may be busy; python -m tests.benchmarks.fuzz is strict.
SECONDS = 60.0


@pytest.fixture(scope="module", params=KINDS)
def cases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cases:
    kind = request.param
    return Cases(kind, 0, MAKERS[kind](tmp_path_factory.mktemp(kind)))


def test_damaged_files_are_refused_or_work(cases: Cases, tmp_path: Path) -> None:
    done = list(run(cases, range(COUNT), folder=tmp_path, seconds=SECONDS, memory_bytes=MEMORY))
    assert [case.number for case, _ in done] == list(range(COUNT))
    assert [f"{case.number}: {outcome}" for case, outcome in done if not outcome.good] == []
    assert {outcome.kind for _, outcome in done} == {"works", "refused"}


def test_sound_files_work(cases: Cases, tmp_path: Path) -> None:
    with Watched(seconds=SECONDS, memory_bytes=MEMORY) as watched:
        for name, content in cases.sound.items():
            (tmp_path / name).write_bytes(content)
            assert watched.run(cases.kind, tmp_path / name).kind == "works", name


def test_cases_depend_on_seed_and_number_only(cases: Cases) -> None:
    again, other = (Cases(cases.kind, seed, cases.sound) for seed in (0, 1))
    assert [again.make(number) for number in (9, 3)] == [cases.make(number) for number in (9, 3)]
    assert other.make(9).content != cases.make(9).content != cases.make(3).content


def test_clips_are_the_same_every_time(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    first, again = (MAKERS["clips"](folder) for folder in folders)
    assert first == again


@pytest.mark.parametrize(
    ("fault", "outcome", "detail"),
    [
        ("crash", "crash", "ended with -6"),
        ("hang", "hang", ""),
        ("fill", "memory", ""),
        ("fail", "error", "KeyError: 'unexpected'"),
        ("escape", "error", "control characters"),
    ],
)
def test_every_fault_is_seen_and_survived(fault: str, outcome: str, detail: str) -> None:
    path = Path("nothing")
    with Watched(seconds=2.0, memory_bytes=2**29, module="tests.benchmarks.fuzz.faults") as watched:
        seen = watched.run(fault, path)
        assert (seen.kind, seen.good) == (outcome, False)
        assert detail in seen.detail
        assert watched.run("work", path).good


def test_command(tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.fuzz",
        "clips",
        "--count",
        "15",
        "--keep",
        str(keep),
    ]
    done = subprocess.run([*command, "--seconds", str(SECONDS)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Damaged files" in done.stdout
    assert not keep.exists()
    # No worker is as small as that.
    failed = subprocess.run(
        [*command, "--only", "3", "--memory", "1"], capture_output=True, text=True
    )
    assert failed.returncode == 1
    assert "clips 3: memory" in failed.stdout
    report = (keep / "clips-0-00003.txt").read_text()
    assert "python -m tests.benchmarks.fuzz clips --seed 0 --only 3" in report
    assert len(list(keep.iterdir())) == 2
