"""Frames, people, results, presets and clips for tests: one place that knows how they are made."""

import functools
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.detect.presets import CalibratedSize, Preset, PresetInfo
from pedcam.measure.accuracy.matching import ImageResult
from pedcam.video.people.counts import Counts
from pedcam.video.sources.frame import Frame
from pedcam.video.stream.results import Result

Box = tuple[float, ...]
"""Left, top, right and bottom in pixels."""

RATE = 25
BITS = 16
WIDTH, HEIGHT = 128, 64


def gray(size: tuple[int, int] = (64, 48), level: int = 90) -> NDArray[np.uint8]:
    """A picture of one gray; ``size`` is its width and height."""
    return np.full((size[1], size[0], 3), level, np.uint8)


def numbered_image(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """A picture that holds a number as two rows of eight black or white fields."""
    bits = [(number >> place) & 1 for place in range(BITS)]
    fields = np.array(bits, np.uint8).reshape(2, 8) * 255
    tall = np.repeat(np.repeat(fields, height // 2, axis=0), width // 8, axis=1)
    image = np.zeros((height, width, 3), np.uint8)
    image[: tall.shape[0], : tall.shape[1]] = tall[:, :, None]
    return image


def number_in(image: NDArray[np.uint8]) -> int:
    """The number that a picture holds, also after lossy compression."""
    height, width = image.shape[0] // 2, image.shape[1] // 8
    fields = image[: 2 * height, : 8 * width].reshape(2, height, 8, width, -1)
    bits = (fields.mean(axis=(1, 3, 4)) > 127).ravel()
    return sum(int(bit) << place for place, bit in enumerate(bits))


def make_frame(
    index: int = 0,
    time: float | None = None,
    *,
    image: NDArray[np.uint8] | None = None,
    size: tuple[int, int] = (64, 48),
    captured: float = 0.0,
    segment: int = 0,
) -> Frame:
    """A frame of a source with 25 frames per second, gray by default."""
    return Frame(
        gray(size) if image is None else image,
        index,
        index / RATE if time is None else time,
        captured,
        segment=segment,
    )


def make_detections(
    *boxes: Box,
    scores: float | Sequence[float] = 0.9,
    identities: Sequence[int] | None = None,
) -> sv.Detections:
    """People, as a detector gives them."""
    return sv.Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        confidence=np.broadcast_to(np.array(scores, np.float32), len(boxes)).copy(),
        class_id=np.zeros(len(boxes), np.int64),
        tracker_id=None if identities is None else np.array(identities, int),
    )


def people(count: int) -> sv.Detections:
    """So many people side by side, the surest first."""
    boxes = [(8 * number, 4, 8 * number + 6, 20) for number in range(count)]
    return make_detections(*boxes, scores=np.linspace(0.9, 0.5, count).tolist())


def make_result(
    index: int = 0,
    found: sv.Detections | None = None,
    *,
    frame: Frame | None = None,
    time: float | None = None,
    image: NDArray[np.uint8] | None = None,
    size: tuple[int, int] = (64, 48),
    captured: float = 0.0,
    segment: int = 0,
    preset: str = "half",
    detect_ms: float = 1.0,
    latency_ms: float = 1.0,
    dropped: int = 0,
    counts: Counts | None = None,
) -> Result:
    """What a stream says of a frame, which is made with these settings unless one is given."""
    if frame is None:
        frame = make_frame(index, time, image=image, size=size, captured=captured, segment=segment)
    found = sv.Detections.empty() if found is None else found
    return Result(frame, found, preset, detect_ms, latency_ms, dropped, counts)


def image_result(
    found: Sequence[Box],
    scores: Sequence[float],
    truths: Sequence[Box],
    ignored: Sequence[bool] | None = None,
    visibility: Sequence[float] | None = None,
) -> ImageResult:
    """What was found in a picture, and who is in it; nobody is ignored by default."""
    return ImageResult(
        np.array(found, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        np.array(truths, np.float32).reshape(-1, 4),
        np.array(ignored or [False] * len(truths), bool),
        None if visibility is None else np.array(visibility, np.float32),
    )


def fake_preset(
    name: str,
    depth: int = 0,
    threshold: float = 0.5,
    file_bytes: int = 1_234_567,
    *,
    sizes: Mapping[tuple[int, int], float | None] | None = None,
    found: float | None = None,
) -> Preset:
    """A preset of a network with 28 layers that can be binarized, of which there is no file.

    Its input is 64x64; ``sizes`` are further ones with the share of people found there, and
    ``found`` is that share at 64x64. Thresholds are higher by 0.1 there.
    """
    info = PresetInfo(
        name=name,
        title=f"Title of {name}",
        depth=depth,
        depth_limit=28,
        layers=(),
        input_size=(64, 64),
        score_threshold=threshold,
        ratio_codes=1.0,
        ratio_file=1.0,
        evaluation=_evaluation(found),
        sizes=tuple(
            CalibratedSize(size, threshold + 0.1, _evaluation(share))
            for size, share in (sizes or {}).items()
        ),
    )
    return Preset(Path(f"/presets/{name}.onnx"), file_bytes, info)


def _evaluation(found: float | None) -> tuple[dict[str, object], ...]:
    return () if found is None else ({"data": "street", "images": 100, "found": found},)


def write_video(
    path: Path,
    images: Iterable[NDArray[np.uint8]],
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    array: str = "bgr24",
    times: Sequence[float] | None = None,
    time_base: Fraction = Fraction(1, 1000),
    aspect: Fraction | None = None,
    bit_rate: int | None = None,
    options: Mapping[str, str] | None = None,
    container_options: Mapping[str, str] | None = None,
) -> Path:
    """Encode pictures.

    Args:
        path: The file; its suffix says which container.
        images: Arrays in the format ``array``, all of one size.
        codec: Name of the encoder.
        pixels: What it encodes them as.
        array: Format of the arrays.
        times: Seconds at which each is shown; 25 per second by default.
        time_base: Unit of the times, where there are any.
        aspect: Width of a pixel divided by its height.
        bit_rate: Bits per second, the encoder's choice by default.
        options: For the encoder; x264 is quick where there are none.
        container_options: For the container.
    """
    if options is None:
        options = {"preset": "ultrafast"} if codec == "libx264" else {}
    with av.open(str(path), "w", options=dict(container_options or {})) as container:
        stream = None
        for number, image in enumerate(images):
            if stream is None:
                stream = container.add_stream(codec, rate=RATE, options=dict(options))
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = pixels
                if times is not None:
                    stream.codec_context.time_base = time_base
                if aspect is not None:
                    stream.codec_context.sample_aspect_ratio = aspect
                if bit_rate is not None:
                    stream.bit_rate = bit_rate
            picture = av.VideoFrame.from_ndarray(image, format=array)
            if times is not None:
                picture.pts, picture.time_base = round(times[number] / time_base), time_base
            container.mux(stream.encode(picture))
        assert stream is not None, "a clip has pictures"
        container.mux(stream.encode(None))
    return path


def write_clip(
    path: Path,
    times: Sequence[float],
    *,
    time_base: Fraction = Fraction(1, 1000),
    size: tuple[int, int] = (WIDTH, HEIGHT),
    keyframe_every: int = 12,
    container_options: Mapping[str, str] | None = None,
) -> Path:
    """Write an H.264 clip with one numbered picture at each time."""
    path.write_bytes(
        _encoded_clip(
            path.suffix,
            tuple(times),
            time_base,
            size,
            keyframe_every,
            tuple((container_options or {}).items()),
        )
    )
    return path


@functools.cache
def _encoded_clip(
    suffix: str,
    times: tuple[float, ...],
    time_base: Fraction,
    size: tuple[int, int],
    keyframe_every: int,
    container_options: tuple[tuple[str, str], ...],
) -> bytes:
    """Encode a clip once for all the tests of this process that want the same."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_video(
            Path(folder) / f"clip{suffix}",
            (numbered_image(number, *size) for number in range(len(times))),
            times=times,
            time_base=time_base,
            options={"preset": "ultrafast", "g": str(keyframe_every), "bf": "0"},
            container_options=dict(container_options),
        )
        return path.read_bytes()
