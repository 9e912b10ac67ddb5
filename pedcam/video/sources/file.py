"""Video files."""

from __future__ import annotations

import re
from pathlib import Path

from pedcam.orientation import file_orientation
from pedcam.video.sources.decoder import DecodedSource
from pedcam.video.sources.frame import SourceError

# A playlist that somebody sent must not make this computer call others.
PROTOCOLS = "file,crypto,data"


class FileSource(DecodedSource):
    """A video file, played to its present end even if it is still being written."""

    def __init__(self, path: Path, title: str | None = None) -> None:
        self._path = path
        try:
            if path.is_dir():
                raise SourceError(f"{path} is a folder. Name a video file in it.")
            if path.stat().st_size == 0 and path.is_file():
                raise SourceError(f"{path} is empty (0 bytes). Copy or record it again.")
        except FileNotFoundError:
            advice = "Check its name."
            if re.search(r"%0?\d*d", path.name):
                advice = f"For numbered pictures name the folder that they are in: {path.parent}."
            raise SourceError(f"There is no file {path}. {advice}") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise SourceError(f"{path} cannot be read: {reason}.") from error
        # Without the prefix FFmpeg would read names like "concat:a|b" as commands.
        super().__init__(
            f"file:{path.absolute()}",
            title or path.name,
            timeout=None,
            options={"protocol_whitelist": PROTOCOLS},
            # Of video FFmpeg knows the orientation; of photographs it does not know every one.
            orientation=file_orientation(path),
        )

    def _explain(self, error: Exception, waited: float) -> str:
        if isinstance(error, PermissionError):
            return f"{self._path} cannot be read: permission denied."
        if isinstance(error, OSError) and error.strerror:
            return f"{self._path} cannot be read: {error.strerror}."
        return (
            f"{self._path} is not a video that pedcam can read, or it is damaged. "
            "Check that other programs play it."
        )
