"""From what the user types to an open source of frames."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pedcam import bundled
from pedcam.video.cameras import CameraInfo, CameraSource, list_cameras
from pedcam.video.files import FileSource
from pedcam.video.frames import Frame, Seekable, Source, SourceError
from pedcam.video.network import UrlSource

__all__ = [
    "CameraInfo",
    "Frame",
    "Seekable",
    "Source",
    "SourceError",
    "SourceSpec",
    "list_cameras",
    "open_source",
    "parse_source",
]

DEMO_WORD = "demo"
DEFAULT_TIMEOUT = 10.0
LONGEST_CAMERA_INDEX = 4


@dataclass(frozen=True)
class SourceSpec:
    """Where frames come from, not yet opened.

    Attributes:
        kind: What ``value`` is.
        title: What people read; without any password.
        value: A path, a camera's number or a whole address.
    """

    kind: Literal["file", "camera", "url", "demo"]
    title: str
    value: str = field(repr=False)


def parse_source(text: str) -> SourceSpec:
    """Tell what kind of source a text means; nothing is opened.

    ``demo`` is the clip that comes with pedcam, a number (or ``/dev/video0``) a camera, anything
    with ``://`` an address, everything else a file.

    Raises:
        SourceError: The text is empty or an address without a scheme or host.
    """
    text = text.strip()
    if not text:
        raise SourceError("No source is named. Name a video file, a camera's number or an address.")
    if text == DEMO_WORD:
        return SourceSpec("demo", "Demo", text)
    device = re.fullmatch(r"(?:/dev/video)?(\d+)", text, re.ASCII)
    if device and len(device[1]) <= LONGEST_CAMERA_INDEX:
        return SourceSpec("camera", f"Camera {int(device[1])}", str(int(device[1])))
    if text.startswith("file://"):
        text = unquote(urlsplit(text).path)
        if re.match(r"/[A-Za-z]:", text):
            text = text[1:]
    elif "://" in text:
        return SourceSpec("url", public_address(text), text)
    path = Path(text)
    # Names like "~lock.mp4" look like the home of a user who is not there.
    with suppress(RuntimeError):
        path = path.expanduser()
    return SourceSpec("file", path.name or str(path), str(path))


def public_address(url: str) -> str:
    """Return an address without user name, password, query and fragment.

    Nothing but the scheme is left where a password may have been taken for another part.

    Raises:
        SourceError: It is no address at all.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        scheme = url.split("://", 1)[0]
        raise SourceError(f"The {scheme} address is malformed. Check host and port.") from None
    if not parts.scheme or not (parts.hostname or parts.path):
        raise SourceError("The address names no host. Write it like rtsp://192.168.0.10/stream.")
    # A password with one of "/?#" in it ends early: its beginning passes for host and port.
    if "@" in parts.path + parts.query + parts.fragment:
        return f"{parts.scheme}://..."
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}{parts.path}"


def open_source(spec: str | SourceSpec, *, timeout: float = DEFAULT_TIMEOUT) -> Source:
    """Open a source, which can take until the time-out.

    Args:
        spec: The source, or a text for :func:`parse_source`.
        timeout: Seconds to wait for a camera or server, when opening and for each frame.

    Raises:
        SourceError: The source cannot be opened.
    """
    if isinstance(spec, str):
        spec = parse_source(spec)
    if spec.kind == "camera":
        return CameraSource(int(spec.value), timeout=timeout)
    if spec.kind == "url":
        return UrlSource(spec.value, spec.title, timeout=timeout)
    if spec.kind == "demo":
        try:
            return FileSource(bundled.asset("demo.mp4"), spec.title)
        except FileNotFoundError as error:
            raise SourceError(f"The demo cannot be shown: {error}.") from error
    return FileSource(Path(spec.value))
