"""Starting pedcam again in place of itself, with the same source and preset."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass
from typing import NoReturn

from pedcam.video.sources.spec import SourceSpec

VARIABLE = "PEDCAM_RESTART"
_LONGEST = 65_536  # characters
_KINDS = ("file", "folder", "camera", "url", "demo")
_HIGHEST_HANDLE = 65_536


@dataclass(frozen=True)
class Resume:
    """What to go on with.

    Attributes:
        source: What was played, ``None`` for the start screen.
        preset: Name of the preset, ``None`` for the one that pedcam begins with.
    """

    source: SourceSpec | None = None
    preset: str | None = None


def take_resume(environment: MutableMapping[str, str]) -> Resume | None:
    """Return what the run before asked to go on with, ``None`` where this is no restart.

    It is removed from the environment, so that no other process learns the source's password.
    """
    text = environment.pop(VARIABLE, "")
    try:
        values = json.loads(text) if 0 < len(text) <= _LONGEST else None
        return _read(values) if values is not None else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def restart(resume: Resume) -> NoReturn:
    """Become a new process with the same command line; everything must be closed before.

    The source does not go onto the command line, which everybody on the computer can read.
    """
    environment = {**os.environ, VARIABLE: json.dumps(asdict(resume))}
    command = [sys.executable, *sys.orig_argv[1:]]
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if sys.platform == "win32":
        # There, exec would leave a console waiting for a process that is gone.
        subprocess.Popen(command, env=environment, close_fds=True)
        os._exit(0)
    # A camera whose driver did not return would stay taken.
    os.closerange(3, _HIGHEST_HANDLE)
    os.execve(command[0], command, environment)


def _read(values: dict[str, object]) -> Resume:
    preset, source = values["preset"], values["source"]
    if not isinstance(preset, str | None):
        raise ValueError("no preset")
    if source is None:
        return Resume(None, preset)
    if not isinstance(source, dict) or source["kind"] not in _KINDS:
        raise ValueError("no source")
    title, value, size, rate = (source[name] for name in ("title", "value", "size", "rate"))
    if not isinstance(title, str) or not isinstance(value, str):
        raise ValueError("no source")
    if size is not None:
        width, height = size
        size = (int(width), int(height))
    spec = SourceSpec(source["kind"], title, value, size, float(rate) if rate is not None else None)
    return Resume(spec, preset)
