import os
import threading
import time
from types import SimpleNamespace
from typing import Any

import mss
import numpy as np
import pytest

from pedcam.video.sources import screen as screen_module
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.screen import (
    RATE,
    Area,
    ScreenSource,
    look_at_desktop,
    parse_screen,
    part_of,
)
from pedcam.video.sources.spec import SourceSpec, open_source, parse_source
from pedcam.video.stream.stream import Stream, StreamState
from tests.video.standins import PATIENCE, Audience, Bench

# The second screen is at the left of the first and lower; the whole desktop spans both.
LEFT, MAIN = Area(-80, 20, 80, 60), Area(0, 0, 120, 90)
WHOLE = Area(-80, 0, 200, 90)


def monitor(area: Area, **more: Any) -> dict[str, Any]:
    return vars(area) | more


class FakeEye:
    """A desktop of which every pixel tells where it is; ``shift`` is added to the blue."""

    def __init__(self) -> None:
        self.monitors = [
            monitor(WHOLE),
            monitor(LEFT, is_primary=False),
            monitor(MAIN, is_primary=True),
        ]
        self.failure: mss.ScreenShotError | None = None
        self.scale = 1  # pixels per unit, 2 on a Mac
        self.grabs = 0
        self.closed = False

    def grab(self, area: dict[str, int]) -> SimpleNamespace:
        if self.failure is not None:
            raise self.failure
        self.grabs += 1
        width, height = self.scale * area["width"], self.scale * area["height"]
        pixels = np.zeros((height, width, 4), np.uint8)
        pixels[..., 0] = 100 + area["left"] + np.arange(width) // self.scale
        pixels[..., 1] = area["top"] + np.arange(height)[:, None] // self.scale
        pixels[..., 2] = 7
        return SimpleNamespace(raw=bytearray(pixels.tobytes()), width=width, height=height)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def eye(monkeypatch: pytest.MonkeyPatch) -> FakeEye:
    made = FakeEye()
    monkeypatch.setattr(mss, "MSS", lambda: made)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return made


@pytest.mark.parametrize(
    ("text", "title", "address"),
    [
        ("screen", "Screen", "screen"),
        ("screen:2", "Screen 2", "screen:2"),
        (" screen: 02 ", "Screen 2", "screen:2"),
        ("screen:all", "All screens", "screen:all"),
        ("screen: -80, 20,640,480", "Part of the screen", "screen:-80,20,640,480"),
    ],
)
def test_what_names_a_screen(text: str, title: str, address: str) -> None:
    assert parse_source(text) == SourceSpec("screen", title, address)
    # What was kept of it means the same.
    assert parse_screen(address) == (address, title)


@pytest.mark.parametrize(
    "text",
    ["screen:", "screen:0", "screen:two", "screen:1,2,3", "screen:0,0,0,10", "screen:1,2,3,-4",
     "screen:1,2,3,4,5", "screen:123", "screen:screen", "screen:100000,0,1,1", "screen:²"],
)  # fmt: skip
def test_what_names_none(text: str) -> None:
    with pytest.raises(SourceError, match=r"names no screen\. Write screen for the main screen"):
        parse_source(text)


@pytest.mark.parametrize("name", ["screen.mp4", "./screen", "screens", "screenshot.png"])
def test_files_may_be_called_similarly(name: str) -> None:
    assert parse_source(name).kind == "file"


def test_the_part_of_an_address() -> None:
    area = Area(-80, 20, 64, 48)
    assert area.address == "screen:-80,20,64,48"
    assert part_of(area.address) == area
    assert part_of("screen:2") is part_of("screen") is part_of("screen:all") is None


@pytest.mark.parametrize(
    ("address", "area"),
    [
        ("screen", MAIN),
        ("screen:1", LEFT),
        ("screen:2", MAIN),
        ("screen:all", WHOLE),
        ("screen:-10,30,21,11", Area(-10, 30, 21, 11)),
    ],
)
def test_exactly_what_was_named_is_seen(eye: FakeEye, address: str, area: Area) -> None:
    source = open_source(address)
    assert (source.live, source.rate, source.duration) == (True, 15.0, None)
    assert source.size == (area.width, area.height)
    image = source.read().image
    assert image.shape == (area.height, area.width, 3)
    assert image[0, 0].tolist() == [100 + area.left, area.top, 7]
    assert image[-1, -1].tolist() == [
        (100 + area.left + area.width - 1),
        area.top + area.height - 1,
        7,
    ]
    source.close()
    assert eye.closed


def test_where_a_unit_is_several_pixels_all_of_them_are_there(eye: FakeEye) -> None:
    eye.scale = 2
    source = open_source("screen:10,0,30,20")
    assert source.size == (60, 40)
    assert source.read().image[0, :4, 0].tolist() == [110, 110, 111, 111]
    desktop = look_at_desktop()
    assert desktop.image.shape == (180, 400, 3)
    assert desktop.area == WHOLE


def test_the_desktop_at_a_glance(eye: FakeEye) -> None:
    desktop = look_at_desktop()
    assert (desktop.area, desktop.screens, desktop.main) == (WHOLE, (LEFT, MAIN), 2)
    assert desktop.image.shape == (90, 200, 3)
    assert eye.closed


