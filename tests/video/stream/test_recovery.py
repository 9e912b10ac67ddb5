"""What is seen after a loss: the right pictures, in order, and nothing left behind.

``-s`` shows how long each recovery took.
"""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from pedcam.video.stream.results import StreamState
from tests.video.live_servers import FfmpegSender, Proxy, RtspServer
from tests.video.servers import HlsSender, JpegCamera, NumberedSender, serving_files
from tests.video.standins import Bench
from tests.video.viewer import PATIENCE, Viewer, Watch, running, tell, watching

S = StreamState
Run = Callable[[Any], Any]


@pytest.fixture
def viewer() -> Viewer:
    return Viewer()


@pytest.fixture
def watch(bench: Bench, viewer: Viewer) -> Iterator[Watch]:
    with watching(bench, viewer) as watch:
        yield watch


@pytest.fixture
def run() -> Iterator[Run]:
    with running() as run:
        yield run


def test_pictures_over_tcp_are_whole_and_in_order(
    run: Run, watch: Watch, viewer: Viewer, tmp_path: Path
) -> None:
    sender = run(NumberedSender("tcp", tmp_path))
    watch(sender.address(sender.port))
    for round_ in range(2):
        viewer.wait_more(20)
        sender.kill()
        viewer.wait_losses(round_ + 1)
        sender.start()
        viewer.wait_return(round_, 20)
    assert [len(values) for values in viewer.offsets()] == [1, 1, 1]
    viewer.check_order()


def test_whoever_connects_to_us_may_come_again(
    run: Run, watch: Watch, viewer: Viewer, tmp_path: Path
) -> None:
    sender = NumberedSender("tcp", tmp_path, calls=True)
    watch(sender.address(sender.port), timeout=PATIENCE / 4)
    run(sender)
    viewer.wait_more(20)
    sender.kill()
    viewer.wait_losses(1)
    sender.start()
    started = time.perf_counter()
    viewer.wait_return(0, 20)
    tell("connects to us: back after", started)
    assert [len(values) for values in viewer.offsets()] == [1, 1]
    viewer.check_order()


def test_a_server_that_refuses_for_a_while_and_comes_back_with_another_size(
    run: Run, watch: Watch, viewer: Viewer
) -> None:
    camera = run(JpegCamera())
    stream = watch(camera.address)
    viewer.wait_more()
    camera.kill()
    viewer.wait_losses(3)
    losses = [status for status in viewer.statuses if status.retry_in is not None][:3]
    assert "connection refused" in losses[-1].message
    for status, planned in zip(losses, (0.2, 0.4, 0.8), strict=True):
        assert 0.8 * planned <= status.retry_in <= 1.2 * planned
    camera.size = 96, 48
    camera.start()
    started = time.perf_counter()
    viewer.wait_return(0)
    tell("refused for a while: back after", started)
    assert stream.source.size == (96, 48)
    assert viewer.results[-1].frame.image.shape == (48, 96, 3)
    assert [len(values) for values in viewer.offsets()] == [1, 1]
    viewer.check_order()


@pytest.mark.parametrize(
    ("size", "codec"), [((96, 48), "h264"), ((96, 48), "mpeg2"), ((128, 64), "mpeg2")]
)
def test_over_udp_another_sender_takes_over_before_the_loss_is_noticed(
    run: Run, watch: Watch, viewer: Viewer, size: tuple[int, int], codec: str
) -> None:
    def plays(results: list[Any]) -> bool:
        # A decoder for the codec before makes a picture now and then, of the size before.
        first, last = results[0].frame, results[-1].frame
        return last.image.shape == (size[1], size[0], 3) and last.time - first.time < 2.0

    sender = run(FfmpegSender("udp"))
    watch(sender.address(sender.port))
    viewer.wait_more()
    sender.kill()
    sender.size, sender.codec = size, codec
    sender.start()
    started = time.perf_counter()
    before = len(viewer.results)
    viewer.wait(lambda: len(viewer.results) >= before + 20 and plays(viewer.results[-10:]))
    tell(f"{codec} {size} in place of h264 (128, 64): right after", started)
    viewer.check_order()


@pytest.mark.slow
def test_hls_whose_writer_is_killed_and_begins_again(
    run: Run, watch: Watch, viewer: Viewer, tmp_path: Path
) -> None:
    with serving_files(tmp_path) as server:
        sender = run(HlsSender(tmp_path))
        stream = watch(f"{server.address}/live.m3u8", timeout=4.0)
        viewer.wait_more(30)
        assert (stream.source.live, stream.source.duration) == (True, None)
        sender.kill()
        killed = time.perf_counter()
        viewer.wait_losses(1)
        tell("hls: loss told after", killed)
        sender.start()
        started = time.perf_counter()
        viewer.wait_return(0, 20)
        tell("hls: back after", started)
    assert [len(values) for values in viewer.offsets()] == [1, 1]
    viewer.check_order()


def test_spoiled_packets_over_rtsp_cost_pictures_and_nothing_else(
    run: Run, watch: Watch, viewer: Viewer
) -> None:
    server = run(RtspServer("tcp"))
    proxy = Proxy(server.port)
    try:
        watch(server.address(proxy.port), timeout=PATIENCE / 2)
        viewer.wait_more()
        proxy.corrupt(10)
        viewer.wait_more(30)
    finally:
        proxy.close()
    assert {S.FAILED, S.ENDED}.isdisjoint(viewer.states)
    viewer.check_order()


def test_coming_back_again_and_again_leaves_nothing_behind(
    run: Run, watch: Watch, viewer: Viewer
) -> None:
    camera = run(JpegCamera())
    watch(camera.address)
    viewer.wait_more()
    process = psutil.Process()
    before = process.num_fds(), threading.active_count()
    for _ in range(5):
        segment = viewer.segment
        camera.hang_up()
        viewer.wait_return(segment)
    # The server's side of a connection may close a moment later.
    assert process.num_fds() <= before[0] + 4
    assert threading.active_count() <= before[1] + 2
    assert len(viewer.offsets()) == 6
    viewer.check_order()
