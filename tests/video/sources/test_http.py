"""What comes by HTTP: files without a duration, and pictures of cameras that bend the rules."""

import re
import threading
from contextlib import suppress
from pathlib import Path

import av
import cv2
import pytest

from pedcam.video.sources.spec import open_source
from pedcam.video.stream.results import StreamState
from pedcam.video.stream.stream import Stream
from tests.factories import number_in, numbered_image, write_clip
from tests.video.servers import Quiet, served
from tests.video.standins import PATIENCE, Audience, Bench

COUNT = 20


def jpeg(number: int) -> bytes:
    return cv2.imencode(".jpg", numbered_image(number))[1].tobytes()


def file_without_duration(kind: str, folder: Path) -> bytes:
    """Numbered pictures, 25 a second, in a container that does not say how many there are."""
    if kind == "mjpeg":
        return b"".join(map(jpeg, range(COUNT)))
    clip = write_clip(folder / "clip.mp4", [n / 25 for n in range(COUNT)])
    options = {"live": "1"} if kind == "matroska" else {}
    with (
        av.open(str(clip)) as source,
        av.open(str(folder / "out"), "w", format=kind, options=options) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return (folder / "out").read_bytes()


class Sending(Quiet):
    """Sends ``body`` as ``way`` says."""

    protocol_version = "HTTP/1.1"
    body = b""
    way = ""

    def do_GET(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(asked[1]) if asked and self.way == "ranges" else 0
        self.send_response(206 if first else 200)
        if self.way == "ranges":
            self.send_header("Accept-Ranges", "bytes")
            self.send_header(
                "Content-Range", f"bytes {first}-{len(self.body) - 1}/{len(self.body)}"
            )
        if self.way == "chunks":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(self.body) - first))
        self.end_headers()
        with suppress(OSError):
            if self.way == "chunks":
                self.wfile.write(f"{len(self.body):x}\r\n".encode() + self.body + b"\r\n0\r\n\r\n")
            else:
                self.wfile.write(self.body[first:])


def test_a_broadcast_whose_size_is_known_is_a_file(tmp_path: Path) -> None:
    body = write_clip(tmp_path / "walk.ts", [n / 25 for n in range(COUNT)]).read_bytes()
    with served(type("SendingThis", (Sending,), {"body": body, "way": "length"})) as host:
        source = open_source(f"http://{host}/walk.ts", timeout=PATIENCE)
        assert not source.live
        assert [number_in(source.read().image) for _ in range(COUNT)] == list(range(COUNT))
        assert source.read() is None
        source.close()


@pytest.fixture(params=["matroska", "mjpeg", "h264"])
def sending(request: pytest.FixtureRequest, tmp_path: Path) -> type[Sending]:
    body = file_without_duration(request.param, tmp_path)
    return type("SendingThis", (Sending,), {"body": body})


@pytest.mark.parametrize("way", ["ranges", "length"])
def test_a_file_whose_size_is_known_is_not_live(sending: type[Sending], way: str) -> None:
    sending.way = way
    with served(sending) as host:
        source = open_source(f"http://{host}/walk", timeout=PATIENCE)
        assert (source.live, source.duration) == (False, None)
        frames = [source.read() for _ in range(COUNT)]
        assert source.read() is None
        source.close()
    assert [number_in(frame.image) for frame in frames] == list(range(COUNT))
    assert [frame.time for frame in frames] == pytest.approx(
        [n / 25 for n in range(COUNT)], abs=1e-3
    )


@pytest.mark.parametrize("way", ["length", "chunks"])
def test_a_stream_of_it_ends(
    sending: type[Sending], way: str, audience: Audience, bench: Bench
) -> None:
    sending.way = way
    with served(sending) as host:
        stream = Stream(
            f"http://{host}/walk",
            bench.pool,
            "a",
            on_result=audience.on_result,
            on_status=audience.on_status,
        )
        stream.start()
        try:
            audience.wait_state(StreamState.ENDED)
        finally:
            stream.close()
    assert StreamState.RECONNECTING not in audience.states


PLAIN = "Content-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"


@pytest.mark.parametrize(
    ("before", "head", "after"),
    [
        ("--frame\r\n", PLAIN, "\r\n"),
        # The first boundary comes after the first picture.
        ("", PLAIN, "\r\n--frame\r\n"),
        ("--frame\r\n", PLAIN.replace("jpeg", "jpg"), "\r\n"),
        ("", PLAIN.replace("jpeg", "jpg"), "\r\n--frame\r\n"),
        ("--frame\r\n", "content-type: IMAGE/JPEG\r\n\r\n", "\r\n"),
        ("--frame\r\n", "Content-Length: {length}\r\n\r\n", "\r\n"),
        ("--another\r\n", PLAIN, "\r\n"),
        ("--frame\n", PLAIN.replace("\r", ""), "\n"),
        ("", "", ""),
    ],
)
def test_pictures_of_cameras_however_they_are_parted(before: str, head: str, after: str) -> None:
    over = threading.Event()

    class Camera(Quiet):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            with suppress(OSError):
                for number in range(COUNT):
                    picture = jpeg(number)
                    text = before + head.format(length=len(picture))
                    self.wfile.write(text.encode() + picture + after.encode())
                over.wait(PATIENCE)

    with served(Camera) as host:
        source = open_source(f"http://{host}/mjpg", timeout=PATIENCE)
        assert (source.live, source.duration) == (True, None)
        assert [number_in(source.read().image) for _ in range(COUNT - 2)] == list(range(COUNT - 2))
        over.set()
        source.close()


def test_a_size_that_is_made_up_makes_no_file_of_a_camera() -> None:
    class Camera(Quiet):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.send_header("Content-Length", "99999999")
            self.end_headers()
            with suppress(OSError):
                for number in range(COUNT):
                    self.wfile.write(
                        b"Content-Type: image/jpeg\r\n\r\n" + jpeg(number) + b"--frame\r\n"
                    )

    with served(Camera) as host:
        source = open_source(f"http://{host}/mjpg", timeout=PATIENCE)
        assert source.live
        source.close()


def test_redirects_in_a_circle() -> None:
    class Circle(Quiet):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()

    with served(Circle) as host, pytest.raises(Exception, match="redirects in a circle") as error:
        open_source(f"http://{host}/live", timeout=PATIENCE)
    assert "Input/output" not in str(error.value)
