import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import open_source
from pedcam.video.stream.stream import Stream, StreamState
from tests.factories import number_in, numbered_image, write_clip
from tests.video.servers import Quiet, served
from tests.video.standins import PATIENCE, Audience, Bench

SECRETS = ("s3cret", "admin")


@pytest.fixture
def silent_server() -> Iterator[int]:
    """The port of a server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(autouse=True)
def _quiet(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    out, err = capfd.readouterr()
    assert (out, err) == ("", ""), "FFmpeg's own messages must not reach the terminal"


def fails(url: str, timeout: float = 5.0) -> str:
    with pytest.raises(SourceError) as error:
        open_source(url, timeout=timeout)
    for secret in SECRETS:
        assert secret not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("scheme", ["rtsp", "http", "rtmp"])
def test_nobody_listens(scheme: str, unused_port: int) -> None:
    message = fails(f"{scheme}://admin:s3cret@127.0.0.1:{unused_port}/live")
    assert message == (
        f"Cannot reach {scheme}://127.0.0.1:{unused_port}/live: connection refused. "
        "Check the address and that the camera is on."
    )


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_nobody_answers(scheme: str, silent_server: int) -> None:
    message = fails(f"{scheme}://admin:s3cret@127.0.0.1:{silent_server}/live", timeout=0.3)
    assert message == (
        f"Cannot reach {scheme}://127.0.0.1:{silent_server}/live: no answer within 0.3 s. "
        "Check the address and that the camera is on."
    )


def test_unknown_host() -> None:
    message = fails("http://admin:s3cret@no-such-host.invalid/live")
    assert "no computer is known as no-such-host.invalid" in message


def test_a_password_taken_for_the_host() -> None:
    message = fails("http://admin:a@s3cret.invalid/b@cam/live")
    assert message == (
        "Cannot reach http://...: no computer has this name. "
        "Write / ? # @ [ ] in a password as %2F %3F %23 %40 %5B %5D."
    )


def test_a_password_taken_for_a_port(unused_port: int) -> None:
    message = fails(f"http://127.0.0.1:{unused_port}#s3cret@cam/live")
    assert message == (
        "Cannot reach http://...: connection refused. "
        "Write / ? # @ [ ] in a password as %2F %3F %23 %40 %5B %5D."
    )


def test_unknown_protocol() -> None:
    assert "pedcam does not speak gopher2" in fails("gopher2://cam/live")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (401, "the user name or password was refused"),
        (403, "the user name or password was refused"),
        (404, "the server knows no such stream"),
        (500, "Cannot reach"),
    ],
)
def test_what_the_server_refuses(code: int, words: str) -> None:
    class Refusing(Quiet):
        def do_GET(self) -> None:
            self.send_error(code, "s3cret")

    with served(Refusing) as host:
        assert words in fails(f"http://admin:s3cret@{host}/live")


def test_a_page_that_is_no_video() -> None:
    class Page(Quiet):
        def do_GET(self) -> None:
            self.send_body("text/html", b"<html>Please log in, admin</html>" * 50)

    with served(Page) as host:
        message = fails(f"http://{host}/")
    assert "answers, but not with a video that pedcam can read" in message


def test_a_file_on_a_server_is_not_live_and_can_be_sought(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", [n / 25 for n in range(50)])

    class Files(SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **keywords: object) -> None:
            super().__init__(*args, directory=tmp_path, **keywords)

        def log_message(self, *_: object) -> None:
            pass

    with served(Files) as host:
        source = open_source(f"http://{host}/clip.mp4", timeout=5)
        assert source.live is False
        assert source.duration == 2.0
        assert [number_in(source.read().image) for _ in range(50)] == list(range(50))
        assert source.read() is None
        source.close()


def test_jpeg_pictures_from_a_camera_with_a_web_page() -> None:
    class Motion(Quiet):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            for number in range(5):
                _, jpeg = cv2.imencode(".jpg", numbered_image(number))
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg.tobytes() + b"\r\n")

    with served(Motion) as host:
        source = open_source(f"http://{host}/mjpg", timeout=5)
        assert source.live
        assert source.duration is None
        frames = [source.read() for _ in range(5)]
        assert [number_in(frame.image) for frame in frames] == list(range(5))
        times = [frame.time for frame in frames]
        assert times == sorted(set(times))
        assert until_error(source.read) == f"Lost http://{host}/mjpg: the connection was closed."
        source.close()


def test_a_live_stream_that_breaks_off_is_taken_up_again(
    tmp_path: Path, audience: Audience, bench: Bench
) -> None:
    body = write_clip(tmp_path / "live.ts", [n / 25 for n in range(30)]).read_bytes()

    class Breaking(Quiet):
        requests = 0

        def do_GET(self) -> None:
            type(self).requests += 1
            self.send_body("video/mp2t", body, length=False)

    with served(Breaking) as host:
        stream = Stream(
            f"http://admin:s3cret@{host}/live.ts",
            bench.pool,
            "a",
            on_result=audience.on_result,
            on_status=audience.on_status,
            first_retry=0.0,
        )
        stream.start()
        audience.wait_state(StreamState.PLAYING, 3)
        assert stream.source.live
        stream.close()
    assert Breaking.requests >= 3
    message = audience.wait_state(StreamState.RECONNECTING).message
    assert message == (
        f"Lost http://{host}/live.ts: the connection was closed. Trying again in 0.0 s."
    )
    indices = [result.frame.index for result in audience.results]
    assert indices == sorted(set(indices))


def test_a_live_stream_that_falls_silent_is_noticed(tmp_path: Path) -> None:
    body = write_clip(tmp_path / "live.ts", [n / 25 for n in range(60)]).read_bytes()
    done = threading.Event()

    class Silent(Quiet):
        def do_GET(self) -> None:
            self.send_body("video/mp2t", body, length=False)
            assert done.wait(PATIENCE)

    with served(Silent) as host:
        # Opening looks at some seconds of a stream, within the time-out.
        source = open_source(f"http://{host}/live.ts", timeout=1.0)
        message = until_error(source.read)
        done.set()
        source.close()
    assert message == f"Lost http://{host}/live.ts: no answer within 1 s."


@pytest.fixture
def sound_goes_on(tmp_path: Path) -> Iterator[str]:
    """The address of a live stream whose pictures end after 2 s, while its sound does not."""
    path = tmp_path / "live.ts"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 128, 64, "yuv420p"
        audio = container.add_stream("mp2", rate=48_000)
        for number in range(50):
            picture = av.VideoFrame.from_ndarray(numbered_image(number), format="bgr24")
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        for number in range(2_000):
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 1152), np.int16), format="s16")
            sound.rate, sound.pts = 48_000, 1152 * number
            container.mux(audio.encode(sound))
    body = path.read_bytes()
    over = threading.Event()

    class Sound(Quiet):
        def do_GET(self) -> None:
            self.send_body("video/mp2t", body[: len(body) // 2], length=False)
            with suppress(OSError):
                for start in range(len(body) // 2, len(body), 1880):
                    self.wfile.write(body[start : start + 1880])
                    if over.wait(0.05):
                        break

    with served(Sound) as host:
        yield f"http://{host}/live.ts"
        over.set()


def test_pictures_that_stop_while_the_sound_goes_on_are_noticed(sound_goes_on: str) -> None:
    source = open_source(sound_goes_on, timeout=2.0)
    assert source.live
    assert until_error(source.read) == f"Lost {sound_goes_on}: no answer within 2 s."
    source.close()


def test_waiting_for_a_picture_can_be_interrupted(sound_goes_on: str) -> None:
    source = open_source(sound_goes_on, timeout=PATIENCE / 2)
    interrupter = threading.Timer(1.0, source.interrupt)
    interrupter.start()
    while source.read() is not None:
        pass
    interrupter.join()
    source.close()


def until_error(read: Callable[[], object]) -> str:
    def read_all() -> None:
        while read() is not None:
            pass

    with pytest.raises(SourceError) as error:
        read_all()
    return str(error.value)
