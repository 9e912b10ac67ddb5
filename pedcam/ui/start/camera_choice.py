"""How a camera chosen from a list is named as a source; knows nothing of Qt."""

from __future__ import annotations

from collections.abc import Sequence

from pedcam.video.sources.camera import CameraInfo


def camera_source(
    camera: CameraInfo,
    cameras: Sequence[CameraInfo],
    size: tuple[int, int] | None = None,
    rate: float | None = None,
) -> str:
    """Return what :func:`pedcam.video.sources.spec.parse_source` takes for a camera.

    Its name, with which it is found again wherever it is plugged in, or its number where the name
    would not be clear.

    Args:
        camera: The one chosen.
        cameras: All that there are.
        size: ``(width, height)`` in pixels to ask for.
        rate: Frames per second to ask for.
    """
    name = camera.name.strip()
    alone = sum(name.casefold() in other.name.casefold() for other in cameras) == 1
    clear = alone and "?" not in name and not name.isdecimal() and name != ""
    return numbered_camera(camera.index, size, rate, name if clear else None)


def numbered_camera(
    index: int,
    size: tuple[int, int] | None = None,
    rate: float | None = None,
    name: str | None = None,
) -> str:
    """Return the source for a camera's number, or its name where one is given."""
    asked = [f"size={size[0]}x{size[1]}"] if size is not None else []
    asked += [f"rate={rate:g}"] if rate is not None else []
    if name is None and not asked:
        return str(index)
    which = str(index) if name is None else name
    return f"camera:{which}" + ("?" + "&".join(asked) if asked else "")
