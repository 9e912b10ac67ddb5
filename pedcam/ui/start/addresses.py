"""Whether a text is the address of a stream, and what is wrong with it."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from pedcam.video.sources.network import PROTOCOLS
from pedcam.video.sources.spec import WITHOUT_HOST, SourceError, parse_source

LONGEST = 4096


def problem(address: str) -> str:
    """Say what keeps a text from being a stream's address; empty if nothing does."""
    address = address.strip()
    scheme, separator, rest = address.partition("://")
    if not separator or scheme.lower() not in PROTOCOLS:
        return "An address begins with rtsp://, http://, https:// or another of its kind."
    if len(address) > LONGEST:
        return "This address is too long."
    if re.search(r"\s", address):
        return "An address has no spaces. Write %20 where one is meant."
    no_host = f"The host is missing after “{scheme}://”."
    no_port = f"The port is missing, as in “{scheme}://@:5000”."
    if not rest:
        return no_port if scheme.lower() in WITHOUT_HOST else no_host
    try:
        # Nothing is looked for on disk, as there is a scheme.
        parse_source(address)
        parts = urlsplit(address)
        port = parts.port
    except (SourceError, ValueError) as error:
        if "@" in rest:
            return "Check host and port, and write / ? # @ : in a password as %2F %3F %23 %40 %3A."
        return str(error)
    if scheme.lower() in WITHOUT_HOST:
        return "" if port else no_port
    return "" if parts.hostname else no_host


def with_sign_in(address: str, user: str, password: str) -> str:
    """Return an address with a user name and password in it, escaped."""
    scheme, _, rest = address.partition("://")
    sign_in = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return f"{scheme}://{sign_in}@{rest}"


def has_sign_in(address: str) -> bool:
    """Whether an address names a user already."""
    return "@" in address.partition("://")[2]
