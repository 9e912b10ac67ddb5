"""Questions to one ONVIF camera, by onvif-zeep-async."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
import os
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any
from xml.etree.ElementTree import ParseError

import aiohttp
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]
from lxml.etree import tostring  # type: ignore[import-untyped]

from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.onvif import (
    CameraAnswer,
    CameraStream,
    FoundCamera,
    SignInError,
    at_host,
    readable,
    stream_of,
)

# The package sets up logging for the whole process when it is imported, unless somebody did.
_guard = logging.NullHandler()
logging.getLogger().addHandler(_guard)
try:
    import onvif
    import zeep.exceptions
    from onvif.zeep_aiohttp import AIOHTTPTransport
finally:
    logging.getLogger().removeHandler(_guard)

LARGEST_ANSWER = 2**20  # bytes
MOST_STREAMS = 16
LARGEST_SIDE = 99_999
_STOP_EVERY = 0.1  # seconds
_NOT_ALLOWED = ("NotAuthorized", "FailedAuthentication", "InvalidSecurity")
# What reading a stranger's answer can raise: zeep does not check types.
_NONSENSE = (
    zeep.exceptions.Error,
    onvif.ONVIFError,
    ParseError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def ask(
    camera: FoundCamera, user: str, password: str, stop: threading.Event, *, seconds: float
) -> CameraAnswer | None:
    """See :func:`pedcam.video.sources.onvif.ask_camera`."""
    host = camera.host
    try:
        return asyncio.run(_until(_ask(camera, user, password), stop, seconds))
    except SourceError:
        raise
    except TimeoutError as error:
        raise SourceError(f"{host} did not answer within {seconds:g} s.") from error
    except (aiohttp.ClientError, OSError) as error:
        raise SourceError(
            f"{host} cannot be asked: the connection failed. Check that the camera is on."
        ) from error
    except zeep.exceptions.Fault as error:
        codes = [getattr(code, "localname", "") for code in error.subcodes or ()]
        if any(code in _NOT_ALLOWED for code in codes):
            raise _sign_in_error(host, user) from error
        said = readable(error.message) or "no reason is given"
        raise SourceError(f"{host} refuses to name its streams: {said}.") from error
    except _NONSENSE as error:
        raise SourceError(
            f"{host} answers, but not as an ONVIF camera does. Open it by its address instead."
        ) from error


class _Transport(AIOHTTPTransport):  # type: ignore[misc]
    """Calls one host only, and reads no more than it must."""

    def __init__(self, session: aiohttp.ClientSession, host: str, user: str) -> None:
        super().__init__(session)
        self._host, self._user = host, user

    async def post_xml(self, address: str, envelope: Any, headers: Mapping[str, str]) -> Any:
        async with self.session.post(
            address,
            data=tostring(envelope, encoding="utf-8"),
            headers=headers,
            allow_redirects=False,
        ) as answer:
            if answer.status in (401, 403):
                raise _sign_in_error(self._host, self._user)
            content = b""
            async for chunk in answer.content.iter_chunked(2**16):
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise ValueError("too large")
            # zeep refuses entities only once all is parsed, with the parser's limits lifted.
            fromstring(content, forbid_dtd=True)
            return self._aiohttp_to_requests_response(answer, content)


async def _until(question: Any, stop: threading.Event, seconds: float) -> CameraAnswer | None:
    """Wait for an answer, but not longer than that and not beyond ``stop``."""
    asking = asyncio.ensure_future(question)
    try:
        async with asyncio.timeout(seconds):
            while not asking.done():
                if stop.is_set():
                    return None
                await asyncio.wait({asking}, timeout=_STOP_EVERY)
        answer: CameraAnswer = asking.result()
        return answer
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _ask(camera: FoundCamera, user: str, password: str) -> CameraAnswer:
    host = camera.host
    digest = (aiohttp.DigestAuthMiddleware(user, password),) if user else ()
    async with (
        # Cameras sign their certificates themselves. What is compressed may grow without bounds.
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=False),
            auto_decompress=False,
            headers={"Accept-Encoding": "identity"},
            middlewares=digest,
        ) as session,
        contextlib.AsyncExitStack() as stack,
    ):
        transport = _Transport(session, host, user)

        async def service(name: str, address: str, clock: Any = None) -> Any:
            return await stack.enter_async_context(
                _service(name, address, transport, user, password, clock)
            )

        clock = await _clock(await service("devicemgmt", camera.service))
        device = await service("devicemgmt", camera.service, clock)
        # Without a user name the questions go without a signature.
        prefix = "" if user else "authless_"
        capabilities = await getattr(device, f"{prefix}GetCapabilities")({"Category": ["Media"]})
        about = await getattr(device, f"{prefix}GetDeviceInformation")()
        address = at_host(capabilities.Media.XAddr, host)
        if address is None:
            raise ValueError("no media service")
        media = await service("media", address, clock)
        streams = []
        for profile in (await getattr(media, f"{prefix}GetProfiles")())[:MOST_STREAMS]:
            said = await getattr(media, f"{prefix}GetStreamUri")(
                {
                    "StreamSetup": {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}},
                    "ProfileToken": profile.token,
                }
            )
            if stream := _stream(profile, said.Uri, host):
                streams.append(stream)
    if not streams:
        raise SourceError(f"{host} names no stream that pedcam can play.")
    model = f"{readable(about.Manufacturer)} {readable(about.Model)}".strip()
    return CameraAnswer(model, tuple(streams))


@contextlib.asynccontextmanager
async def _service(
    name: str, address: str, transport: _Transport, user: str, password: str, clock: Any
) -> AsyncIterator[Any]:
    """A service of a camera; not onvif.ONVIFCamera, which guesses where it is."""
    known = onvif.SERVICES[name]
    folder = os.path.join(os.path.dirname(onvif.__file__), "wsdl")
    made = onvif.ONVIFService(
        address,
        user,
        password,
        os.path.join(folder, known["wsdl"]),
        no_cache=True,
        dt_diff=clock,
        binding_name=f"{{{known['ns']}}}{known['binding']}",
    )
    made.transport = transport
    try:
        await made.setup()
        yield made
    finally:
        await made.close()


async def _clock(device: Any) -> datetime.timedelta | None:
    """How far a camera's clock is ahead: a signature has a time, and old ones are refused."""
    try:
        said = await device.authless_GetSystemDateAndTime()
        date, time = said.UTCDateTime.Date, said.UTCDateTime.Time
        there = datetime.datetime(
            date.Year,
            date.Month,
            date.Day,
            time.Hour,
            time.Minute,
            time.Second,
            tzinfo=datetime.UTC,
        )
    except (SignInError, *_NONSENSE):
        return None
    return there - datetime.datetime.now(datetime.UTC)


def _stream(profile: Any, address: Any, host: str) -> CameraStream | None:
    encoder = profile.VideoEncoderConfiguration
    if encoder is None or not isinstance(address, str):
        return None
    size = None
    if encoder.Resolution is not None:
        width, height = encoder.Resolution.Width, encoder.Resolution.Height
        if all(isinstance(side, int) and 0 < side <= LARGEST_SIDE for side in (width, height)):
            size = width, height
    return stream_of(address, host, readable(profile.Name), size, readable(encoder.Encoding))


def _sign_in_error(host: str, user: str) -> SignInError:
    if user:
        return SignInError(f"{host} refuses this user name or password.")
    return SignInError(f"{host} wants a user name and password.")
