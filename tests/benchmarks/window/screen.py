"""Where the measurements show their windows: a real X screen, and user folders of their own."""

import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 3840, 2160
FOLDERS = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


class NoScreenError(Exception):
    """There is no screen to show a window on; the message says why."""


@contextmanager
def window_environment() -> Iterator[dict[str, str]]:
    """The environment for a process that shows a window.

    The window comes up on the user's screen or, without one, on an Xvfb that is started for it;
    what it keeps goes into a temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="pedcam-window-") as name:
        environment = dict(os.environ)
        for variable in FOLDERS:
            environment[variable] = str(Path(name) / variable.lower())
        # The tests' own platform, which has no screen.
        if environment.get("QT_QPA_PLATFORM") == "offscreen":
            del environment["QT_QPA_PLATFORM"]
        if sys.platform != "linux" or {"DISPLAY", "WAYLAND_DISPLAY"} & environment.keys():
            yield environment
        else:
            try:
                with xvfb(*SIZE) as display:
                    yield environment | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
            except NoScreenError as error:
                raise SystemExit(f"There is no screen: set DISPLAY. {error}") from None


@contextmanager
def xvfb(width: int, height: int) -> Iterator[str]:
    """A screen of that size for as long as it lasts: the number of its display.

    Raises:
        NoScreenError: Xvfb is not installed, or does not start.
    """
    executable = shutil.which("Xvfb")
    if executable is None:
        raise NoScreenError("Xvfb is not installed.")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        [executable, "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24", "-noreset"],
        pass_fds=[writer],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with open(reader) as pipe:
            # Xvfb writes the number of the display it took once it accepts connections.
            ready, _, _ = select.select([pipe], [], [], 30)
            number = pipe.readline().strip() if ready else ""
        if not number:
            raise NoScreenError("Xvfb did not start.")
        yield f":{number}"
    finally:
        server.kill()
        server.wait()
