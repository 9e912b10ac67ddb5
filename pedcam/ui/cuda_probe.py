"""Finds out whether CUDA can be used and, if not, why; in a process that a driver may hang.

``python -m pedcam.ui.cuda_probe`` is that process; :func:`probe_cuda` runs it.
"""

from __future__ import annotations

import ctypes
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum

TIMEOUT = 60.0  # seconds; the first use of CUDA is slow
_NO_DEVICE = 100  # CUDA_ERROR_NO_DEVICE
_LONGEST_DETAIL = 200
_LIBRARY = re.compile(
    r"(lib[\w.+-]+\.so[\w.]*|[\w.-]+\.dll)\W{1,3}(?:which is missing|cannot open)"
)
_COMMAND = (sys.executable, "-m", "pedcam.ui.cuda_probe")


class CudaState(Enum):
    """Whether CUDA can be used, or what is in the way."""

    USABLE = "usable"
    NOT_BUILT = "not built"
    NO_DRIVER = "no driver"
    NO_DEVICE = "no device"
    NO_LIBRARY = "no library"
    BROKEN = "broken"
    NO_ANSWER = "no answer"


@dataclass(frozen=True)
class CudaReport:
    """What was found out.

    Attributes:
        state: Whether CUDA can be used.
        detail: The GPU's name, the library that is missing, or what CUDA or ONNX Runtime said.
    """

    state: CudaState
    detail: str = ""


def probe_cuda(timeout: float = TIMEOUT, command: Sequence[str] = _COMMAND) -> CudaReport:
    """Find out whether CUDA can be used; takes seconds.

    Args:
        timeout: Seconds to wait for an answer.
        command: The process that answers.
    """
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired:
        return CudaReport(CudaState.NO_ANSWER)
    except OSError as error:
        return CudaReport(CudaState.BROKEN, _bounded(str(error)))
    said = done.stderr.decode(errors="replace")
    try:
        # Libraries may print before.
        answer = json.loads(done.stdout.decode().strip().splitlines()[-1])
        state, detail = CudaState(answer["state"]), str(answer["detail"])
    except (ValueError, KeyError, TypeError, IndexError):
        return CudaReport(CudaState.BROKEN, _bounded(_last_line(said)))
    if state is CudaState.BROKEN:
        missing = _LIBRARY.search(said)
        if missing:
            return CudaReport(CudaState.NO_LIBRARY, _bounded(missing[1]))
        detail = detail or _last_line(said)
    return CudaReport(state, _bounded(detail))


def look() -> CudaReport:
    """Find it out in this process, which may be ended by it."""
    import onnxruntime as ort

    if "CUDAExecutionProvider" not in ort.get_available_providers():
        return CudaReport(CudaState.NOT_BUILT)
    found = _find_device()
    if found.state is not CudaState.USABLE:
        return found
    from pedcam import bundled
    from pedcam.detect.presets import find_presets

    presets, _ = find_presets([bundled.models_folder()])
    if not presets:
        return CudaReport(CudaState.BROKEN, "no preset to try it with")
    ort.preload_dlls()
    smallest = min(presets, key=lambda preset: preset.file_bytes)
    session = ort.InferenceSession(smallest.path, providers=["CUDAExecutionProvider"])
    # ONNX Runtime falls back to the processor, and says why on stderr.
    used = "CUDAExecutionProvider" in session.get_providers()
    return found if used else CudaReport(CudaState.BROKEN)


def main() -> int:
    """Print what was found out, for :func:`probe_cuda`."""
    report = look()
    sys.stdout.write(json.dumps(asdict(report) | {"state": report.state.value}) + "\n")
    return 0


def _find_device() -> CudaReport:
    """Ask the driver alone, which needs none of CUDA's libraries."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return CudaReport(CudaState.NO_DRIVER)
    code, count = driver.cuInit(0), ctypes.c_int()
    if code == 0:
        code = driver.cuDeviceGetCount(ctypes.byref(count))
    if code == _NO_DEVICE or (code == 0 and count.value == 0):
        return CudaReport(CudaState.NO_DEVICE)
    if code != 0:
        return CudaReport(CudaState.BROKEN, f"CUDA error {code}")
    name = ctypes.create_string_buffer(128)
    driver.cuDeviceGetName(name, len(name), 0)
    return CudaReport(CudaState.USABLE, name.value.decode(errors="replace"))


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else ""


def _bounded(detail: str) -> str:
    shown = "".join(mark if mark.isprintable() else "?" for mark in detail)
    return shown[:_LONGEST_DETAIL]


if __name__ == "__main__":
    sys.exit(main())
