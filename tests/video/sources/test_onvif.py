import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from pedcam.video import sources
from pedcam.video.sources import ws_discovery
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.onvif import (
    CameraStream,
    FoundCamera,
    SignInError,
    ask_camera,
    at_host,
    find_cameras,
    readable,
    stream_of,
)
from tests.video.live_servers import free_port
from tests.video.onvif_device import ENVELOPE, PASSWORD, SENDER_FAULT, USER, Device, onvif_device
from tests.video.standins import PATIENCE

NOBODY = FoundCamera("127.0.0.1", "http://127.0.0.1:1/", "")
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" a="&c;"><s:Body>&c;</s:Body>
</s:Envelope>"""


@pytest.fixture
def device() -> Iterator[Device]:
    with onvif_device() as made:
        yield made


@pytest.fixture
def never() -> threading.Event:
    return threading.Event()


def test_a_camera_names_its_streams(device: Device, never: threading.Event) -> None:
    answer = ask_camera(device.camera, USER, PASSWORD, never)
    assert answer is not None
    # Signs that turn the direction of writing are not shown.
    assert answer.model == "Acme X-1"
    assert answer.streams == (
        CameraStream(
            "main stream",
            (2560, 1440),
            "H264",
            "rtsp://127.0.0.1:554/Streaming/101?profile=main",
        ),
        CameraStream("sub stream", (640, 360), "H264", "rtsp://127.0.0.1:554/Streaming/102"),
    )
    # Its clock, which is of 2001, is asked for without a name; everything else is signed.
    assert device.asked[0] == "GetSystemDateAndTime"
    assert device.users == ["", *["admin"] * 5]
    assert PASSWORD not in "".join(device.bodies)
    assert PASSWORD not in repr(answer)


def test_a_camera_for_everybody(device: Device, never: threading.Event) -> None:
    device.signed = False
    answer = ask_camera(device.camera, "", "", never)
    assert answer is not None
    assert len(answer.streams) == 2
    assert set(device.users) == {""}


def test_the_sign_in_of_http(device: Device, never: threading.Event) -> None:
    device.digest = True
    answer = ask_camera(device.camera, USER, PASSWORD, never)
    assert answer is not None
    assert len(answer.streams) == 2
    assert all(sent.startswith("Digest ") for sent in device.authorizations)


@pytest.mark.parametrize("how", ["soap", "http"])
@pytest.mark.parametrize(
    ("user", "password", "said"),
    [
        (USER, "wrong", "127.0.0.1 refuses this user name or password."),
        ("", "", "127.0.0.1 wants a user name and password."),
    ],
)
def test_who_may_not_ask_is_told_so(
    device: Device, never: threading.Event, how: str, user: str, password: str, said: str
) -> None:
    if how == "http":
        device.replies = {"GetCapabilities": (401, b"<html><!doctype html></html>")}
    with pytest.raises(SignInError) as error:
        ask_camera(device.camera, user, password, never)
    assert str(error.value) == said
    # Not again and again, for which some cameras lock their owner out.
    assert device.asked.count("GetCapabilities") <= (2 if how == "http" else 1)


def test_another_refusal_says_why(device: Device, never: threading.Event) -> None:
    fault = SENDER_FAULT.format(code="NoProfile", reason="No &lt;b&gt;profile\n here")
    device.replies = {"GetProfiles": (500, ENVELOPE.format(body=fault).encode())}
    with pytest.raises(SourceError) as error:
        ask_camera(device.camera, USER, PASSWORD, never)
    assert str(error.value) == "127.0.0.1 refuses to name its streams: No <b>profile here."


@pytest.mark.parametrize("question", ["GetCapabilities", "GetProfiles", "GetStreamUri"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<html><body>Login</body></html>",
        b"\x00\xff" * 100,
        ENVELOPE.format(body="").encode(),
        ENVELOPE.format(body="<tds:SomethingElse/>").encode(),
        ENVELOPE.format(body="<trt:GetProfilesResponse><trt:Profiles/></trt:GetProfilesResponse>")
        .encode(),
        LAUGHS,
        b"<a>" + b"x" * 2**20 + b"</a>",
    ],
)  # fmt: skip
def test_nonsense_is_refused(
    device: Device, never: threading.Event, question: str, content: bytes
) -> None:
    device.replies = {question: (200, content)}
    with pytest.raises(SourceError) as error:
        ask_camera(device.camera, USER, PASSWORD, never)
    assert str(error.value) in (
        "127.0.0.1 answers, but not as an ONVIF camera does. Open it by its address instead.",
        "127.0.0.1 names no stream that pedcam can play.",
    )


def test_no_entity_is_fetched(device: Device, never: threading.Event) -> None:
    body = ENVELOPE.format(body="<tds:GetCapabilitiesResponse>&x;</tds:GetCapabilitiesResponse>")
    entity = (
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:{device.port}/x">'
        f'<!ENTITY % y SYSTEM "http://127.0.0.1:{device.port}/y"> %y;]>'
    )
    head, rest = body.split("\n", 1)
    device.replies = {"GetCapabilities": (200, f"{head}{entity}{rest}".encode())}
    with pytest.raises(SourceError, match="not as an ONVIF camera"):
        ask_camera(device.camera, USER, PASSWORD, never)
    assert device.fetched == []


def test_nobody_is_sent_elsewhere(device: Device, never: threading.Event) -> None:
    with onvif_device() as other:
        device.replies = {
            "GetProfiles": (302, f"http://127.0.0.1:{other.port}/onvif/media".encode())
        }
        with pytest.raises(SourceError, match="not as an ONVIF camera"):
            ask_camera(device.camera, USER, PASSWORD, never)
        assert other.asked == other.fetched == []


def test_another_host_that_it_names_is_not_asked(device: Device, never: threading.Event) -> None:
    device.media = "http://192.0.2.9:{port}/onvif/media"
    device.uris = {"main": "rtsp://192.0.2.9/live"}
    answer = ask_camera(device.camera, USER, PASSWORD, never)
    assert answer is not None
    assert device.asked[-2:] == ["GetProfiles", "GetStreamUri"]
    assert answer.streams[0].elsewhere


def test_streams_that_cannot_be_played_are_left_out(device: Device, never) -> None:
    device.uris = {"a": "file:///etc/passwd", "b": "rtsp://", "c": "rtsp://127.0.0.1/c"}
    answer = ask_camera(device.camera, USER, PASSWORD, never)
    assert answer is not None
    assert [stream.address for stream in answer.streams] == ["rtsp://127.0.0.1/c"]
    del device.uris["c"]
    with pytest.raises(SourceError, match="names no stream that pedcam can play"):
        ask_camera(device.camera, USER, PASSWORD, never)


def test_one_that_never_answers_is_given_up(device: Device, never: threading.Event) -> None:
    device.hold = threading.Event()
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 did not answer within 0\.2 s"):
        ask_camera(device.camera, USER, PASSWORD, never, seconds=0.2)


def test_asking_can_be_stopped(device: Device) -> None:
    device.hold, stop = threading.Event(), threading.Event()
    answers: list[object] = []

    def ask() -> None:
        answers.append(ask_camera(device.camera, USER, PASSWORD, stop, seconds=10 * PATIENCE))

    asking = threading.Thread(target=ask)
    asking.start()
    stop.set()
    asking.join(PATIENCE)
    assert answers == [None]


def test_nobody_at_home(never: threading.Event) -> None:
    camera = FoundCamera("127.0.0.1", f"http://127.0.0.1:{free_port()}/", "")
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 cannot be asked: the connection failed"):
        ask_camera(camera, USER, PASSWORD, never)


def test_nothing_else_in_the_process_changes() -> None:
    code = (
        "import logging; from pedcam.video.sources import onvif_client as client;"
        "assert logging.getLogger().handlers == [], 'logging';"
        "assert logging.getLogger().level == logging.WARNING"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("ws_discovery", lambda: find_cameras(print, threading.Event())),
        ("onvif_client", lambda: ask_camera(NOBODY, "", "", threading.Event())),
    ],
)
def test_without_the_packages(
    name: str, call: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(sources, name, raising=False)
    monkeypatch.setitem(sys.modules, f"pedcam.video.sources.{name}", None)
    with pytest.raises(SourceError, match=r"pip install onvif-zeep-async"):
        call()


def test_a_search_takes_four_seconds(
    never: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        ws_discovery, "search", lambda found, stop, *, seconds: asked.append((found, stop, seconds))
    )
    find_cameras(print, never)
    assert asked == [(print, never, 4.0)]


@pytest.mark.parametrize(
    ("address", "host", "there"),
    [
        ("http://192.168.1.9/onvif/a", "192.168.1.9", "http://192.168.1.9/onvif/a"),
        ("http://8.8.8.8:8080/onvif/a", "192.168.1.9", "http://192.168.1.9:8080/onvif/a"),
        ("https://me:secret@cam/a?b=c#d", "192.168.1.9", "https://192.168.1.9/a"),
        ("http://cam", "fe80::1", "http://[fe80::1]/"),
        ("ftp://192.168.1.9/a", "192.168.1.9", None),
        ("http://cam:x/", "192.168.1.9", None),
        ("http://cam/" + 3000 * "a", "192.168.1.9", None),
    ],
)
def test_an_address_at_a_host(address: str, host: str, there: str | None) -> None:
    assert at_host(address, host) == there


@pytest.mark.parametrize(
    ("said", "address", "elsewhere"),
    [
        (" rtsp://192.168.1.9/a?b=c&d ", "rtsp://192.168.1.9/a?b=c&d", False),
        ("rtsp://me:pw@192.168.1.9:554/a", "rtsp://me:pw@192.168.1.9:554/a", False),
        ("rtsp://192.168.1.8/a", "rtsp://192.168.1.8/a", True),
        # It means itself.
        ("rtsp://0.0.0.0:554/a", "rtsp://192.168.1.9:554/a", False),
        ("rtsp://me:pw@127.0.0.1/a", "rtsp://me:pw@192.168.1.9/a", False),
        ("rtsp://[::1]/a", "rtsp://192.168.1.9/a", False),
        ("rtsp://localhost/a", "rtsp://192.168.1.9/a", False),
        # What a fragment says is for pedcam.
        ("rtsp://192.168.1.9/a#transport=udp", "rtsp://192.168.1.9/a", False),
        ("rtsp://192.168.1.9/live stream", "rtsp://192.168.1.9/live%20stream", False),
    ],
)
def test_an_address_of_a_stream(said: str, address: str, elsewhere: bool) -> None:
    stream = stream_of(said, "192.168.1.9", "Main", (640, 480), "H264")
    assert stream == CameraStream("Main", (640, 480), "H264", address, elsewhere)
    assert "pw" not in repr(stream)


@pytest.mark.parametrize(
    "said",
    ["", "rtsp://", "file:///a", "udp://192.168.1.9:1", "concat:a", "rtsp://a:b:c/", "rtsp://[/",
     "rtsp://cam/\x1b[1m", "rtsp://cam/" + 3000 * "a"],
)  # fmt: skip
def test_what_is_no_address_of_a_stream(said: str) -> None:
    assert stream_of(said, "192.168.1.9", "", None, "") is None


@pytest.mark.parametrize(
    ("text", "line"),
    [("  a\n\tb ", "a b"), ("a\u202eb\x1b[1m", "a b [1m"), (None, ""), (7, ""),
     (90 * "x", 79 * "x" + "…")],
)  # fmt: skip
def test_what_a_camera_says_is_one_short_line(text: object, line: str) -> None:
    assert readable(text) == line
