"""Where presets can compute, and what of it this machine has."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime as ort

Provider = str  # a key of PROVIDERS, and where somebody chooses also AUTO
AUTO = "auto"  # wherever a preset is fastest


@dataclass(frozen=True)
class ProviderInfo:
    """A way to compute.

    Attributes:
        title: What people call it.
        engine: What ONNX Runtime calls it.
        needs: What it takes, for people.
        device: The kind of device, where the engine has several.
        integer: Whether it convolves integers; others are given the float form.
        options: Its settings in ONNX Runtime.
        systems: On which systems, as in ``sys.platform``, people are told that it can be had.
    """

    title: str
    engine: str
    needs: str
    device: str = ""
    integer: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    systems: tuple[str, ...] = ()


_OPENVINO, _INTEL = "OpenVINOExecutionProvider", "pedcam's extra 'openvino'"
PROVIDERS: dict[Provider, ProviderInfo] = {
    "cpu": ProviderInfo("Processor", "CPUExecutionProvider", "", integer=True),
    "cuda": ProviderInfo(
        "NVIDIA GPU (CUDA)", "CUDAExecutionProvider",
        "an NVIDIA driver and pedcam's extra 'cuda'", systems=("linux", "win32"),
    ),
    "tensorrt": ProviderInfo(
        "NVIDIA GPU (TensorRT)", "TensorrtExecutionProvider",
        "an NVIDIA driver and NVIDIA's TensorRT libraries", options={"trt_fp16_enable": "1"},
    ),
    "openvino": ProviderInfo(
        "Intel processor (OpenVINO)", _OPENVINO, f"an Intel processor and {_INTEL}", "CPU",
        integer=True, systems=("linux", "win32"),
    ),
    "openvino-gpu": ProviderInfo(
        "Intel graphics (OpenVINO)", _OPENVINO, f"Intel graphics and {_INTEL}", "GPU", integer=True
    ),
    "openvino-npu": ProviderInfo(
        "Intel NPU (OpenVINO)", _OPENVINO, f"an Intel NPU and {_INTEL}", "NPU", integer=True
    ),
    "coreml": ProviderInfo(
        "Apple GPU or Neural Engine (CoreML)", "CoreMLExecutionProvider", "macOS",
        options={"ModelFormat": "MLProgram"},
    ),
    "webgpu": ProviderInfo(
        "GPU (WebGPU)", "WebGpuExecutionProvider", "a build of ONNX Runtime with WebGPU"
    ),
    "directml": ProviderInfo(
        "GPU (DirectML)", "DmlExecutionProvider", "a build of ONNX Runtime with DirectML"
    ),
}  # fmt: skip
PROVIDER_NAMES = (AUTO, *PROVIDERS)
_REGISTERING = threading.Lock()


@cache
def available() -> tuple[Provider, ...]:
    """Return what this machine seems to have, ``cpu`` first; what is there may still fail.

    The first time, libraries are loaded, so not on the window's thread.
    """
    import onnxruntime as ort

    devices = {(each.ep_name, each.device.type.name) for each in plugin_devices()}
    built = set(ort.get_available_providers())
    return tuple(
        name
        for name, info in PROVIDERS.items()
        if (
            (info.engine, info.device) in devices
            if info.device
            else info.engine in built and (name not in ("cuda", "tensorrt") or _nvidia_driver())
        )
    )


def plugin_devices() -> tuple[ort.OrtEpDevice, ...]:
    """Return the devices of providers that come as plug-ins of their own; from any thread."""
    # A plug-in can be registered only once.
    with _REGISTERING:
        return _register_plugins()


@cache
def _register_plugins() -> tuple[ort.OrtEpDevice, ...]:
    import onnxruntime as ort

    try:
        import onnxruntime_ep_openvino as openvino
    except ImportError:
        return ()
    try:
        ort.register_execution_provider_library(_OPENVINO, openvino.get_library_path())
        return tuple(each for each in ort.get_ep_devices() if each.ep_name == _OPENVINO)
    # A plug-in for another ONNX Runtime is as good as none.
    except Exception:
        return ()


def _nvidia_driver() -> bool:
    names = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}
    try:
        ctypes.CDLL(names[sys.platform])
    except (KeyError, OSError):
        return False
    return True
