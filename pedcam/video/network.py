"""Video from other computers and from network cameras."""

from __future__ import annotations

import errno
import socket
from urllib.parse import urlsplit

import av.error

from pedcam.video.decoding import DecodedSource


class UrlSource(DecodedSource):
    """A stream or file on the network: RTSP, HTTP and whatever else FFmpeg speaks.

    It is live if it has no duration.
    """

    def __init__(self, url: str, title: str, *, timeout: float) -> None:
        """Connect and decode the first frame.

        Args:
            url: The address, which may hold a user name and password.
            title: The address without them.
            timeout: Seconds to wait for the connection, and for each frame.

        Raises:
            SourceError: The address cannot be reached or gives no video.
        """
        self._url = url
        # Cameras lose packets over UDP, and firewalls lose all of them.
        options = {"rtsp_flags": "prefer_tcp"} if url.startswith("rtsp") else {}
        super().__init__(url, title, timeout=timeout, options=options, may_be_live=True)

    def _explain(self, error: Exception, waited: float) -> str:
        advice = "Check the address and that the camera is on."
        if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
            reason = "the user name or password was refused"
            advice = "Write them as in rtsp://name:password@host/stream."
        elif isinstance(error, av.error.HTTPNotFoundError):
            reason, advice = "the server knows no such stream", "Check the address."
        elif isinstance(error, av.error.ProtocolNotFoundError):
            reason = f"pedcam does not speak {urlsplit(self._url).scheme}"
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
                advice = "Write / ? # @ in a password as %2F %3F %23 %40."
        else:
            # Never the whole message: FFmpeg puts the address with its password there.
            reason = (getattr(error, "strerror", None) or "unknown error").lower()
        if self._playing:
            return f"Lost {self.title}: {reason}."
        return f"Cannot reach {self.title}: {reason}. {advice}"

    def _timed_out(self, error: Exception, waited: float) -> bool:
        # RTSP reports a time-out as invalid data.
        late = self._timeout is not None and waited >= self._timeout * 0.95
        return late or isinstance(error, av.error.ExitError | av.error.TimeoutError)

    def _name_is_known(self) -> bool:
        host = urlsplit(self._url).hostname
        try:
            return not host or bool(socket.getaddrinfo(host, None))
        except (OSError, UnicodeError):
            return False
