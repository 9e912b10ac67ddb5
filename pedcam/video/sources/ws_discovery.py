"""WS-Discovery: a question to all of the local network, and the answers of ONVIF cameras.

The messages are wsdiscovery's. Its threads are not used: they listen to everybody, tell nothing of
who sent an answer, and cannot be stopped.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit
from xml.parsers.expat import ExpatError

import psutil
from defusedxml.minidom import parseString  # type: ignore[import-untyped]
from wsdiscovery import QName
from wsdiscovery.actions import constructProbe, createProbeMessage, parseProbeMatchMessage

from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.onvif import FoundCamera, at_host, readable

EVERYBODY = ("239.255.255.250", 3702)
# Older cameras know the first only, some others the second.
TYPES = (
    QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter", "dn"),
    QName("http://www.onvif.org/ver10/device/wsdl", "Device", "tds"),
)
ASK_AT = (0.0, 0.5, 1.5)  # seconds; datagrams get lost
MOST_CAMERAS = 200
LARGEST_DATAGRAM = 2**16
_SCOPE = "onvif://www.onvif.org/"
_STOP_EVERY = 0.1  # seconds


def search(
    on_found: Callable[[FoundCamera], object],
    stop: threading.Event,
    *,
    seconds: float,
    everybody: tuple[str, int] = EVERYBODY,
    interfaces: Sequence[str] | None = None,
) -> None:
    """Ask, and hear answers until the time is over.

    Args:
        on_found: Called with each camera, once.
        stop: Ends the search when set.
        seconds: How long to wait for answers.
        everybody: Host and port that reach the cameras.
        interfaces: Own addresses from which to ask; by default all but loopback.

    Raises:
        SourceError: Nothing can be sent.
    """
    probes = [constructProbe([kind], []) for kind in TYPES]
    messages = [createProbeMessage(probe).encode() for probe in probes]
    asked = {probe.getMessageId() for probe in probes}
    found: set[str] = set()
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        own = _own_addresses() if interfaces is None else interfaces
        sockets = [stack.enter_context(each) for each in map(_socket, own) if each is not None]
        if not sockets:
            raise SourceError(
                "This computer is not connected to a local network. Connect it, and look again."
            )
        for each in sockets:
            selector.register(each, selectors.EVENT_READ)
        begun = time.monotonic()
        times = list(ASK_AT)
        while not stop.is_set() and (passed := time.monotonic() - begun) < seconds:
            if times and passed >= times[0]:
                del times[0]
                _send(sockets, messages, everybody)
            for key, _ in selector.select(min(_STOP_EVERY, seconds - passed)):
                for camera in _receive(key.fileobj, asked):
                    if camera.service not in found and len(found) < MOST_CAMERAS:
                        found.add(camera.service)
                        on_found(camera)


def cameras_in(answer: bytes, host: str, asked: set[str]) -> list[FoundCamera]:
    """Return the cameras that an answer names; none if it is not an answer to ``asked``.

    Args:
        answer: What was received.
        host: Where it came from.
        asked: The identifiers of our questions.
    """
    try:
        envelope = parseProbeMatchMessage(parseString(answer, forbid_dtd=True))
    # What is wrong with a stranger's datagram shows as any of these.
    except (ExpatError, ValueError, LookupError, AttributeError):
        return []
    if envelope.getRelatesTo() not in asked:
        return []
    cameras = []
    for match in envelope.getProbeResolveMatches():
        scopes = [scope.getValue() for scope in match.getScopes()]
        kinds = [kind.getNamespace() for kind in match.getTypes()]
        if any(text.startswith(_SCOPE) for text in scopes) or any(
            text.startswith("http://www.onvif.org/") for text in kinds
        ):
            cameras.append(FoundCamera(host, _service(match.getXAddrs(), host), _name(scopes)))
    return cameras


def _receive(sock: object, asked: set[str]) -> list[FoundCamera]:
    assert isinstance(sock, socket.socket)
    try:
        answer, (host, _) = sock.recvfrom(LARGEST_DATAGRAM)
    except OSError:
        # Windows says here that an earlier message did not arrive.
        return []
    if ip_address(host).is_global:
        return []
    return cameras_in(answer, host, asked)


def _service(addresses: Sequence[str], host: str) -> str:
    """The device service: that at the host if several are named, and always at the host."""
    services = [(address, at_host(address, host)) for address in addresses]
    known = [(address, service) for address, service in services if service is not None]
    for address, service in known:
        if urlsplit(address).hostname == host:
            return service
    return known[0][1] if known else f"http://{host}/onvif/device_service"


def _name(scopes: Sequence[str]) -> str:
    said: dict[str, str] = {}
    for scope in scopes:
        key, _, value = scope.removeprefix(_SCOPE).partition("/")
        if scope.startswith(_SCOPE) and value:
            said.setdefault(key, readable(unquote(value)))
    name, model = said.get("name", ""), said.get("hardware", "")
    return name if model in name else f"{name} {model}".strip()


def _own_addresses() -> list[str]:
    return [
        address.address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family == socket.AF_INET and not ip_address(address.address).is_loopback
    ]


def _socket(address: str) -> socket.socket | None:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        made.bind((address, 0))
    except OSError:
        # An interface that has just gone, or knows no multicast.
        made.close()
        return None
    return made


def _send(
    sockets: Sequence[socket.socket], messages: Sequence[bytes], everybody: tuple[str, int]
) -> None:
    reason, sent = "", False
    for sock in sockets:
        for message in messages:
            try:
                sock.sendto(message, everybody)
                sent = True
            except OSError as error:
                reason = error.strerror or str(error)
    if not sent:
        raise SourceError(
            f"The question for cameras cannot be sent: {reason}. Check the network and the "
            "firewall of this computer."
        )
