"""A network camera made of a clip: it sends 1080p video over loopback, at a camera's pace.

Every picture carries its number in its upper left corner, so that whoever receives it can tell
when it was sent.
"""

from __future__ import annotations

import multiprocessing
import socket
import time
from contextlib import suppress
from fractions import Fraction
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.video.sources.spec import SourceError, SourceSpec, open_source

SIZE = 1920, 1080
RATE = 30
LENGTH = 4 * RATE  # pictures, again and again
BITS = 8
CELL = 16  # pixels
PATIENCE = 30.0  # seconds for the other process to start, and for somebody to connect

# As cameras do: nothing is held back to be compressed better, and one can join every second.
ENCODER = {"preset": "ultrafast", "tune": "zerolatency", "g": str(RATE), "crf": "23"}


def mark(image: NDArray[np.uint8], number: int) -> None:
    """Draw a number below ``2 ** BITS`` into a picture (H x W x 3 uint8)."""
    for place in range(BITS):
        left = place * CELL
        image[:CELL, left : left + CELL] = 255 * (number >> place & 1)


def marked_number(image: NDArray[np.uint8]) -> int:
    """Return the number in a picture, also after lossy compression."""
    cells = image[:CELL, : BITS * CELL].reshape(CELL, BITS, CELL, -1).mean(axis=(0, 2, 3))
    return sum(1 << place for place in range(BITS) if cells[place] > 127)


def write_clip(source: SourceSpec, path: Path) -> None:
    """Write what the camera sends: the first pictures of a source in the camera's size and rate.

    Raises:
        SourceError: The source cannot be read.
    """
    opened = open_source(source)
    pictures: list[NDArray[np.uint8]] = []
    try:
        while len(pictures) < LENGTH and (frame := opened.read()) is not None:
            pictures.append(frame.image)
    finally:
        opened.close()
    if not pictures:
        raise SourceError(f"{source.title} gives no picture.")
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=RATE, options=ENCODER)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(LENGTH):
            # Back and forth, so that the clip can be repeated without a jump.
            place = number % (2 * len(pictures))
            image = pictures[min(place, 2 * len(pictures) - 1 - place)]
            scaled = np.asarray(cv2.resize(image, SIZE), np.uint8)
            mark(scaled, number)
            picture = av.VideoFrame.from_ndarray(scaled, format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


class LoopbackCamera:
    """Sends a clip over and over to one receiver, from a process of its own.

    Attributes:
        address: Where to receive it.
    """

    def __init__(self, clip: Path) -> None:
        """Start it; it waits for its receiver.

        Args:
            clip: Of :func:`write_clip`.

        Raises:
            SourceError: It did not start.
        """
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process: BaseProcess = context.Process(
            target=_serve, args=(str(clip), theirs), daemon=True
        )
        self._process.start()
        theirs.close()
        self._pipe = ours
        self._started: float | None = None
        self.address = f"tcp://127.0.0.1:{self._hear():.0f}"

    def __enter__(self) -> Self:
        """Return the camera."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Switch it off."""
        self._process.kill()
        self._process.join()

    def sent(self, number: int, now: float) -> float:
        """Return when the newest picture with this number was sent before ``now``.

        Both are times on the clock of ``time.perf_counter``, which processes of one machine share.

        Raises:
            SourceError: The camera sends nothing.
        """
        if self._started is None:
            self._started = self._hear()
        rounds = (now - self._started - number / RATE) // (LENGTH / RATE)
        return self._started + number / RATE + rounds * LENGTH / RATE

    def _hear(self) -> float:
        try:
            if self._pipe.poll(PATIENCE):
                return float(self._pipe.recv())
        except (EOFError, OSError):
            pass
        raise SourceError("The camera for measuring did not start.")


def _serve(clip: str, pipe: Connection) -> None:
    with av.open(clip) as container:
        stream = container.streams.video[0]
        packets = [bytes(packet) for packet in container.demux(stream) if packet.size]
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(PATIENCE)
            pipe.send(server.getsockname()[1])
            receiver, _ = server.accept()
        receiver.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with (
            receiver,
            receiver.makefile("wb", buffering=0) as sink,
            suppress(av.error.FFmpegError, OSError),
        ):
            _send(sink, stream, packets, pipe)


def _send(
    sink: socket.SocketIO, template: av.VideoStream, packets: list[bytes], pipe: Connection
) -> None:
    output = av.open(sink, "w", format="mpegts", options={"flush_packets": "1"})
    stream = output.add_stream_from_template(template)
    started = time.perf_counter()
    pipe.send(started)
    number = 0
    while True:
        packet = av.Packet(packets[number % LENGTH])
        packet.stream = stream
        packet.time_base = Fraction(1, RATE)
        packet.pts = packet.dts = number
        packet.is_keyframe = number % RATE == 0
        time.sleep(max(0.0, started + number / RATE - time.perf_counter()))
        output.mux(packet)
        number += 1
