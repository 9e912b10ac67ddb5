import threading
from collections.abc import Callable

import pytest
from PyQt6 import sip
from pytestqt.qtbot import QtBot

from pedcam.ui.start.network_cameras import NetworkCameras
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.onvif import CameraAnswer, CameraStream, FoundCamera, SignInError

PATIENCE = 10.0
GATE = FoundCamera("192.168.1.9", "http://192.168.1.9/onvif/device_service", "Gate")
YARD = FoundCamera("192.168.1.10", "http://192.168.1.10/onvif/device_service", "Yard")
ANSWER = CameraAnswer(
    "Acme X-1", (CameraStream("Main", (1920, 1080), "H264", "rtsp://192.168.1.9/main"),)
)


class Network:
    """Stands in for the network: a search goes on until it is told to end or stopped."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.stops: list[threading.Event] = []
        self.on_found: Callable[[FoundCamera], object] = lambda camera: None
        self.go_on = threading.Event()
        self.failure: Exception | None = None
        self.answer = ANSWER
        self.questions: list[tuple[FoundCamera, str, str]] = []

    def find(self, on_found: Callable[[FoundCamera], object], stop: threading.Event) -> None:
        self.on_found = on_found
        self._wait(stop)

    def ask(
        self, camera: FoundCamera, user: str, password: str, stop: threading.Event
    ) -> CameraAnswer | None:
        self.questions.append((camera, user, password))
        self._wait(stop)
        return self.answer

    def _wait(self, stop: threading.Event) -> None:
        self.threads.append(threading.current_thread())
        self.stops.append(stop)
        assert self.go_on.wait(PATIENCE)
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def cameras(qtbot: QtBot, network: Network) -> NetworkCameras:
    return NetworkCameras(network.find, network.ask)


def test_nothing_begins_by_itself(cameras: NetworkCameras, network: Network) -> None:
    assert network.threads == []
    assert not cameras.searching


def test_cameras_are_known_as_they_answer(
    qtbot: QtBot, cameras: NetworkCameras, network: Network
) -> None:
    with qtbot.waitSignal(cameras.changed):
        cameras.look()
    assert cameras.searching
    qtbot.waitUntil(lambda: len(network.stops) == 1)
    network.on_found(GATE)
    qtbot.waitUntil(lambda: cameras.cameras == (GATE,))
    network.on_found(YARD)
    qtbot.waitUntil(lambda: cameras.cameras == (GATE, YARD))
    assert cameras.searching
    network.go_on.set()
    qtbot.waitUntil(lambda: not cameras.searching)
    assert cameras.cameras == (GATE, YARD)
    assert network.threads[0] is not threading.current_thread()


def test_what_a_stopped_search_still_finds_is_dropped(
    qtbot: QtBot, cameras: NetworkCameras, network: Network
) -> None:
    cameras.look()
    qtbot.waitUntil(lambda: len(network.stops) == 1)
    network.on_found(GATE)
    qtbot.waitUntil(lambda: cameras.cameras == (GATE,))
    cameras.stop()
    assert network.stops[0].is_set()
    assert not cameras.searching
    late = network.on_found
    cameras.look()
    assert cameras.cameras == ()
    qtbot.waitUntil(lambda: len(network.stops) == 2)
    late(YARD)
    network.on_found(GATE)
    qtbot.waitUntil(lambda: cameras.cameras == (GATE,))
    # The end of the first search is not that of the second.
    network.go_on.set()
    qtbot.waitUntil(lambda: not cameras.searching)


def test_a_question_ends_the_search(
    qtbot: QtBot, cameras: NetworkCameras, network: Network
) -> None:
    cameras.look()
    qtbot.waitUntil(lambda: len(network.stops) == 1)
    cameras.ask(GATE, "admin", "secret")
    assert network.stops[0].is_set()
    assert (cameras.searching, cameras.asking, cameras.asked) == (False, True, GATE)
    network.go_on.set()
    qtbot.waitUntil(lambda: not cameras.asking)
    assert cameras.answer is ANSWER
    assert network.questions == [(GATE, "admin", "secret")]
    cameras.forget_answer()
    assert cameras.answer is cameras.asked is None


@pytest.mark.parametrize(
    ("error", "wanted"),
    [(SourceError("It does not answer."), False), (SignInError("It refuses this."), True)],
)
def test_what_went_wrong_is_known(
    qtbot: QtBot, cameras: NetworkCameras, network: Network, error: SourceError, wanted: bool
) -> None:
    network.failure = error
    network.go_on.set()
    cameras.ask(GATE, "admin", "wrong")
    qtbot.waitUntil(lambda: not cameras.asking)
    assert (cameras.problem, cameras.sign_in_wanted) == (str(error), wanted)
    network.failure = None
    cameras.look()
    assert (cameras.problem, cameras.sign_in_wanted) == ("", False)
    qtbot.waitUntil(lambda: not cameras.searching)


def test_what_nobody_foresaw_is_not_swallowed(
    qtbot: QtBot, cameras: NetworkCameras, network: Network
) -> None:
    network.failure = RuntimeError("a mistake")
    network.go_on.set()
    with qtbot.captureExceptions() as exceptions:
        cameras.look()
        qtbot.waitUntil(lambda: len(exceptions) == 1)
    # It is over all the same.
    assert not cameras.searching
    assert cameras.problem == "a mistake"


def test_an_answer_that_comes_after_its_end_is_dropped(
    qtbot: QtBot, cameras: NetworkCameras, network: Network
) -> None:
    cameras.look()
    qtbot.waitUntil(lambda: len(network.stops) == 1)
    sip.delete(cameras)
    with qtbot.captureExceptions() as exceptions:
        network.on_found(GATE)
        network.go_on.set()
        other = NetworkCameras(lambda found, stop: None, network.ask)
        other.look()
        qtbot.waitUntil(lambda: not other.searching)
    assert exceptions == []
