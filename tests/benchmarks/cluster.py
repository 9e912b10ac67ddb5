"""What a cluster costs and how far it scales: `python -m tests.benchmarks.cluster`.

Videos of the demo, shown several times in a row, are worked through by `pedcam detect` and by a
cluster on this machine, in ranges and whole; the ratio is what the machinery costs. From the times
of its tasks, measured here, the time of a thousand hours of video is simulated on up to 1,000
machines.
"""

import argparse
import heapq
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av

from pedcam import bundled
from pedcam.detect.pool import lanes_for, load_pool
from pedcam.headless.batch import Task, plan, run_tasks
from pedcam.headless.cluster import Cluster
from pedcam.headless.detect import Summary, detect_video
from pedcam.headless.ranges import RANGE, Job, cut, join, look
from pedcam.rules.rules_file import RuleSet
from pedcam.video.sources.spec import SourceSpec

WHOLE = 1e6  # seconds, longer than any video
RATE = 25.0  # frames per second of the videos that are simulated


@dataclass(frozen=True)
class Costs:
    """Seconds: of a frame that is looked at, of one that is joined, and of the driver per task."""

    look: float
    join: float
    driver: float


def repeat(clip: Path, path: Path, showings: int) -> None:
    """Write a video in which a clip is shown several times in a row, without coding it anew."""
    with av.open(str(path), "w") as target:
        stream, shift = None, 0
        for _ in range(showings):
            with av.open(str(clip)) as source:
                shown = source.streams.video[0]
                stream = stream or target.add_stream_from_template(shown)
                for packet in source.demux(shown):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.stream, packet.pts, packet.dts = (
                        stream, packet.pts + shift, packet.dts + shift,
                    )  # fmt: skip
                    target.mux(packet)
                shift += shown.duration or 0


def tasks_of(videos: Sequence[Path], folder: Path) -> list[Task]:
    specs = [SourceSpec("file", path.name, str(path)) for path in videos]
    wanted = {"table": folder / "csv", "jsonlines": folder / "jsonl"}
    folder.mkdir()
    return plan(specs, wanted, several=True)


def one_machine(tasks: Sequence[Task], preset: str) -> float:
    pool, _ = load_pool(lanes=lanes_for("cpu"))

    def work(task: Task) -> Summary:
        return detect_video(
            task.spec,
            pool,
            preset,
            counter=RuleSet().counter(),
            **task.outputs,
        )

    started = time.perf_counter()
    assert all(outcome.summary for outcome in run_tasks(tasks, work))
    return time.perf_counter() - started


def on_cluster(tasks: Sequence[Task], preset: str, length: float) -> tuple[float, float]:
    """Return the seconds of the work, and of starting the cluster and its workers before."""
    started = time.perf_counter()
    with Cluster(length=length) as cluster:
        # Workers start, and load the preset, with the first tasks.
        first = [replace(task, outputs={}) for task in tasks[:1] * cluster.cores]
        cluster.run([Job(task, preset, options={"end": 0.1}) for task in first])
        ready = time.perf_counter()
        outcomes = cluster.run([Job(task, preset) for task in tasks])
        assert all(outcome.summary for outcome in outcomes), [one.error for one in outcomes]
        return time.perf_counter() - ready, ready - started


def costs(video: Path, folder: Path, preset: str) -> Costs:
    """Measure the parts of the work, on one core and in this process."""
    [task] = tasks_of([video], folder)
    job = Job(task, preset)
    job.pool().get(preset)
    started = time.perf_counter()
    ranges = [look(job, *each) for each in cut(job, RANGE)]
    looked = time.perf_counter()
    summary = join(job, time.time(), *ranges)
    joined = time.perf_counter()
    with Cluster() as cluster:
        remote = cluster._ray.remote(num_cpus=0.001)(nothing)
        cluster._ray.get(remote.remote())
        begun = time.perf_counter()
        cluster._ray.get([remote.remote() for _ in range(1000)])
        driver = (time.perf_counter() - begun) / 1000
    return Costs((looked - started) / summary.frames, (joined - looked) / summary.frames, driver)


def nothing() -> None:
    """Take no time, so that only the driver's is measured."""


def simulate(costs: Costs, nodes: int, cores: int, videos: int, seconds: float) -> float:
    """Return how long so many videos of so many seconds take, all of them cut into ranges.

    The driver hands out a task at a time; a range or a joint takes the core that is free first.
    """
    ranges = round(seconds / RANGE)
    free = [0.0] * (nodes * cores)
    clock = end = 0.0
    joints: list[float] = []
    for _ in range(videos):
        last = 0.0
        for _ in range(ranges):
            clock += costs.driver
            start = max(clock, heapq.heappop(free))
            last = max(last, start + RANGE * RATE * costs.look)
            heapq.heappush(free, start + RANGE * RATE * costs.look)
        joints.append(last)
    for ready in sorted(joints):
        clock += costs.driver
        start = max(ready, heapq.heappop(free))
        end = max(end, start + seconds * RATE * costs.join)
        heapq.heappush(free, start + seconds * RATE * costs.join)
    return end


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="pedestrian-19")
    parser.add_argument("--videos", type=int, default=4, help="videos to work through")
    parser.add_argument("--showings", type=int, default=6, help="of the demo's 20 s in each")
    parser.add_argument("--cores", type=int, default=8, help="of a simulated machine")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        videos = [folder / f"{number}.mp4" for number in range(args.videos)]
        for video in videos:
            repeat(bundled.asset("demo.mp4"), video, args.showings)
        alone = one_machine(tasks_of(videos, folder / "alone"), args.preset)
        beside, start = on_cluster(tasks_of(videos, folder / "beside"), args.preset, RANGE)
        whole, _ = on_cluster(tasks_of(videos, folder / "whole"), args.preset, WHOLE)
        say(
            f"{args.videos} videos: detect {alone:.1f} s; cluster, cut every {RANGE:.0f} s, "
            f"{beside:.1f} s ({alone / beside:.2f} of its speed), whole {whole:.1f} s "
            f"({alone / whole:.2f}); starting {start:.1f} s"
        )
        found = costs(videos[0], folder / "costs", args.preset)
    say(
        f"a frame: {1000 * found.look:.2f} ms looked at, {1000 * found.join:.2f} ms joined; "
        f"a task: {1000 * found.driver:.2f} ms of the driver"
    )
    say("machines  1,000 videos of 1 h    of linear")
    one = simulate(found, 1, args.cores, 1000, 3600)
    for nodes in (1, 10, 100, 300, 1000):
        taken = simulate(found, nodes, args.cores, 1000, 3600)
        say(f"{nodes:8}  {taken:18.0f} s  {one / taken / nodes:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