def test_a_server_that_knows_no_screens_has_one(eye: FakeEye) -> None:
    del eye.monitors[1:]
    assert look_at_desktop().screens == (WHOLE,)
    assert open_source("screen").size == open_source("screen:1").size == (200, 90)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("screen:3", "There is no screen 3: this computer has 2 screens."),
        (
            "screen:100,0,21,10",
            "The part 100,0,21,10 is not on the screen, which is 200 wide and 90 high and begins "
            "at -80,0.",
        ),
        ("screen:-81,0,10,10", "The part -81,0,10,10 is not on the screen, which is"),
    ],
)
def test_screens_that_are_not_there(eye: FakeEye, address: str, said: str) -> None:
    with pytest.raises(SourceError) as error:
        open_source(address)
    assert str(error.value).startswith(said)
    assert eye.closed


def test_times_numbers_and_pace(eye: FakeEye, monkeypatch: pytest.MonkeyPatch) -> None:
    now, waits = [100.0], []
    monkeypatch.setattr(
        screen_module, "time", SimpleNamespace(perf_counter=lambda: now[0]), raising=True
    )
    source = ScreenSource("screen", "Screen")
    grab = eye.grab

    def slow(area: dict[str, int]) -> Any:
        now[0] += cost
        return grab(area)

    def wait(seconds: float) -> bool:
        waits.append(round(seconds, 6))
        now[0] += seconds
        return False

    monkeypatch.setattr(eye, "grab", slow)
    monkeypatch.setattr(source._stopped, "wait", wait)
    cost = 0.01
    frames = [source.read(), source.read()]
    cost = 0.25
    frames += [source.read(), source.read()]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    # A fifteenth of a second from one to the next; after 0.25 s of looking a rest as long.
    step = 1 / RATE
    assert waits == [0.0, round(step - 0.01, 6), round(step - 0.01, 6), 0.25]
    assert frames[0].time == 0.0
    assert frames[1].time == pytest.approx(step)
    assert frames[2].time == pytest.approx(2 * step + 0.24)
    assert frames[3].time == pytest.approx(2 * step + 0.74)
    assert frames[3].captured == pytest.approx(100.01 + frames[3].time)


def test_a_waiting_read_ends_when_it_is_interrupted(eye: FakeEye) -> None:
    source = open_source("screen")
    source.read()
    source._due = time.perf_counter() + 10 * PATIENCE
    frames: list[Any] = []
    reader = threading.Thread(target=lambda: frames.append(source.read()))
    reader.start()
    source.interrupt()
    reader.join(PATIENCE)
    assert not reader.is_alive()
    assert frames == [None]
    assert source.read() is None
    source.close()
    source.close()


def test_there_is_nothing_to_jump_to(eye: FakeEye) -> None:
    with pytest.raises(SourceError, match="Screen is live"):
        open_source("screen").seek(1.0)


def test_a_screen_that_changes_is_opened_anew(
    eye: FakeEye, audience: Audience, bench: Bench
) -> None:
    stream = Stream(
        parse_source("screen"),
        bench.pool,
        "a",
        on_result=audience.on_result,
        on_status=audience.on_status,
        first_retry=0.01,
    )
    assert stream.source.live
    stream.start()
    try:
        audience.wait_state(StreamState.PLAYING)
        eye.failure = mss.ScreenShotError("X11 Protocol Error\nX Error of failed request: 8\n")
        lost = audience.wait_state(StreamState.RECONNECTING)
        assert lost.message.startswith("Screen cannot be captured any more: X11 Protocol Error.")
        eye.monitors[2] |= {"width": 64, "height": 48}
        eye.failure = None
        audience.wait_state(StreamState.PLAYING, 2)
    finally:
        stream.close()
    assert stream.source.size == (64, 48)


def test_without_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise mss.ScreenShotError("Cannot connect to display")

    monkeypatch.setattr(mss, "MSS", fail)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(screen_module.sys, "platform", "linux")
    for look in (look_at_desktop, lambda: open_source("screen")):
        with pytest.raises(SourceError, match="Start pedcam in a desktop session, or set DISPLAY"):
            look()


def test_wayland_is_refused_with_advice(eye: FakeEye, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_module.sys, "platform", "linux")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(SourceError, match="Choose an X11 session"):
        open_source("screen")
    assert eye.grabs == 0


@pytest.mark.parametrize("allowed", [True, False])
def test_a_mac_is_asked_first(eye: FakeEye, monkeypatch: pytest.MonkeyPatch, allowed: bool) -> None:
    library = SimpleNamespace(CGRequestScreenCaptureAccess=_Function(allowed))
    monkeypatch.setattr(screen_module.sys, "platform", "darwin")
    monkeypatch.setattr(screen_module.ctypes, "CDLL", lambda path: library)
    if allowed:
        assert open_source("screen").size == (120, 90)
    else:
        with pytest.raises(SourceError, match="Allow it in System Settings"):
            open_source("screen")


class _Function:
    restype: Any = None

    def __init__(self, answer: bool) -> None:
        self._answer = answer

    def __call__(self) -> bool:
        return self._answer


def test_a_real_screen(xvfb_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DISPLAY", xvfb_env["DISPLAY"])
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    desktop = look_at_desktop()
    assert desktop.area == desktop.screens[0] == Area(0, 0, 1600, 1000)
    source = open_source("screen:1500,900,100,100")
    first, second = source.read(), source.read()
    assert first.image.shape == (100, 100, 3)
    assert second.time > first.time == 0.0
    source.close()
