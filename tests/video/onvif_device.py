"""A camera that speaks ONVIF on the loopback interface, as well or as badly as a test wants."""

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pedcam.video.sources.onvif import FoundCamera

USER, PASSWORD = "admin", "s3cret/&<"
SENDER_FAULT = """<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode>
<s:Value>ter:{code}</s:Value></s:Subcode></s:Code>
<s:Reason><s:Text xml:lang="en">{reason}</s:Text></s:Reason></s:Fault>"""
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:tds="http://www.onvif.org/ver10/device/wsdl"
 xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"
 xmlns:ter="http://www.onvif.org/ver10/error"><s:Body>{body}</s:Body></s:Envelope>"""
CLOCK = """<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>
<tt:DateTimeType>Manual</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>
<tt:UTCDateTime><tt:Time><tt:Hour>3</tt:Hour><tt:Minute>4</tt:Minute><tt:Second>5</tt:Second>
</tt:Time><tt:Date><tt:Year>2001</tt:Year><tt:Month>2</tt:Month><tt:Day>1</tt:Day></tt:Date>
</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"""
PROFILE = """<trt:Profiles token="{token}" fixed="true"><tt:Name>{name}</tt:Name>
<tt:VideoEncoderConfiguration token="e{token}"><tt:Name>e</tt:Name><tt:UseCount>1</tt:UseCount>
<tt:Encoding>{encoding}</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width>
<tt:Height>{height}</tt:Height></tt:Resolution><tt:Quality>4</tt:Quality>
</tt:VideoEncoderConfiguration></trt:Profiles>"""


@dataclass
class Device:
    """What it answers; tests change that before they ask.

    Attributes:
        port: Where it listens.
        asked: The questions so far.
        users: The user name of each question, empty where it was not signed.
        bodies: Everything that was sent to it.
        authorizations: The headers of that name that were sent to it.
        replies: Other answers, by question: an HTTP status and what follows.
    """

    port: int = 0
    signed: bool = True  # whether questions but that for the time must be signed
    media: str = "http://127.0.0.1:{port}/onvif/media"
    uris: dict[str, str] = field(
        default_factory=lambda: {
            "main": "rtsp://127.0.0.1:554/Streaming/101?profile=main",
            "sub": "rtsp://127.0.0.1:554/Streaming/102",
        }
    )
    replies: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    digest: bool = False  # whether the sign-in is that of HTTP and not of SOAP
    hold: threading.Event | None = None  # what every answer waits for
    asked: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)  # what was asked for by GET

    @property
    def camera(self) -> FoundCamera:
        return FoundCamera("127.0.0.1", f"http://127.0.0.1:{self.port}/any/service", "Gate")

    def answer(self, question: str, body: str) -> tuple[int, bytes]:
        if question in self.replies:
            return self.replies[question]
        if self.signed and question != "GetSystemDateAndTime" and not _is_signed(body):
            fault = SENDER_FAULT.format(code="NotAuthorized", reason="Sender not Authorized")
            return 400, ENVELOPE.format(body=fault).encode()
        return 200, ENVELOPE.format(body=self._say(question, body)).encode()

    def _say(self, question: str, body: str) -> str:
        if question == "GetSystemDateAndTime":
            return CLOCK
        if question == "GetCapabilities":
            address = self.media.format(port=self.port)
            return (
                "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>"
                f"{address}</tt:XAddr><tt:StreamingCapabilities/></tt:Media></tds:Capabilities>"
                "</tds:GetCapabilitiesResponse>"
            )
        if question == "GetDeviceInformation":
            return (
                "<tds:GetDeviceInformationResponse><tds:Manufacturer>Acme</tds:Manufacturer>"
                "<tds:Model>X-1\u202e\n</tds:Model><tds:FirmwareVersion>1</tds:FirmwareVersion>"
                "<tds:SerialNumber>2</tds:SerialNumber><tds:HardwareId>3</tds:HardwareId>"
                "</tds:GetDeviceInformationResponse>"
            )
        if question == "GetProfiles":
            sizes = {"main": (2560, 1440), "sub": (640, 360)}
            profiles = ""
            for token in self.uris:
                width, height = sizes.get(token, (320, 240))
                profiles += PROFILE.format(
                    token=token, name=f"{token} stream", encoding="H264", width=width, height=height
                )
            return f"<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>"
        token = re.findall(r"ProfileToken>([^<]*)<", body)[0]
        uri = self.uris[token].replace("&", "&amp;")
        return (
            f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri>"
            "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
            "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout>"
            "</trt:MediaUri></trt:GetStreamUriResponse>"
        )


def _is_signed(body: str) -> bool:
    """Check the digest as WS-Security's UsernameToken profile says, and the camera's clock."""
    found = {
        key: re.findall(rf":{key}(?: [^<>]*)?>([^<]*)<", body)
        for key in ("Username", "Password", "Nonce", "Created")
    }
    if not all(found.values()):
        return False
    nonce, created = base64.b64decode(found["Nonce"][0]), found["Created"][0]
    digest = hashlib.sha1(nonce + created.encode() + PASSWORD.encode()).digest()
    right = base64.b64decode(found["Password"][0]) == digest
    return right and found["Username"][0] == USER and created.startswith("2001-02-01T03:0")


@contextmanager
def onvif_device() -> Iterator[Device]:
    """A device that listens for as long as it lasts."""
    device = Device()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            question = re.findall(r"Body><\w+:(\w+)", body)[0]
            device.asked.append(question)
            device.bodies.append(body)
            device.users.append("".join(re.findall(r":Username>([^<]*)<", body)))
            if device.hold is not None:
                device.hold.wait(30)
            status, content = device.answer(question, body)
            authorization = self.headers.get("Authorization", "")
            device.authorizations += [authorization] if authorization else []
            if device.digest and not authorization.startswith(f'Digest username="{USER}"'):
                status, content = 401, b""
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                if status == 401:
                    self.send_header(
                        "WWW-Authenticate", 'Digest realm="cam", nonce="n", qop="auth"'
                    )
                if status == 302:
                    self.send_header("Location", content.decode())
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                # Whoever asked has enough of it.
                pass

        def do_GET(self) -> None:
            device.fetched.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    device.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield device
    finally:
        if device.hold is not None:
            device.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
