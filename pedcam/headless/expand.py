"""Which sources somebody means by files, folders, patterns and addresses."""

from __future__ import annotations

import glob
import mimetypes
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from pedcam.files import is_hidden
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.image_folder import SUFFIXES as PICTURE_SUFFIXES
from pedcam.video.sources.spec import SourceSpec, parse_source

# Of all that FFmpeg reads, what is called video and nothing else.
_SUFFIXES = """
    264 265 3g2 3gp 3gpp amv asf avc avi avs2 dav divx dv evo f4v flv gxf h261 h263 h264 h265
    hevc insv ismv ivf lrv m1v m2p m2t m2ts m2v m4v mjpeg mjpg mk3d mkv mod mov mp2v mp4 mp4v
    mpe mpeg mpg mps mpv mts mxf nsv nut obu ogm ogv ps qt rm rmvb roq tod trp ts tts vob vro
    webm wm wmv wtv xmv y4m
"""
VIDEO_SUFFIXES = tuple(f".{name}" for name in _SUFFIXES.split())
NAMED = 3  # files that are left out and named


def expand_sources(
    texts: Sequence[str], on_left_out: Callable[[str], None] = lambda message: None
) -> list[SourceSpec]:
    """Return the sources that some texts mean.

    Patterns such as ``day1/*.mp4`` mean the files that match, a folder with videos all of them (not
    those in subfolders), a folder without videos the pictures in it. ``on_left_out`` is called with
    a message for each folder that holds other files besides.

    Raises:
        SourceError: A pattern matches nothing, or a text names no source.
    """
    specs: list[SourceSpec] = []
    for text in texts:
        specs += _expand(text, on_left_out)
    return list(dict.fromkeys(specs))


def may_be_several(texts: Sequence[str]) -> bool:
    """Whether some texts can mean several sources, even if they mean one today."""
    specs = [parse_source(text) for text in texts]
    return len(specs) > 1 or any(spec.kind == "folder" or _is_pattern(spec) for spec in specs)


def _expand(text: str, on_left_out: Callable[[str], None]) -> list[SourceSpec]:
    spec = parse_source(text)
    path = Path(spec.value)
    if spec.kind == "folder":
        try:
            children = sorted(child for child in path.iterdir() if not is_hidden(child))
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}.") from None
        files = [child for child in children if child.is_file()]
        videos = [file for file in files if file.suffix.lower() in VIDEO_SUFFIXES]
        meant = VIDEO_SUFFIXES if videos else PICTURE_SUFFIXES
        if left_out := [file.name for file in files if _is_missed(file, meant)]:
            more = len(left_out) - NAMED
            names = ", ".join(left_out[:NAMED]) + (f" and {more} more" if more > 0 else "")
            on_left_out(f"{path}: of its files these are left out: {names}. Name them to read them")
        return [_file(video) for video in videos] or [spec]
    if not _is_pattern(spec):
        return [spec]
    found = sorted(glob.glob(spec.value, recursive=True))
    if not found:
        raise SourceError(f"No file fits {text}. Check the pattern.")
    return [
        each
        for match in map(Path, found)
        for each in (_expand(f"{match}{os.sep}", on_left_out) if match.is_dir() else [_file(match)])
    ]


def _is_missed(file: Path, meant: Collection[str]) -> bool:
    """Whether somebody may wonder why a file is left out: a picture, a video or unknown."""
    kind = mimetypes.guess_type(file.name)[0] or "video/unknown"
    return file.suffix.lower() not in meant and kind.startswith(("video/", "image/"))


def _is_pattern(spec: SourceSpec) -> bool:
    # A file may really be called "[1].mp4".
    return spec.kind == "file" and glob.has_magic(spec.value) and not os.path.exists(spec.value)


def _file(path: Path) -> SourceSpec:
    """A file whatever its name, which may be ``0`` or ``demo``."""
    return SourceSpec("file", path.name, str(path))
