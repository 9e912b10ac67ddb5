"""Single pictures, and names for files that nobody has named."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.video.output.partial_file import OutputError, PartialFile, write_error
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import public_address

SNAPSHOT_SUFFIX = ".png"
LONGEST_TITLE = 40  # characters of a title, and of a rule
LONGEST_WORDS = 100  # bytes of either; file systems allow 255 for the whole name
NO_TITLE = "recording"


def save_snapshot(path: Path, image: NDArray[np.uint8], *, overwrite: bool = False) -> None:
    """Save a picture, H x W x 3 uint8 BGR, as PNG; the file is complete or not there at all.

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


def recording_name(title: str, when: datetime, rule: str = "") -> str:
    """Return a name such as ``Camera-0_2026-03-01_09-05-00``, without suffix.

    It has letters, digits, ``-`` and ``_`` only, which every file system takes; of an address
    neither password nor query get in. The name of a rule stands before the time.
    """
    words = [_words(title) or NO_TITLE, _words(rule), f"{when:%Y-%m-%d_%H-%M-%S}"]
    return "_".join(filter(None, words))


def _words(title: str) -> str:
    if "://" in title:
        try:
            title = public_address(title)
        except SourceError:
            title = NO_TITLE
    # Whatever stands before an @ may be a password, also where no scheme is.
    title = unicodedata.normalize("NFC", re.sub(r"\S*@", "", title))
    words = re.sub(r"[^\w-]+", "-", title).strip("-_")[:LONGEST_TITLE]
    return words.encode()[:LONGEST_WORDS].decode(errors="ignore").rstrip("-_")
