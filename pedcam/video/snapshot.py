"""Single pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.video.outputs import OutputError, PartialFile, write_error

SNAPSHOT_SUFFIX = ".png"


def save_snapshot(path: Path, image: NDArray[np.uint8], *, overwrite: bool = False) -> None:
    """Save a picture as PNG, every pixel as it is; the file is complete or not there at all.

    Args:
        path: The file, with the suffix ``.png``.
        image: H x W x 3 uint8, BGR.
        overwrite: Whether an existing file may be replaced.

    Raises:
        OutputError: It cannot be written.
    """
    if path.suffix.lower() != SNAPSHOT_SUFFIX:
        raise OutputError(f"{path} cannot be written: give it the suffix {SNAPSHOT_SUFFIX}.")
    output = PartialFile(path, overwrite=overwrite)
    try:
        encoded = cv2.imencode(SNAPSHOT_SUFFIX, image)[1]
        output.partial.write_bytes(encoded.tobytes())
    except (OSError, cv2.error) as error:
        output.drop()
        raise write_error(path, error) from error
    output.keep()
