"""What is written down of a problem: enough to find it, and nothing private."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path

import pedcam
from pedcam.files import write_atomically
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import public_address

PREFIX = "report-"
MOST_REPORTS = 20
MOST_CHARACTERS = 200_000
PACKAGES = (
    "PyQt6",
    "PyQt6-Qt6",
    "onnxruntime",
    "onnxruntime-gpu",
    "opencv-python",
    "av",
    "numpy",
    "supervision",
    "trackers",
    "pyqtgraph",
)
# Bounded, so that a long text takes no time; an address is found from within its scheme too.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,15}://[^\s\"'<>]+")
_PASSWORD = re.compile(r"(?<![^\s/:@\"'(])[^\s/:@\"'(]{1,64}:[^\s/@\"']{1,256}@(?=\w)")


@dataclass(frozen=True)
class Crash:
    """A problem, as people may see it.

    Attributes:
        title: What went wrong in one line.
        report: Everything known, without anything private.
        path: Where the report was saved, ``None`` if it could not be.
        signature: The same for the same problem at the same place.
    """

    title: str
    report: str
    path: Path | None
    signature: str


def scrub(text: str) -> str:
    """Return a text without passwords in addresses and without the user's name in paths."""
    text = _ADDRESS.sub(_public, text)
    text = _PASSWORD.sub("...@", text)
    home = str(Path.home())
    if len(home) > len(Path(home).anchor):
        for each in (home.replace("\\", "\\\\"), home):
            text = text.replace(each, "~")
    return text


def compose(title: str, stack: str, log: Iterable[str], when: datetime, screen: str) -> str:
    """Return a report.

    Args:
        title: What went wrong in one line.
        stack: Where.
        log: The last lines of the log.
        when: The time of it.
        screen: What Qt shows windows with, such as ``xcb``.
    """
    lines = [
        title,
        "",
        f"Time: {when.astimezone():%Y-%m-%d %H:%M:%S %z}",
        f"pedcam {pedcam.__version__}, Python {platform.python_version()}",
        f"System: {platform.platform()}, {platform.machine()}, windows by {screen or 'unknown'}",
        "Packages: " + ", ".join(_versions()),
        "",
        "Where it happened:",
        stack.rstrip() or "unknown",
        "",
        "The last lines of the log:",
        *(log or ["none"]),
    ]
    return scrub("\n".join(lines)[: 2 * MOST_CHARACTERS])[:MOST_CHARACTERS] + "\n"


def write_report(folder: Path, report: str, when: datetime) -> Path | None:
    """Save a report and delete the oldest where there are many.

    Returns:
        The file; ``None`` if it cannot be written.
    """
    path = folder / f"{PREFIX}{when:%Y-%m-%d_%H-%M-%S}.txt"
    number = 1
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while path.exists() and number < MOST_REPORTS:
            number += 1
            path = folder / f"{PREFIX}{when:%Y-%m-%d_%H-%M-%S}_{number}.txt"
        # Names on Linux need not be text.
        write_atomically(path, report.encode("utf-8", "backslashreplace"))
        kept = sorted(folder.glob(f"{PREFIX}*.txt"), key=lambda each: each.stat().st_mtime)
    except OSError:
        return path if path.exists() else None
    for old in kept[:-MOST_REPORTS]:
        with suppress(OSError):
            old.unlink()
    return path


def _versions() -> list[str]:
    found = []
    for name in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    if getattr(sys, "frozen", False):
        found.append("frozen")
    return found


def _public(match: re.Match[str]) -> str:
    address = match[0].rstrip(".,;:)]}")
    try:
        shown = public_address(address)
    except SourceError:
        shown = address.split("://")[0] + "://..."
    return shown + match[0][len(address) :]
