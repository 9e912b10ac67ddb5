import re
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from defusedxml.minidom import parseString
from wsdiscovery import QName, Scope
from wsdiscovery.actions import constructProbeMatch, createProbeMatchMessage, parseProbeMessage
from wsdiscovery.service import Service

from pedcam.video.sources import ws_discovery
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.onvif import FoundCamera
from pedcam.video.sources.ws_discovery import TYPES, cameras_in, search
from tests.video.standins import PATIENCE

PRINTER = QName("http://schemas.microsoft.com/windows/2006/08/wdp/print", "PrintDeviceType", "wprt")
NAMED = ("onvif://www.onvif.org/name/Front%20door", "onvif://www.onvif.org/hardware/X-1")


def match(
    addresses: list[str], scopes: tuple[str, ...] = NAMED, kind: QName = TYPES[0], to: str = "urn:1"
) -> bytes:
    service = Service([kind], [Scope(scope) for scope in scopes], addresses, "urn:uuid:1", "1")
    return createProbeMatchMessage(constructProbeMatch([service], to)).encode()


@pytest.mark.parametrize(
    ("addresses", "service"),
    [
        (["http://192.168.1.9/onvif/device_service"], "http://192.168.1.9/onvif/device_service"),
        # Of several that at the host that answered; and none but at that host.
        (["http://10.0.0.1/a", "https://192.168.1.9:8443/b"], "https://192.168.1.9:8443/b"),
        (["http://[fe80::1]/a", "http://10.0.0.1:81/b"], "http://192.168.1.9/a"),
        (["http://8.8.8.8:80/evil"], "http://192.168.1.9:80/evil"),
        ([], "http://192.168.1.9/onvif/device_service"),
        (["file:///etc/passwd", "http://a:b:c/"], "http://192.168.1.9/onvif/device_service"),
    ],
)
def test_only_the_host_that_answered_is_called(addresses: list[str], service: str) -> None:
    (camera,) = cameras_in(match(addresses), "192.168.1.9", {"urn:1"})
    assert camera == FoundCamera("192.168.1.9", service, "Front door X-1")


@pytest.mark.parametrize(
    ("scopes", "name"),
    [
        ((), ""),
        (("onvif://www.onvif.org/name/Acme%20X-1", NAMED[1]), "Acme X-1"),
        (("onvif://www.onvif.org/name/T%C3%BCr", "onvif://www.onvif.org/location/x"), "Tür"),
        (("onvif://www.onvif.org/name/a%0A%1Bb",), "a b"),
        (("onvif://www.onvif.org/name/", "urn:other"), ""),
    ],
)
def test_what_a_camera_is_called(scopes: tuple[str, ...], name: str) -> None:
    (camera,) = cameras_in(match(["http://192.168.1.9/"], scopes), "192.168.1.9", {"urn:1"})
    assert camera.name == name


def test_printers_are_not_cameras() -> None:
    assert cameras_in(match(["http://192.168.1.9/"], (), PRINTER), "192.168.1.9", {"urn:1"}) == []
    known = cameras_in(match(["http://192.168.1.9/"], NAMED, PRINTER), "192.168.1.9", {"urn:1"})
    assert len(known) == 1


GOOD = match(["http://192.168.1.9/"])


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"hello",
        b"\xff" * 2000,
        b"<a/>",
        GOOD[:-20],
        GOOD.replace(b"RelatesTo", b"Other"),
        GOOD.replace(b"MetadataVersion", b"Other"),
        GOOD.replace(b'<?xml version="1.0" ?>', b'<!DOCTYPE a [<!ENTITY b "c">]>'),
        match(["http://192.168.1.9/"], to="urn:2"),
    ],
)
def test_other_answers_are_left_out(answer: bytes) -> None:
    assert cameras_in(answer, "192.168.1.9", {"urn:1"}) == []


