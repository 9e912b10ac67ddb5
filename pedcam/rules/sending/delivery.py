"""One message to one address, through apprise, and what went wrong in words for people.

What apprise and the libraries under it say may contain the address, which is a secret. None of it
is passed on: it is only searched for what is known, and answered in words of our own.
"""

from __future__ import annotations

import json
import logging
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pedcam.rules.sending.message import Message

INSTALL = "Sending needs Apprise. Install it with: pip install apprise keyring paho-mqtt"
CONNECT_TIMEOUT = 10.0  # seconds
ANSWER_TIMEOUT = 30.0  # a large picture takes its time, and whoever gives up early sends it twice
WEBHOOKS = ("json", "jsons")
FORMS = ("form", "forms")
MQTT = ("mqtt", "mqtts")

_HTTP_ERROR = re.compile(r"\berror=(\d{3})\d{0,2}\b")
_RETRIED = (408, 425, 429)
_HTTP = {
    400: "The server could not make sense of the message.",
    401: "The server refused the user name, password or token.",
    403: "The server does not allow this user or token to send there.",
    404: "The server has nothing at this address.",
    413: "The picture is too large for the server.",
    429: "The server takes no more messages for now.",
}
# In this order: the first that is found is what went wrong. True is what trying again cannot help.
_SIGNS = (
    (
        r"\b(53\d|55[01])\b.*b['\"]|SMTPAuthenticationError|not authori[sz]ed",
        "The server refused the user name or password.",
        True,
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|CertificateError",
        "The server's certificate cannot be trusted.",
        False,
    ),
    (
        r"SSLError|SSL Error|\[SSL|WRONG_VERSION_NUMBER",
        "There is no secure connection: the server speaks no TLS.",
        False,
    ),
    (
        r"NameResolutionError|getaddrinfo|Name or service not known|name resolution|nodename nor",
        "There is no server of that name, or no network.",
        False,
    ),
    (
        r"error \(rc=|MQTT message could not be delivered",
        "The broker did not take the message. Are user name and password right?",
        False,
    ),
    (
        r"refused|10061",
        "The server refused the connection. Is it running, and is the port right?",
        False,
    ),
    (
        r"unreachable|No route to host",
        "The server cannot be reached from this network.",
        False,
    ),
    (r"[Tt]imed? ?out|Timeout", "The server did not answer in time.", False),
    (
        r"Connection aborted|reset by peer|RemoteDisconnected",
        "The server broke the connection.",
        False,
    ),
)


@dataclass(frozen=True)
class Problem:
    """Why a message was not accepted.

    Attributes:
        text: A sentence or two, without anything of the address.
        permanent: Whether trying again is unlikely to help.
    """

    text: str
    permanent: bool = False


def deliver(url: str, message: Message, picture: Path | None = None) -> Problem | None:
    """Send a message, with the JPEG file of its picture, and return why it was not accepted.

    May take as long as the timeouts. Webhooks get the fields beside title and text, MQTT gets
    everything but the picture as JSON, all others get text and picture.
    """
    try:
        service = _service(url)
    except _UnusableError as error:
        return Problem(str(error), permanent=True)
    heard = _Heard()
    service.logger = heard.logger
    # Followed, a message becomes a question without content: nothing arrives, and nobody is told.
    service.redirects = False
    service.socket_connect_timeout = CONNECT_TIMEOUT
    service.socket_read_timeout = ANSWER_TIMEOUT
    title, text = _prepare(service, url.partition(":")[0].lower(), message)
    try:
        accepted = service.notify(
            body=text, title=title, body_format="text", attach=_attachment(picture)
        )
    except Exception as error:  # of any of a hundred services; what it says may be the address
        heard.add(f"{type(error).__name__} {error}")
        accepted = False
    return None if accepted else heard.problem()


def try_address(url: str) -> str:
    """Send a test with a small grey picture; return what went wrong, empty for nothing."""
    message = Message(
        "Test from pedcam", "Alerts will arrive here, with a picture.", {"test": True}
    )
    with tempfile.TemporaryDirectory(prefix="pedcam-") as folder:
        picture = Path(folder) / "test.jpg"
        _, encoded = cv2.imencode(".jpg", np.full((64, 64, 3), 128, np.uint8))
        picture.write_bytes(encoded.tobytes())
        problem = deliver(url, message, picture)
    return problem.text if problem is not None else ""


