"""Look at what this machine has, what is missing and what to do about it.

The text is made to be pasted into a bug report: no addresses or passwords are in it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import metadata
from pathlib import Path

import pedcam
from pedcam.cli.options import add_pool_arguments, load_pool
from pedcam.detect.providers import AUTO, PROVIDERS, available
from pedcam.errors import UserError

PATIENCE = 30.0  # seconds for a window to open
ENOUGH_SPACE = 2**30  # bytes that recordings and history should find free
EXTRAS = {
    "notify": ("apprise", "keyring"),
    "onvif": ("onvif-zeep-async", "wsdiscovery"),
    "cluster": ("ray",),
    "measure": ("faster-coco-eval", "matplotlib"),
    "train": ("torch", "onnx"),
}
# Instructions that make integer convolutions quick, as /proc/cpuinfo names them.
QUICK = (
    "avx2",
    "avx_vnni",
    "avx512_vnni",
    "avx512_bf16",
    "amx_int8",
    "amx_bf16",
    "asimddp",
    "i8mm",
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: What it is.
        state: ``ok``, ``note`` for what only some need, or ``problem``.
        text: What was found, and for a problem what to do.
    """

    topic: str
    state: str
    text: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``pedcam doctor``."""
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument("--open-window", action="store_true", help=argparse.SUPPRESS)
    add_pool_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print what was found; return 1 if something that pedcam needs does not work."""
    if args.open_window:
        return _open_window()
    findings: list[Finding] = []
    for look in (_system, _packages, _extras, _window, _video, _cameras, _folders):
        findings += _looked(look.__name__.strip("_"), look)
    findings += _looked("presets", lambda: _presets(args))
    findings = [replace(finding, text=_without_home(finding.text)) for finding in findings]
    if args.json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2) + "\n")
    else:
        width = max(len(finding.topic) for finding in findings)
        marks = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}
        for finding in findings:
            text = finding.text.replace("\n", "\n" + " " * (width + 10))
            sys.stdout.write(f"{marks[finding.state]}  {finding.topic:{width}} {text}\n")
    return 1 if any(finding.state == "problem" for finding in findings) else 0


