"""What tests may rely on: a Qt platform without a screen, the development data, an X server."""

import functools
import os
import shutil
import signal
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import cv2  # noqa: F401 - imported for what it does to the environment
import pytest

from tests.benchmarks.window.screen import xvfb

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# OpenCV's Linux wheel points Qt at its own plugins, which PyQt6 cannot load.
for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(name, None)

# What pedcam keeps for its user must not mix with what the tests do, also in processes they start.
_user = tempfile.TemporaryDirectory(prefix="pedcam-tests-")
for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
    os.environ[name] = str(Path(_user.name) / name.lower())

# Nor with the secrets in the user's keyring.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

CHECKOUT = Path(__file__).parent.parent

# Only tests that start processes, talk to servers or train networks import these, or from these.
OUTSIDE = {
    "socket",
    "socketserver",
    "subprocess",
    "tests.video.live_servers",
    "tests.video.servers",
    "training.run.command",
}
OUTSIDE_FIXTURES = {"data_folder", "trained", "xvfb_env"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test that is not marked as slow as ``integration`` or ``unit``."""
    for item in items:
        if item.get_closest_marker("slow") is None:
            item.add_marker("integration" if _goes_outside(item) else "unit")


def _goes_outside(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function):
        return False
    return not OUTSIDE_FIXTURES.isdisjoint(item.fixturenames) or _imports_outside(item.module)


@functools.cache
def _imports_outside(module: ModuleType) -> bool:
    return any(
        value.__name__ in OUTSIDE
        if isinstance(value, ModuleType)
        else getattr(value, "__module__", None) in OUTSIDE
        for value in vars(module).values()
    )


@pytest.fixture(scope="session", autouse=True)
def signals_as_in_a_terminal() -> None:
    """Undo what ``nohup`` and a shell's ``&`` do, which tests and what they start would inherit."""
    for name, handler in (("SIGHUP", signal.SIG_DFL), ("SIGINT", signal.default_int_handler)):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The development data, unpacked: COCO ``<set>.json`` files beside the images they name.

    It is the folder in PEDCAM_DATA or else ``../shared/data``. Where that still holds tar files,
    the sets other than ``train`` are unpacked for this session; ``train`` is too large for that.
    """
    source = Path(os.environ.get("PEDCAM_DATA") or CHECKOUT.parent / "shared" / "data").resolve()
    if not source.is_dir():
        pytest.skip("development data is not present: set PEDCAM_DATA")
    packed = [
        archive
        for archive in source.glob("*.tar")
        if not archive.stem.startswith("train") and not (source / archive.stem).is_dir()
    ]
    if not packed:
        return source
    folder = tmp_path_factory.mktemp("data")
    for entry in source.iterdir():
        if entry.suffix != ".tar":
            (folder / entry.name).symlink_to(entry)
    for archive in packed:
        with tarfile.open(archive) as tar:
            # Python 3.11.2 knows no filters.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def xvfb_env() -> Iterator[dict[str, str]]:
    """The environment in which a subprocess opens real X windows on a display of its own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    with xvfb(1600, 1000) as display:
        yield os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