def address_problem(url: str) -> str:
    """Return what is wrong with an address as far as can be told without the network."""
    try:
        _service(url)
    except _UnusableError as error:
        return str(error)
    return ""


class _UnusableError(Exception):
    """An address that nothing can be sent to."""


class _Heard:
    """What a service says while it sends."""

    def __init__(self) -> None:
        heard: list[str] = []

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                heard.append(record.getMessage())

        self._heard = heard
        # In no hierarchy: nothing of it gets into any log.
        self.logger = logging.Logger("pedcam-delivery", logging.DEBUG)
        self.logger.addHandler(Handler())

    def add(self, text: str) -> None:
        self._heard.append(text)

    def problem(self) -> Problem:
        heard = "\n".join(self._heard)
        if code := _HTTP_ERROR.search(heard):
            number = int(code[1])
            default = "The server did not accept the message."
            if 300 <= number < 400:
                default = "The address has moved. Enter the new one."
            elif number >= 500:
                default = "The server has a problem of its own."
            permanent = 300 <= number < 500 and number not in _RETRIED
            return Problem(f"{_HTTP.get(number, default)} (HTTP {number})", permanent)
        for sign, text, permanent in _SIGNS:
            if re.search(sign, heard):
                return Problem(text, permanent)
        return Problem("The message was not accepted.")


@cache
def _apprise() -> Any:
    """Return apprise, kept from writing addresses into logs; ImportError without it."""
    import apprise

    for name in ("apprise", "urllib3"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.setLevel(logging.CRITICAL)
        logger.addHandler(logging.NullHandler())
    return apprise


def _service(url: str) -> Any:
    """Return apprise's service for an address."""
    try:
        apprise = _apprise()
    except ImportError:
        raise _UnusableError(INSTALL) from None
    scheme, separator, rest = url.strip().partition("://")
    if not separator or not rest:
        raise _UnusableError("An address begins with its service: jsons://host/path, ntfy://topic.")
    try:
        asset = apprise.AppriseAsset(app_id="pedcam", app_desc="pedcam", async_mode=False)
        service = apprise.Apprise.instantiate(url.strip(), asset=asset)
        if service is not None:
            return service
        plugins = apprise.manager_plugins.NotificationManager()
        known = scheme.lower() in plugins
        needed = plugins[scheme].requirements.get("packages_required") if known else None
        usable = known and plugins[scheme].enabled
    except Exception:  # of any of a hundred services; what it says may be the address
        known, usable, needed = True, True, None
    if scheme.lower() in ("http", "https"):
        secure = "s" if scheme.lower() == "https" else ""
        raise _UnusableError(f"For a webhook, write json{secure}:// in place of {scheme}://.")
    if not known:
        raise _UnusableError("There is no service for what stands before “://”.")
    if not usable:
        packages = needed if isinstance(needed, str) else ", ".join(needed or ())
        raise _UnusableError(f"This service needs {packages or 'another system'}.")
    raise _UnusableError("Something is missing or mistyped behind “://”.")


def _prepare(service: Any, scheme: str, message: Message) -> tuple[str, str]:
    """Give a service the fields, and return the title and the text for it."""
    if scheme in MQTT:
        document = {"id": message.id, "title": message.title, "message": message.text}
        return "", json.dumps({**document, **message.fields})
    fields = {"id": message.id, **message.fields}
    if scheme in FORMS:
        fields = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in fields.items()
        }
    if scheme in WEBHOOKS + FORMS:
        # What stands in the address goes before.
        service.payload_extras = {**fields, **service.payload_extras}
    return message.title, message.text


def _attachment(picture: Path | None) -> Any:
    if picture is None:
        return None
    attachments: Any = import_module("apprise.attachment.file")
    return attachments.AttachFile(str(picture), name="picture.jpg", mimetype="image/jpeg")
