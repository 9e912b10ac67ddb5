import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from pedcam import bundled
from pedcam.detect.presets import PresetError
from pedcam.headless import ranges as module
from pedcam.headless.batch import Outcome, plan
from pedcam.headless.cluster import Cluster
from pedcam.headless.detect import detect_video
from pedcam.headless.ranges import DisorderError, Job, cut, join, look
from pedcam.rules.rules_file import RuleSet
from pedcam.video.output.partial_file import OutputError
from pedcam.video.people.counters import Line, Zone
from pedcam.video.people.rules import Enters, Rule
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import SourceSpec, parse_source
from tests.factories import write_clip
from tests.video.standins import Bench

KINDS = {"table": ".csv", "jsonlines": ".jsonl", "coco": ".json"}
LINE = Line("middle", (0.5, 0.0), (0.5, 1.0))
REAL = {"preset": "tiny-14", "counted": RuleSet((LINE,))}
ZONE = Zone("left", ((0, 0), (0.5, 0), (0.5, 1), (0, 1)))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """100 frames at 25 per second, a key picture a second."""
    return write_clip(tmp_path / "clip.mp4", [n / 25 for n in range(100)], keyframe_every=25)


def job_of(sources: list[Path], folder: Path, **values: Any) -> list[Job]:
    folder.mkdir(exist_ok=True)
    specs = [SourceSpec("file", path.name, str(path)) for path in sources]
    tasks = plan(specs, {kind: folder / kind for kind in KINDS}, several=True)
    return [Job(task, **({"preset": "b"} | values)) for task in tasks]


def texts(job: Job) -> dict[str, str]:
    return {kind: path.read_text() for kind, path in job.task.outputs.items()}


@pytest.fixture
def stand_in(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(module, "_pool", lambda models, provider: bench.pool)
    return bench


class TestRanges:
    def test_begin_at_key_pictures_and_cover_everything(self, clip, tmp_path):
        [job] = job_of([clip], tmp_path / "out")
        assert cut(job, 1.0) == [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, None)]
        assert cut(job, 1.5) == [(0.0, 1.0), (1.0, 3.0), (3.0, None)]
        assert cut(job, 3.0) == [(0.0, None)]

    @pytest.mark.parametrize(
        "values",
        [
            {"options": {"every": 2}},
            {"options": {"start": 1.0}},
            {"options": {"end": 3.0}},
            {"preset": "auto"},
        ],
    )
    def test_what_is_looked_at_in_part_stays_whole(self, clip, tmp_path, values):
        [job] = job_of([clip], tmp_path / "out", **values)
        assert cut(job, 1.0) == [(0.0, None)]

    def test_a_marked_video_stays_whole(self, clip, tmp_path):
        [task] = plan([parse_source(str(clip))], {"output": tmp_path / "out.mp4"})
        assert cut(Job(task, "b"), 1.0) == [(0.0, None)]

    def test_joined_they_give_what_one_run_gives(self, clip, tmp_path, stand_in):
        rules = (Rule("Visitor", Enters(), cooldown=0), Rule("Never", Enters(), enabled=False))
        [job] = job_of([clip], tmp_path / "out", counted=RuleSet((LINE,), (ZONE,), (), rules))
        alone = {kind: tmp_path / f"alone{suffix}" for kind, suffix in KINDS.items()}
        expected = detect_video(
            str(clip),
            stand_in.pool,
            "b",
            **alone,
            counter=job.counter(),  # type: ignore[arg-type]
        )
        ranges = [look(job, *each) for each in cut(job, 1.0)]
        assert len(ranges) == 4
        summary = join(job, time.time(), *ranges)
        assert texts(job) == {kind: path.read_text() for kind, path in alone.items()}
        assert (summary.frames, summary.people) == (expected.frames, expected.people) == (100, 100)
        assert summary.counts == expected.counts
        assert summary.alerts == expected.alerts == {"Visitor": 1, "Never": 0}
        assert job.task.done

    def test_frames_that_overlap_are_refused_before_anything_is_written(
        self, clip, tmp_path, stand_in
    ):
        [job] = job_of([clip], tmp_path / "out")
        part = look(job, 0.0, 1.0)
        with pytest.raises(DisorderError):
            join(job, time.time(), part, part)
        assert not any(path.exists() for path in job.task.outputs.values())


def test_without_presets_a_machine_says_so(tmp_path):
    with pytest.raises(PresetError, match="There is no folder"):
        module._pool(tmp_path / "nowhere", "cpu")
    with pytest.raises(PresetError, match="There are no presets on this machine"):
        module._pool(tmp_path, "cpu")


@pytest.fixture(scope="module")
def several_nodes() -> Iterator[Any]:
    """A cluster of three nodes with a core each, all on this machine."""
    utils = pytest.importorskip("ray.cluster_utils")
    nodes = utils.Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False},
    )
    try:
        yield nodes
    finally:
        nodes.shutdown()


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("videos")
    demo = bundled.asset("demo.mp4")
    paths = [folder / f"{number}.mp4" for number in range(3)]
    for path in paths:
        path.symlink_to(demo)
    return paths


