"""What rules that want clips cost: ``python -m tests.benchmarks.acting``.

The demo clip at 1920x1080 is looked through as fast as possible: without rules, with a ring of the
last seconds, and with clips that are written. Times of the processor count only what this process
took, whatever else runs.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np

from pedcam import bundled
from pedcam.detect.pool import DetectorPool, load_pool
from pedcam.rules.acting import Acting
from pedcam.rules.actions import ActionHandlers, ActionOptions
from pedcam.rules.pictures import Picture
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.people.rules import Action, Crowd, Rule
from pedcam.video.sources.frame import Frame
from pedcam.video.stream.results import Result, StreamState, StreamStatus
from pedcam.video.stream.stream import Stream
from tests.factories import write_video

SIZE = 1920, 1080
RINGED = Rule("never", Crowd(1000), then=frozenset({Action.CLIP}))
CLIPPED = Rule("often", Crowd(0), cooldown=0.0, then=frozenset({Action.CLIP}))


def clip(folder: Path, seconds: float) -> Path:
    """Write the beginning of the demo clip at full HD."""
    with av.open(str(bundled.asset("demo.mp4"))) as container:
        frames = (frame for frame in container.decode(video=0) if (frame.time or 0.0) < seconds)
        images = (
            np.asarray(cv2.resize(frame.to_ndarray(format="bgr24"), SIZE), np.uint8)
            for frame in frames
        )
        return write_video(folder / "walk.mp4", images)


def play(pool: DetectorPool, preset: str, path: Path, rule: Rule | None, blurred: bool) -> str:
    """Look through a clip; return how fast that was and what was left out."""
    done, results, clips = threading.Event(), list[Result](), set[Path]()
    options = ActionOptions(path.parent, path.parent, clips_blurred=blurred)
    handlers = ActionHandlers(on_clip=lambda event, clip: clips.add(clip))
    rules = [rule] if rule is not None else []
    acting = Acting("walk.mp4", options, handlers, rules)
    acting.start()
    slowest = 0.0

    def take(result: Result) -> None:
        nonlocal slowest
        started = time.thread_time()
        acting.put(result)
        slowest = max(slowest, time.thread_time() - started)
        results.append(replace(result, frame=replace(result.frame, image=np.empty(0, np.uint8))))

    def status(now: StreamStatus) -> None:
        if now.state in (StreamState.ENDED, StreamState.FAILED):
            done.set()

    counter = PeopleCounter(rules=rules)
    stream = Stream(
        str(path), pool, preset, complete=True, counter=counter, on_result=take, on_status=status
    )
    started, spent = time.perf_counter(), time.process_time()
    stream.start()
    done.wait()
    rate = len(results) / (time.perf_counter() - started)
    stream.close()
    acting.close(60.0)
    spent = (time.process_time() - spent) / len(results)
    return (
        f"{rate:.1f} frames/s, {1000 * spent:.1f} ms of the processor per frame, at most "
        f"{1000 * slowest:.2f} ms of it in put(), "
        f"{acting.dropped} pictures left out, {len(clips)} clips"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=12.0, help="length of the clip")
    parser.add_argument("--preset", help="name of the preset; the first by default")
    arguments = parser.parse_args()
    pool = load_pool()[0]
    preset = arguments.preset or pool.presets[0].name
    with tempfile.TemporaryDirectory() as folder:
        path = clip(Path(folder), arguments.seconds)
        cv2.setNumThreads(1)  # as thread_time() counts one
        with av.open(str(path)) as container:
            image = next(container.decode(video=0)).to_ndarray(format="bgr24")
        found = pool.detect(preset, image, None)
        result = Result(_frame(image), found, preset, 0.0, 0.0, 0)
        for name, hidden in (("", None), (f", {len(found)} people blurred", found.xyxy)):
            times = []
            for _ in range(50):
                started = time.thread_time()
                picture = Picture.of(result, hidden)
                times.append(time.thread_time() - started)
            print(  # noqa: T201
                f"a picture of the ring{name}: {1000 * np.median(times):.1f} ms, "
                f"{len(picture.jpeg) / 1000:.0f} kB"
            )
        for name, rule, blurred in (
            ("without rules", None, False),
            ("ring", RINGED, False),
            ("ring, blurred", RINGED, True),
            ("clips all the time", CLIPPED, False),
            ("without rules", None, False),
        ):
            print(f"{name}: {play(pool, preset, path, rule, blurred)}", flush=True)  # noqa: T201
    pool.close()


def _frame(image: np.ndarray) -> Frame:
    return Frame(np.asarray(image, np.uint8), 0, 0.0, 0.0)


if __name__ == "__main__":
    main()
