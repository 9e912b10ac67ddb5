"""Addresses as people may see them, without their secrets."""

from __future__ import annotations

from urllib.parse import urlsplit

from pedcam.video.frames import SourceError

WITHOUT_HOST = ("udp", "tcp", "rtp", "srt")  # where a port alone means to listen


def public_address(url: str) -> str:
    """Return an address without user name, password, query, parameters and fragment.

    Nothing but the scheme is left where a password may have been taken for another part.

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
        raise SourceError(f"The {known} address is malformed. Check host and port.") from None
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