@pytest.fixture(scope="module")
def expected(videos: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a run on one machine writes of the demo."""
    [job] = job_of(videos[:1], tmp_path_factory.mktemp("alone"), **REAL)
    module.whole(job)
    return texts(job)


def workers() -> list[psutil.Process]:
    """The processes in which parts of videos are looked at just now."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [""])[0].startswith("ray::look"):
            found.append(process)
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
class TestCluster:
    def run(
        self,
        nodes: Any,
        jobs: list[Job],
        meanwhile: Callable[[], bool] = lambda: True,
        **options: Any,
    ) -> list[Outcome]:
        """Run jobs; ``meanwhile`` is called until it returns true."""
        done = threading.Event()

        def interfere(*_: int) -> None:
            if not done.is_set() and meanwhile():
                done.set()

        with Cluster(nodes.address, length=4.0) as cluster:
            outcomes = cluster.run(jobs, on_progress=interfere, **options)
        assert done.is_set()
        return outcomes

    def test_a_killed_worker_and_a_killed_node_change_nothing(
        self, several_nodes, videos, expected, tmp_path
    ):
        second = several_nodes.add_node(num_cpus=1)
        jobs = job_of(videos, tmp_path / "out", **REAL)
        todo = ["worker", "node"]

        def meanwhile() -> bool:
            if todo[0] == "worker" and (found := workers()):
                os.kill(found[0].pid, signal.SIGKILL)
                todo.pop(0)
            elif todo[0] == "node":
                several_nodes.remove_node(second, allow_graceful=False)
                return True
            return False

        outcomes = self.run(several_nodes, jobs, meanwhile)
        assert [outcome.error for outcome in outcomes] == [None] * 3
        for job in jobs:
            assert texts(job) == expected
            assert job.task.done

    def test_a_slow_node_holds_up_only_what_it_works_on(
        self, several_nodes, videos, expected, tmp_path
    ):
        second = several_nodes.add_node(num_cpus=1)
        jobs = job_of(videos, tmp_path / "out", **REAL)
        slow: list[psutil.Process] = []
        done: list[Outcome] = []

        def meanwhile() -> bool:
            for found in workers():
                found.suspend()
                slow.append(found)
                return True
            return False

        def on_outcome(outcome: Outcome) -> None:
            done.append(outcome)
            if len(done) == len(jobs) - 1:
                # Everything else is done by now, and this one is not.
                assert not all(job.task.done for job in jobs)
                slow[0].resume()

        outcomes = self.run(several_nodes, jobs, meanwhile, on_outcome=on_outcome)
        several_nodes.remove_node(second)
        assert [outcome.error for outcome in outcomes] == [None] * 3
        for job in jobs:
            assert texts(job) == expected

    def test_what_fails_is_named_and_the_rest_is_done(
        self, several_nodes, videos, expected, tmp_path
    ):
        broken = tmp_path / "broken.mp4"
        broken.write_text("no video")
        jobs = job_of([broken, videos[0]], tmp_path / "out", **REAL)
        taken = job_of([videos[1]], tmp_path / "taken", preset="tiny-14")
        next(iter(taken[0].task.outputs.values())).write_text("somebody's")
        outcomes = {
            outcome.task.spec.title: outcome for outcome in self.run(several_nodes, jobs + taken)
        }
        assert isinstance(outcomes["broken.mp4"].error, SourceError)
        assert isinstance(outcomes["1.mp4"].error, OutputError)
        assert outcomes["0.mp4"].error is None
        assert texts(jobs[1]) == expected

    def test_stopped_and_resumed(self, several_nodes, videos, expected, tmp_path):
        jobs = job_of(videos[:2], tmp_path / "out", **REAL)
        stop = threading.Event()
        first = self.run(several_nodes, jobs, stop=stop, on_outcome=lambda outcome: stop.set())
        assert len(first) == 1
        again = self.run(several_nodes, jobs, resume=True)
        assert [outcome.summary is None for outcome in again].count(True) == 1
        for job in jobs:
            assert texts(job) == expected

    def test_a_killed_driver_is_gone_on_with(self, several_nodes, videos, expected, tmp_path):
        tables = tmp_path / "tables"
        command = [
            *(sys.executable, "-m", "pedcam", "detect", *map(str, videos)),
            *("--preset", "tiny-14", "--line", "middle=0.5,0,0.5,1", "--csv", str(tables)),
            *("--cluster", several_nodes.address),
        ]
        driver = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not list(tables.glob("[0-9].csv")):
            assert driver.poll() is None
            time.sleep(0.1)
        driver.kill()
        driver.wait()
        assert len(list(tables.glob("[0-9].csv"))) < len(videos)
        again = subprocess.run([*command, "--resume"], capture_output=True, text=True, check=False)
        assert again.returncode == 0, again.stderr
        made = sorted(tables.glob("[0-9].csv"))
        assert [path.read_text() for path in made] == [expected["table"]] * len(videos)
