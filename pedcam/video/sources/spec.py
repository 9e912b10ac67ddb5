"""From what the user types to an open source of frames; addresses without their secrets."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pedcam import bundled
from pedcam.video.sources.camera import CameraInfo, CameraSource, find_camera, list_cameras
from pedcam.video.sources.file import FileSource
from pedcam.video.sources.frame import Source, SourceError
from pedcam.video.sources.image_folder import ImageFolderSource
from pedcam.video.sources.network import PASSWORD_ADVICE, UrlSource, rtsp_transport
from pedcam.video.sources.screen import SCREEN_PREFIX, SCREEN_WORD, ScreenSource, parse_screen

__all__ = [
    "CameraInfo",
    "SourceError",
    "SourceSpec",
    "list_cameras",
    "open_source",
    "parse_source",
    "public_address",
]

# A scheme without its "://" (one letter is a drive), or a name and a password before a host.
_MISTYPED = re.compile(
    r"[a-z][a-z0-9+.-]+:/|(?:rtsps?|https?|rtmps?|udp|tcp|rtp|srt)//|[^/@\s]+:[^@\s]+@",
    re.IGNORECASE,
)
DEMO_WORD = "demo"
DEFAULT_TIMEOUT = 10.0
LONGEST_CAMERA_INDEX = 4
HIGHEST_RATE = 1000.0  # frames per second
CAMERA_PREFIX = "camera:"
CAMERA_EXAMPLE = "Write it like camera:0?size=1280x720&rate=30."
RECORDED_KINDS = ("file", "folder", "demo")  # of which every frame is there to be looked at
LIVE_KINDS = ("camera", "screen")  # which are live whatever they are found to be
WITHOUT_HOST = ("udp", "tcp", "rtp", "srt")  # where a port alone means to listen


@dataclass(frozen=True)
class SourceSpec:
    """Where frames come from, not yet opened."""

    kind: Literal["file", "folder", "camera", "screen", "url", "demo"]
    title: str  # what people read; without any password
    value: str = field(repr=False)  # a path, a camera's number or name, or a whole address
    size: tuple[int, int] | None = None  # (width, height) in pixels to ask a camera for
    rate: float | None = None  # frames per second to ask a camera for


def parse_source(text: str) -> SourceSpec:
    """Tell what kind of source a text means; nothing is opened.

    ``demo`` is the clip that comes with pedcam, a number (or ``/dev/video0``) a camera, anything
    with ``://`` an address, an existing folder its pictures, everything else a file.

    ``camera:`` before a camera's number or a part of its name allows a choice:
    ``camera:Logitech?size=1280x720&rate=30``. The name is looked up when the camera is opened, so
    that it is found again at another number after it was unplugged.

    ``screen`` is the main screen, ``screen:2`` the second, ``screen:all`` all of them and
    ``screen:LEFT,TOP,WIDTH,HEIGHT`` a part.

    Raises:
        SourceError: The text is empty, an address without a scheme or host, names no screen, or
            asks a camera or an RTSP address for something unknown.
    """
    if not _is_there(text):
        text = text.strip()
    if not text:
        raise SourceError("No source is named. Name a video file, a camera's number or an address.")
    if text == "-" and not os.path.lexists(text):
        raise SourceError("pedcam does not read from its standard input. Name a video file.")
    if text == DEMO_WORD:
        return SourceSpec("demo", "Demo", text)
    device = re.fullmatch(r"(?:/dev/video)?(\d+)", text, re.ASCII)
    if device and len(device[1]) <= LONGEST_CAMERA_INDEX:
        return SourceSpec("camera", f"Camera {int(device[1])}", str(int(device[1])))
    if text.startswith(CAMERA_PREFIX):
        return _parse_camera(text.removeprefix(CAMERA_PREFIX))
    if text == SCREEN_WORD or text.startswith(SCREEN_PREFIX):
        address, title = parse_screen(text)
        return SourceSpec("screen", title, address)
    if text[:5].lower() == "file:" and not os.path.lexists(text):
        text = _local_file(text[5:])
    elif "://" in text:
        title = public_address(text)
        rtsp_transport(text)
        return SourceSpec("url", title, text)
    path = Path(text)
    # Names like "~lock.mp4" look like the home of a user who is not there.
    with suppress(RuntimeError):
        path = path.expanduser()
    # Not quoted: a mistyped address may hold a password all the same.
    if _MISTYPED.match(text) and not path.exists():
        raise SourceError(
            "This looks like a mistyped address. Write it like rtsp://name:password@host/stream."
        )
    return path_source(path)


def path_source(path: Path) -> SourceSpec:
    """Return the folder or file that a path means, whatever its name looks like."""
    return SourceSpec("folder" if _is_folder(path) else "file", path.name or str(path), str(path))


def open_source(spec: str | SourceSpec, *, timeout: float = DEFAULT_TIMEOUT) -> Source:
    """Open a source or the text of one, which can take until the time-out.

    ``timeout`` is how many seconds to wait for a camera or server, when opening and for each frame.

    Raises:
        SourceError: The source cannot be opened.
    """
    if isinstance(spec, str):
        spec = parse_source(spec)
    if spec.kind == "camera":
        index = find_camera(spec.value)
        return CameraSource(index, spec.size, spec.rate, title=spec.title, timeout=timeout)
    if spec.kind == "screen":
        return ScreenSource(spec.value, spec.title)
    if spec.kind == "url":
        return UrlSource(spec.value, spec.title, timeout=timeout)
    if spec.kind == "demo":
        try:
            return FileSource(bundled.asset("demo.mp4"), spec.title)
        except FileNotFoundError as error:
            raise SourceError(f"The demo cannot be shown: {error}.") from error
    if spec.kind == "folder":
        return ImageFolderSource(Path(spec.value))
    return FileSource(Path(spec.value))


def public_address(url: str) -> str:
    """Return an address without user name, password, query, parameters and fragment.

    Only the scheme is left where a password may have been taken for another part.

    Raises:
        SourceError: It is no address at all.
    """
    scheme = url.split("://", 1)[0].lower()
    # What stands before may itself be a part of a mistyped address with a password.
    known = scheme if scheme.isalnum() else "stream's"
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        advice = "Check host and port."
        # What stands before the last @ is a password, with a character in it that ends it early.
        if re.search(r"[/?#\[\]].*@", url.partition("://")[2]):
            advice = PASSWORD_ADVICE
        raise SourceError(f"The {known} address is malformed. {advice}") from None
    listens = parts.scheme in WITHOUT_HOST and port
    if not parts.scheme or not (parts.hostname or parts.path or listens):
        raise SourceError("The address names no host. Write it like rtsp://192.168.0.10/stream.")
    # A password with one of "/?#" in it ends early: its beginning passes for host and port.
    if "@" in parts.path + parts.query + parts.fragment:
        return f"{parts.scheme}://..."
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    # Some cameras want the password there: /user=admin_password=1234_channel=1.sdp
    path = "/".join("..." if "=" in part else part for part in parts.path.split("/"))
    return f"{parts.scheme}://{host}{port}{path}"


def _parse_camera(text: str) -> SourceSpec:
    name, _, asked = text.partition("?")
    name = name.strip()
    if not name:
        raise SourceError(f"No camera is named. {CAMERA_EXAMPLE}")
    if re.fullmatch(r"\d{1,4}", name, re.ASCII):
        name = str(int(name))
    size = rate = None
    for key, value in parse_qsl(asked, keep_blank_values=True):
        sides = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", value, re.ASCII)
        number = re.fullmatch(r"\d{1,4}(\.\d{1,3})?", value, re.ASCII)
        if key == "size" and sides:
            size = int(sides[1]), int(sides[2])
        elif key == "rate" and number and 0 < float(value) <= HIGHEST_RATE:
            rate = float(value)
        else:
            raise SourceError(f"A camera cannot be asked for '{key}={value}'. {CAMERA_EXAMPLE}")
    return SourceSpec("camera", f"Camera {name}", name, size, rate)


def _local_file(address: str) -> str:
    """Return the path of an address without its ``file:``, in any of the forms in use."""
    if address.startswith("//"):
        host, slash, path = address[2:].partition("/")
        if host.lower() not in ("", "localhost", "127.0.0.1"):
            raise SourceError(
                f"The file is on another computer, {host}. Name it as this computer sees it."
            )
        address = slash + path
    # file:///C:/walk.mp4
    if re.match(r"/[A-Za-z]:", address):
        address = address[1:]
    # Whoever typed it may have left a "%" as it is.
    return address if os.path.lexists(address) else unquote(address)


def _is_there(text: str) -> bool:
    """Whether a file has this very name, which may begin or end with spaces."""
    try:
        return text != text.strip() and os.path.lexists(text)
    except ValueError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
