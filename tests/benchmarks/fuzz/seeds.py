"""The sound files that are then damaged: small clips in many formats, small and shipped presets."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from pedcam import bundled
from tests.factories import numbered_image

FRAMES = 24
SIZE = 128, 64
# Bit exact: without random numbers and dates, so that a seed gives the same damage every time.
EXACT = {"fflags": "+bitexact"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}
# File name: encoder, pixel format, encoder's options, container's options.
CLIPS: dict[str, tuple[str, str, dict[str, str], dict[str, str]]] = {
    "h264.mp4": ("libx264", "yuv420p", {"g": "8", "threads": "1"}, {}),
    "fragmented.mp4": ("libx264", "yuv420p", {"g": "8", "bf": "0", "threads": "1"}, FRAGMENTED),
    "h264.mkv": ("libx264", "yuv420p", {"g": "8", "threads": "1"}, {}),
    "h264.ts": ("libx264", "yuv420p", {"g": "8", "threads": "1"}, {}),
    "h264.flv": ("libx264", "yuv420p", {"g": "8", "threads": "1"}, {}),
    "hevc.mp4": ("libx265", "yuv420p", {"x265-params": "log-level=none:pools=none:keyint=8"}, {}),
    "mjpeg.avi": ("mjpeg", "yuvj420p", {}, {}),
    "mpeg4.avi": ("mpeg4", "yuv420p", {"g": "8"}, {}),
    "mpeg2.mpg": ("mpeg2video", "yuv420p", {"g": "8"}, {}),
    "ffv1.mkv": ("ffv1", "gray16le", {}, {}),
    "picture.gif": ("gif", "rgb8", {}, {}),
    "vp8.webm": ("libvpx", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}, {}),
    "vp9.webm": ("libvpx-vp9", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}, {}),
}
PRESET_DEPTHS = (0, 3, 12, 24)
SHIPPED = "pedestrian-28.onnx"


def clips(folder: Path) -> dict[str, bytes]:
    """Small clips by name, in every format that this FFmpeg can write."""
    made = {}
    for name, (encoder, pixels, options, container_options) in CLIPS.items():
        if encoder in av.codecs_available:
            path = folder / name
            _write(path, encoder, pixels, options, container_options)
            made[name] = path.read_bytes()
    return made


def presets(folder: Path) -> dict[str, bytes]:
    """Presets by name: small ones of several depths, and a shipped one."""
    # Brings torch, which takes seconds and clips can do without.
    from tests.nets import small_preset

    made = {}
    for depth in PRESET_DEPTHS:
        name = f"small-{depth:02}.onnx"
        made[name] = small_preset(folder, depth, Path(name).stem).path.read_bytes()
    made[SHIPPED] = (bundled.models_folder() / SHIPPED).read_bytes()
    return made


def _write(
    path: Path,
    encoder: str,
    pixels: str,
    options: dict[str, str],
    container_options: dict[str, str],
) -> None:
    with av.open(str(path), "w", options=EXACT | container_options) as container:
        stream = container.add_stream(encoder, rate=25, options={"flags": "+bitexact", **options})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = SIZE
        stream.pix_fmt = pixels
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(numbered_image(number, *SIZE), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


MAKERS: dict[str, Callable[[Path], dict[str, bytes]]] = {"clips": clips, "presets": presets}
