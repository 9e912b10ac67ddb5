"""Video from other computers and from network cameras."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import av
import av.error
from av.container import InputContainer

from pedcam.video.sources.decoder import DecodedSource
from pedcam.video.sources.frame import SourceError

_HTTP = "http,https,httpproxy,tls,tcp,crypto"
# What each kind of address may lead to: what a stranger's playlist names is opened by this
# computer, from inside this network.
PROTOCOLS = {
    "http": _HTTP,
    "https": _HTTP,
    "rtsp": "rtsp,rtp,tcp,udp",
    "rtsps": "rtsp,rtsps,rtp,srtp,tls,tcp,udp",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,tls,tcp",
    "rtmpt": "rtmpt,ffrtmphttp,http,tcp",
    "mmsh": "mmsh,tcp",
    "ftp": "ftp,tcp",
    "udp": "udp",
    "tcp": "tcp",
    "rtp": "rtp,udp",
    "srt": "srt",
}
TRANSPORTS = ("tcp", "udp")
FILE_SCHEMES = ("http", "https", "ftp")
# Cameras make a size up, and lists have one that is not the video's.
SIZELESS_FORMATS = ("mpjpeg", "hls", "dash")
# Also sent without end, by servers that close the connection properly.
ENDLESS_FORMATS = (*SIZELESS_FORMATS, "mpegts", "flv")
PASSWORD_ADVICE = "Write / ? # @ [ ] in a password as %2F %3F %23 %40 %5B %5D."
LONGEST_LOOK = 0.5  # seconds of a stream to look at for what it holds; silent sound costs all of it


class UrlSource(DecodedSource):
    """A stream or file on the network: RTSP, HTTP, HLS, MPEG-TS over UDP or TCP, and others.

    It is live if it has no duration and no end: neither a known size nor, when it is over, a server
    that says so.
    """

    def __init__(self, url: str, title: str, *, timeout: float) -> None:
        """Connect and decode the first frame, or raise SourceError.

        Args:
            url: The address, which may hold a user name and password. The fragment is for us:
                ``#transport=udp`` or ``tcp`` says how RTSP brings the pictures.
            title: The address without them.
            timeout: Seconds to wait until the first frame is there, and for each of the others.
        """
        scheme, rest = url.split("://", 1)
        self._scheme = scheme.lower()
        if self._scheme not in PROTOCOLS:
            raise SourceError(
                f"Cannot reach {title}: pedcam does not speak {self._scheme}. "
                "Use an rtsp, http or https address."
            )
        transport = rtsp_transport(url)
        # FFmpeg knows its protocols in small letters only, and would send the fragment.
        self._url = f"{self._scheme}://{_without_fragment(rest)}"
        super().__init__(
            self._url,
            title,
            timeout=timeout,
            options=_options(self._scheme, transport, timeout),
        )

    def _connect(self, options: dict[str, str], timeout: Any) -> InputContainer:
        self._sized = self._ends = False
        try:
            container = super()._connect(options, timeout)
            name = container.format.name
            if name != "mpjpeg" or _has_pictures(container):
                if self._scheme in FILE_SCHEMES:
                    self._sized = name not in SIZELESS_FORMATS and container.size > 0
                    self._ends = name not in ENDLESS_FORMATS
                return container
            container.close()
            raise av.error.InvalidDataError(0, "no picture of the parts can be read")
        except av.error.InvalidDataError:
            if not self._scheme.startswith("http"):
                raise
            # Cheap cameras leave out the first boundary or call their pictures image/jpg, which the
            # reader of parts refuses; this one takes JPEG pictures whatever stands between them.
            with suppress(av.error.FFmpegError, OSError):
                container = av.open(
                    self._location, mode="r", format="mjpeg", options=options, timeout=timeout
                )
                if _has_pictures(container):
                    return container
                container.close()
            raise

    def _has_end(self) -> bool:
        return self._sized

    def _next(self, timeout: float | None = None) -> av.VideoFrame | None:
        picture = super()._next(timeout)
        if picture is None and self._ends and not self._reader.interrupted:
            # FFmpeg reports a connection that is cut as an error, and only a server's word as end.
            self.live = False
        return picture

    def _explain(self, error: Exception, waited: float) -> str:
        advice = "Check the address and that the camera is on."
        if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
            reason = "the user name or password was refused"
            advice = f"Write them as in {self._scheme}://name:password@host/stream."
        elif isinstance(error, av.error.HTTPNotFoundError):
            reason, advice = "the server knows no such stream", "Check the address."
        elif isinstance(error, av.error.ProtocolNotFoundError):
            reason = f"pedcam does not speak {self._scheme}"
            advice = "Use an rtsp, http or https address."
        elif self._timed_out(error, waited):
            reason = f"no answer within {self._timeout:g} s"
        elif isinstance(error, ConnectionRefusedError):
            reason = "connection refused"
        elif isinstance(error, av.error.InvalidDataError):
            return f"{self.title} answers, but not with a video that pedcam can read. {advice}"
        elif self._playing and getattr(error, "errno", None) == errno.EIO:
            # What FFmpeg says of a connection that the other side closed.
            reason = "the connection was closed"
        elif not self._name_is_known():
            host = urlsplit(self._url).hostname or ""
            if host in self.title:
                reason = f"no computer is known as {host}"
            else:
                # The title hides it, as it may be a part of the password.
                reason = "no computer has this name"
        elif getattr(error, "errno", None) == errno.EIO and self._scheme.startswith("http"):
            reason = "the server closed the connection, or redirects in a circle"
        else:
            # Never the whole message: FFmpeg puts the address with its password there.
            reason = (getattr(error, "strerror", None) or "unknown error").lower()
        if self.title.endswith("://..."):
            advice = PASSWORD_ADVICE
        if self._playing:
            return f"Lost {self.title}: {reason}."
        return f"Cannot reach {self.title}: {reason}. {advice}"

    def _timed_out(self, error: Exception, waited: float) -> bool:
        # RTSP reports a time-out as invalid data.
        late = self._timeout is not None and waited >= self._timeout * 0.95
        return late or isinstance(error, av.error.ExitError | av.error.TimeoutError)

    def _name_is_known(self) -> bool:
        try:
            host = urlsplit(self._url).hostname
            return not host or bool(socket.getaddrinfo(host, None))
        except (OSError, UnicodeError, ValueError):
            return False


def rtsp_transport(url: str) -> str | None:
    """Return the transport in an RTSP address's fragment; SourceError for an unknown one."""
    scheme, _, rest = url.partition("://")
    fragment = rest.partition("#")[2]
    if not scheme.lower().startswith("rtsp") or "@" in fragment:
        return None
    transport = dict(parse_qsl(fragment)).get("transport")
    if transport is not None and transport not in TRANSPORTS:
        raise SourceError("The transport of an RTSP address is tcp or udp: '#transport=udp'.")
    return transport


def _has_pictures(container: InputContainer) -> bool:
    return any(stream.codec_context.width for stream in container.streams.video)


def _without_fragment(rest: str) -> str:
    before, _, fragment = rest.partition("#")
    # A password with "#" in it; FFmpeg finds no host there, which leads to the advice to escape it.
    return rest if "@" in fragment else before


def _options(scheme: str, transport: str | None, timeout: float) -> dict[str, str]:
    look = min(LONGEST_LOOK, timeout / 4)
    options = {
        "protocol_whitelist": PROTOCOLS[scheme],
        "analyzeduration": str(round(look * av.time_base)),
    }
    if scheme.startswith("rtsp"):
        # Cameras lose packets over UDP, and firewalls lose all of them.
        prefer = {"rtsp_flags": "prefer_tcp"}
        options |= {"rtsp_transport": transport} if transport else prefer
    if scheme == "udp":
        # Pictures that came too fast are lost, which is no reason to end the stream.
        options["overrun_nonfatal"] = "1"
    return options