class Network:
    """A socket on the loopback interface that answers each question with what a test says."""

    def __init__(self, answers: Callable[[str], list[bytes]]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.kinds: list[str] = []
        self._answers = answers
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        address: tuple[str, int] = self.socket.getsockname()
        return address

    def _run(self) -> None:
        while True:
            question, sender = self.socket.recvfrom(2**16)
            if not question:
                return
            probe = parseProbeMessage(parseString(question))
            self.kinds.append(probe.getTypes()[0].getFullname())
            for answer in self._answers(probe.getMessageId()):
                self.socket.sendto(answer, sender)

    def close(self) -> None:
        self.socket.sendto(b"", self.address)
        self._thread.join(PATIENCE)
        self.socket.close()


@pytest.fixture
def network() -> Iterator[Callable[..., Network]]:
    made: list[Network] = []

    def make(answers: Callable[[str], list[bytes]]) -> Network:
        made.append(Network(answers))
        return made[-1]

    yield make
    for each in made:
        each.close()


def hear(network: Network, until: int, **keywords: Any) -> list[FoundCamera]:
    """Search until so many cameras are found."""
    found: list[FoundCamera] = []
    stop = threading.Event()

    def on_found(camera: FoundCamera) -> None:
        found.append(camera)
        if len(found) == until:
            stop.set()

    keywords = {"seconds": PATIENCE, "interfaces": ["127.0.0.1"]} | keywords
    search(on_found, stop, everybody=network.address, **keywords)
    return found


def test_each_camera_is_found_once(network) -> None:
    there = network(
        lambda asked: [
            b"nonsense",
            match(["http://192.168.1.9:80/"], to=asked),
            match(["http://192.168.1.9:80/"], to=asked),
            match(["http://192.168.1.9:81/"], to="urn:of-somebody-else"),
            match(["http://192.168.1.9:82/"], to=asked),
        ]
    )
    found = hear(there, until=2)
    assert [camera.service for camera in found] == ["http://127.0.0.1:80/", "http://127.0.0.1:82/"]
    assert {camera.host for camera in found} == {"127.0.0.1"}
    assert there.kinds[0] == "http://www.onvif.org/ver10/network/wsdl:NetworkVideoTransmitter"


def test_it_is_asked_again_and_in_two_ways(network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ws_discovery, "ASK_AT", (0.0, 0.01))
    questions: list[str] = []

    def answer(asked: str) -> list[bytes]:
        questions.append(asked)
        # The first three messages get lost.
        return [match(["http://192.168.1.9/"], to=asked)] if len(questions) == 4 else []

    there = network(answer)
    assert len(hear(there, until=1)) == 1
    assert [kind.rpartition(":")[2] for kind in there.kinds] == [
        "NetworkVideoTransmitter",
        "Device",
        "NetworkVideoTransmitter",
        "Device",
    ]


def test_it_ends_after_its_time(network) -> None:
    assert hear(network(lambda asked: []), until=1, seconds=0.05) == []


def test_it_ends_when_it_is_stopped(network) -> None:
    stop = threading.Event()
    there = network(lambda asked: stop.set() or [])
    search(print, stop, seconds=100 * PATIENCE, everybody=there.address, interfaces=["127.0.0.1"])
    assert stop.is_set()


def test_no_more_cameras_are_listed_than_people_can_read(
    network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws_discovery, "MOST_CAMERAS", 2)
    many = [match([f"http://192.168.1.9:{port}/"]) for port in range(81, 90)]
    inside = [re.findall(rb"<d:ProbeMatch>.*</d:ProbeMatch>", one, re.DOTALL)[0] for one in many]
    # In one datagram, which is read to its end.
    answer = many[0].replace(inside[0], b"".join(inside))
    there = network(lambda asked: [answer.replace(b"urn:1", asked.encode())])
    assert len(hear(there, until=2)) == 2


def test_without_a_network() -> None:
    with pytest.raises(SourceError, match="not connected to a local network"):
        search(print, threading.Event(), seconds=1, interfaces=[])


def test_what_cannot_be_sent_is_explained() -> None:
    # Broadcasts are refused unless they were asked for.
    with pytest.raises(SourceError, match=r"cannot be sent: .+\. Check the network"):
        search(
            print,
            threading.Event(),
            seconds=1,
            everybody=("255.255.255.255", 9),
            interfaces=["127.0.0.1"],
        )
