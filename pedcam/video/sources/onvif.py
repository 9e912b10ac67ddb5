"""ONVIF cameras of the local network: finding them, and asking one for its streams.

Nothing here begins by itself. Needs the extra ``onvif``. Everything that a camera says
is a stranger's word: it is bounded, its XML may declare nothing, and only the host that answered is
ever called.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from pedcam.video.sources.frame import SourceError

SEARCH_TIME = 4.0  # seconds; cameras answer within one, but messages get lost
ANSWER_TIME = 20.0  # seconds for all questions to a camera together
LONGEST_ADDRESS = 2048
_LONGEST_NAME = 80
_INSTALL = (
    "Finding network cameras needs packages that are not installed. Install them with "
    "pip install onvif-zeep-async wsdiscovery, or open the camera by its address."
)


class SignInError(SourceError):
    """The camera wants a user name and password, or others than these."""


@dataclass(frozen=True)
class FoundCamera:
    """A camera that answered a search."""

    host: str  # where the answer came from
    service: str  # address of its device service, which is at that host whatever the answer says
    name: str  # what it calls itself; may be empty


@dataclass(frozen=True)
class CameraStream:
    """One of the streams of a camera, mostly the same picture in another size."""

    name: str  # what the camera calls it; may be empty
    size: tuple[int, int] | None  # (width, height) in pixels
    encoding: str  # such as H264; may be empty
    address: str = field(repr=False)  # some cameras put a password of their own into it
    elsewhere: bool = False  # whether it is at another host than the camera, which may be a trap


@dataclass(frozen=True)
class CameraAnswer:
    """What a camera says of itself."""

    model: str  # maker and model; may be empty
    streams: tuple[CameraStream, ...]  # at least one


def find_cameras(
    on_found: Callable[[FoundCamera], object],
    stop: threading.Event,
    *,
    seconds: float = SEARCH_TIME,
) -> None:
    """Ask all of the local network for cameras; returns after some seconds, or soon after ``stop``.

    Args:
        on_found: Called on this thread with each camera, once.
        stop: Ends the search when set.
        seconds: How long to wait for answers.

    Raises:
        SourceError: The packages are missing, or nothing can be sent.
    """
    try:
        from pedcam.video.sources import ws_discovery
    except ImportError as error:
        raise SourceError(_INSTALL) from error
    ws_discovery.search(on_found, stop, seconds=seconds)


def ask_camera(
    camera: FoundCamera,
    user: str,
    password: str,
    stop: threading.Event,
    *,
    seconds: float = ANSWER_TIME,
) -> CameraAnswer | None:
    """Ask a camera for its streams; ``None`` if that was stopped.

    Args:
        camera: Whom to ask.
        user: Empty where the camera asks for none.
        password: Only digests of it are sent.
        stop: Ends the questions when set.
        seconds: How long to wait for all answers together.

    Raises:
        SignInError: The user name or password is missing or wrong.
        SourceError: The packages are missing, or the camera does not answer as it should.
    """
    try:
        from pedcam.video.sources import onvif_client
    except ImportError as error:
        raise SourceError(_INSTALL) from error
    return onvif_client.ask(camera, user, password, stop, seconds=seconds)


def at_host(address: str, host: str) -> str | None:
    """Return an HTTP address as one of that host, without user, query and fragment.

    ``None`` if it is no such address.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or len(address) > LONGEST_ADDRESS:
        return None
    return urlunsplit((parts.scheme, _location(host, port), parts.path or "/", "", ""))


def stream_of(
    address: str, host: str, name: str, size: tuple[int, int] | None, encoding: str
) -> CameraStream | None:
    """Return a stream as a camera at ``host`` names it, ``None`` if it has no address to play.

    An address that means no host in particular, or the computer that reads it, is at the camera.
    """
    try:
        parts = urlsplit(address.strip())
        named, port = parts.hostname, parts.port
    except ValueError:
        return None
    playable = parts.scheme in ("rtsp", "rtsps", "http", "https")
    if not playable or not named or len(address) > LONGEST_ADDRESS or not address.isprintable():
        return None
    location = parts.netloc
    if _is_nowhere(named):
        location, named = parts.netloc.rpartition("@")[0], host
        location = f"{location}@{_location(host, port)}" if location else _location(host, port)
    # What pedcam itself writes into a fragment is not for a camera to choose.
    whole = urlunsplit((parts.scheme, location, parts.path, parts.query, "")).replace(" ", "%20")
    return CameraStream(name, size, encoding, whole, elsewhere=named != host)


def readable(text: object) -> str:
    """Return what a camera says as one short line, safe to show."""
    if not isinstance(text, str):
        return ""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


def _location(host: str, port: int | None) -> str:
    host = f"[{host}]" if ":" in host else host
    return host if port is None else f"{host}:{port}"


def _is_nowhere(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified
