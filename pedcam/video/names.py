"""Names for files that nobody has named."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from pedcam.video.addresses import public_address
from pedcam.video.frames import SourceError

LONGEST_TITLE = 40  # characters, of at most four bytes each; file systems allow 255 bytes
NO_TITLE = "recording"


def recording_name(title: str, when: datetime) -> str:
    """Return a name such as ``Camera-0_2026-03-01_09-05-00``, without suffix.

    It has letters, digits, ``-`` and ``_`` only, which every file system takes.

    Args:
        title: What people call the source; of an address neither password nor query get in.
        when: The beginning.
    """
    if "://" in title:
        try:
            title = public_address(title)
        except SourceError:
            title = NO_TITLE
    # Whatever stands before an @ may be a password, also where no scheme is.
    title = unicodedata.normalize("NFC", re.sub(r"\S*@", "", title))
    words = re.sub(r"[^\w-]+", "-", title).strip("-_")[:LONGEST_TITLE].rstrip("-_")
    return f"{words or NO_TITLE}_{when:%Y-%m-%d_%H-%M-%S}"