def _looked(topic: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    # Whatever is broken here is what people want to learn from this command.
    except Exception as error:
        return [Finding(topic, "problem", f"{type(error).__name__}: {error}")]


def _system() -> Iterator[Finding]:
    import psutil

    from pedcam.measure.speed.results_file import machine

    yield Finding("pedcam", "ok", f"{pedcam.__version__}, Python {platform.python_version()}")
    yield Finding("system", "ok", platform.platform())
    memory = psutil.virtual_memory()
    gigabytes = f"{memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GB of memory free"
    yield Finding("processor", "ok", f"{machine()}, {os.cpu_count()} cores, {gigabytes}")
    flags = _processor_flags()
    if flags:
        quick = [name for name in QUICK if name in flags]
        integer = any("vnni" in name or "int8" in name or "dp" in name for name in quick)
        text = ", ".join(quick) or "none of those that make detection quick"
        if not integer:
            text += "; without VNNI, integer presets are hardly quicker than the float one"
        yield Finding("instructions", "ok" if integer else "note", text)


def _processor_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    names = ("flags", "Features")
    return {word for line in lines if line.startswith(names) for word in line.split()}


def _packages() -> Iterator[Finding]:
    versions = {}
    for name in ("onnxruntime", "onnxruntime-gpu", "opencv-python", "av", "PyQt6", "supervision"):
        version = _version(name)
        if version is not None:
            versions[name] = version
    yield Finding("packages", "ok", ", ".join(f"{name} {it}" for name, it in versions.items()))
    if "onnxruntime" in versions and "onnxruntime-gpu" in versions:
        yield Finding(
            "ONNX Runtime",
            "problem",
            "onnxruntime and onnxruntime-gpu break each other: run 'pip uninstall onnxruntime "
            "onnxruntime-gpu', then install one of them again",
        )
    found = available()
    yield Finding("to compute on", "ok", ", ".join(PROVIDERS[name].title for name in found))
    for name, info in PROVIDERS.items():
        if sys.platform in info.systems and name not in found:
            yield Finding("to compute on", "note", f"no {info.title}; it takes {info.needs}")


def _extras() -> Iterator[Finding]:
    for extra, packages in EXTRAS.items():
        missing = [name for name in packages if _version(name) is None]
        if missing:
            # By its packages' names: one of pedcam's own name would be somebody else's.
            text = f"not all of it is there: pip install {' '.join(missing)}"
            yield Finding(extra, "note", text)
        else:
            yield Finding(extra, "ok", ", ".join(f"{name} {_version(name)}" for name in packages))


def _window() -> Iterator[Finding]:
    screen = any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")))
    if sys.platform == "linux" and not screen:
        yield Finding("window", "note", "no screen here; 'pedcam detect' and 'watch' need none")
        return
    # In a process of its own, which Qt ends where it finds no screen or lacks a library. A packaged
    # pedcam is its own interpreter.
    pedcam_again = [sys.executable, *([] if hasattr(sys, "frozen") else ["-m", "pedcam"])]
    try:
        tried = subprocess.run(
            [*pedcam_again, "doctor", "--open-window"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        yield Finding("window", "problem", f"none opened within {PATIENCE:.0f} s")
        return
    if tried.returncode == 0:
        yield Finding("window", "ok", f"opens by Qt's '{tried.stdout.strip()}'")
        return
    said = " ".join(tried.stderr.split())[-600:] or f"Qt ended with {tried.returncode}"
    advice = ". On Linux install the packages that README names" if sys.platform == "linux" else ""
    yield Finding("window", "problem", said + advice)


def _open_window() -> int:
    from pedcam.ui.app import window_platform

    sys.stdout.write(window_platform() + "\n")
    return 0


def _video() -> Iterator[Finding]:
    import av

    from pedcam.video.output.video_writer import ENCODERS, can_encode

    usable = [name for name in ENCODERS if can_encode(name)]
    state = "ok" if usable[:1] != ["mpeg4"] else "note"
    yield Finding("recording", state, f"by {usable[0]} of PyAV {av.__version__}")


def _cameras() -> Iterator[Finding]:
    from pedcam.video.sources.camera import list_cameras

    names = [f"{camera.index}: {camera.name}" for camera in list_cameras()]
    yield Finding("cameras", "ok" if names else "note", ", ".join(names) or "none found")


def _folders() -> Iterator[Finding]:
    import platformdirs

    for topic, folder in (
        ("data", platformdirs.user_data_path("pedcam", appauthor=False)),
        ("settings", platformdirs.user_config_path("pedcam", appauthor=False)),
    ):
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        if not os.access(nearest, os.W_OK):
            yield Finding(topic, "problem", f"{folder} cannot be written: check its permissions")
            continue
        free = shutil.disk_usage(nearest).free
        state = "ok" if free > ENOUGH_SPACE else "problem"
        yield Finding(topic, state, f"{folder}, {free / 2**30:.1f} GB free")


def _presets(args: argparse.Namespace) -> Iterator[Finding]:
    import numpy as np

    from pedcam.detect.presets import find_preset
    from pedcam.headless.detect import choose_preset

    pool, errors = load_pool(args)
    for error in errors:
        yield Finding("preset", "problem", str(error))
    if not pool.presets:
        yield Finding("presets", "problem", "there is none; reinstall pedcam")
        return
    yield Finding("presets", "ok", ", ".join(preset.name for preset in pool.presets))
    name = choose_preset(pool)
    width, height = find_preset(pool.presets, name).info.input_size
    gray = np.full((height, width, 3), 114, np.uint8)
    try:
        times = [_milliseconds(partial(pool.detect, name, gray, None)) for _ in range(5)]
        used = pool.get(name).provider
    except UserError as error:
        yield Finding("detection", "problem", str(error))
        return
    text = f"{name} takes {min(times):.1f} ms on {used} for {width}x{height} pixels"
    unused = pool.provider not in (AUTO, used)
    if unused:
        text += f"; {pool.provider} was asked for and cannot be used"
    yield Finding("detection", "note" if unused else "ok", text)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _without_home(text: str) -> str:
    home = os.path.expanduser("~")
    # A service may have none, or the root of all folders.
    return text.replace(home, "~") if home not in ("~", os.sep) else text
