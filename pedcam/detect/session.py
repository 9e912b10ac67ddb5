"""Sessions of ONNX Runtime on any provider: what was really used, and which is fastest.

ONNX Runtime's providers for graphics processors have no integer convolution. They are given the
float form of the same preset: ONNX Runtime drops the rounding of activations when it loads the file
(``session.disable_quant_qdq``), and unpacks the weights as always. It finds the same people, with
scores that differ by 0.02 and boxes that differ by 1.5 pixels at most.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnxruntime as ort
import platformdirs
from numpy.typing import NDArray

from pedcam.detect.presets import plain_reason
from pedcam.detect.providers import PROVIDERS, Provider, available, plugin_devices
from pedcam.files import write_atomically

Options = Callable[[], ort.SessionOptions]

CONVOLUTIONS = ("Conv", "FusedConv", "NhwcFusedConv", "QLinearConv")
OUTPUTS = ["boxes", "scores"]
WARM_UP_RUNS, TIMED_RUNS = 3, 9
CHOICES_FILE, MOST_CHOICES = "providers.json", 200


class ProviderError(Exception):
    """A provider cannot be used; the message says why."""


class ProviderSession:
    """A session of ONNX Runtime that goes on on the processor where its provider fails.

    Several threads may use it at once.

    Attributes:
        provider: What it computes on.
        problem: Why that is not what was asked for, for people; empty where it is.
    """

    def __init__(self, path: Path, options: Options, provider: Provider) -> None:
        """Open a model.

        Args:
            path: The file.
            options: Makes settings of a session, new ones each time.
            provider: Where to compute.

        Raises:
            Exception: Not even the processor can run it. ONNX Runtime's errors share no base class
                of their own.
        """
        self._path, self._options = path, options
        self._lock = threading.Lock()
        self.provider: Provider = "cpu"
        self.problem = ""
        try:
            self._session = open_session(path, options(), provider)
            self.provider = provider
        except Exception as error:
            if provider == "cpu":
                raise
            self.problem = _problem(provider, error)
            self._session = open_session(path, options(), "cpu")

    def run(self, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return :data:`OUTPUTS` of ``image``; may raise what ONNX Runtime raises."""
        session = self._session
        try:
            return _run(session, images)
        except Exception as error:
            with self._lock:
                # Another thread may have been here before.
                if self._session is session:
                    if self.provider == "cpu":
                        raise
                    problem = _problem(self.provider, error)
                    self._session = open_session(self._path, self._options(), "cpu")
                    self.provider, self.problem = "cpu", problem
        return _run(self._session, images)


def open_session(
    path: Path, options: ort.SessionOptions, provider: Provider, *, integer: bool | None = None
) -> ort.InferenceSession:
    """Open a model where all of its convolutions are computed by a provider.

    Args:
        path: The file.
        options: Settings, which are changed.
        provider: Where to compute.
        integer: Whether in integers, by default as suits the provider.

    Raises:
        ProviderError: It is not here, or leaves convolutions to the processor.
        Exception: What ONNX Runtime raises.
    """
    info = PROVIDERS[provider]
    if not (info.integer if integer is None else integer):
        options.add_session_config_entry("session.disable_quant_qdq", "1")
    if provider == "cpu":
        return ort.InferenceSession(path, options, providers=[info.engine], enable_fallback=0)
    if provider not in available():
        raise ProviderError(f"it takes {info.needs}")
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    if info.device:
        devices = [
            each
            for each in plugin_devices()
            if (each.ep_name, each.device.type.name) == (info.engine, info.device)
        ]
        options.add_provider_for_devices(devices[:1], _openvino_options(info.device, options))
        session = ort.InferenceSession(path, options, enable_fallback=0)
    else:
        if provider in ("cuda", "tensorrt"):
            ort.preload_dlls()
        wanted = [(info.engine, dict(info.options)), ("CPUExecutionProvider", {})]
        session = ort.InferenceSession(path, options, providers=wanted, enable_fallback=0)
    engines = _engines_of_convolutions(session)
    if engines - {info.engine}:
        raise ProviderError(f"convolutions are left to {', '.join(sorted(engines))}")
    return session


def fastest(path: Path, options: Options, input_size: tuple[int, int]) -> Provider:
    """Return where a model is fastest on this machine, measured once and remembered.

    Nothing is measured where there is only the processor.
    """
    names = available()
    if len(names) == 1:
        return names[0]
    content = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    about = (content, *input_size, options().intra_op_num_threads, ort.__version__, *names)
    key = " ".join(map(str, about))
    file = platformdirs.user_cache_path("pedcam", appauthor=False) / CHOICES_FILE
    choices = _read_choices(file)
    if choices.get(key) in names:
        return choices[key]
    found = min(names, key=lambda name: _milliseconds(path, options, name, input_size))
    choices = dict([*choices.items(), (key, found)][-MOST_CHOICES:])
    # Without it, the next start measures again.
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(choices, indent=2).encode())
    return found


def _milliseconds(
    path: Path, options: Options, provider: Provider, input_size: tuple[int, int]
) -> float:
    width, height = input_size
    images = np.full((1, height, width, 3), 114, np.uint8)
    times = []
    try:
        session = open_session(path, options(), provider)
        for _ in range(WARM_UP_RUNS + TIMED_RUNS):
            start = time.perf_counter()
            _run(session, images)
            times.append(1000 * (time.perf_counter() - start))
    # ONNX Runtime's errors share no base class of their own.
    except Exception:
        return float("inf")
    return statistics.median(times[WARM_UP_RUNS:])


def _read_choices(file: Path) -> dict[str, Provider]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    pairs: Iterable[tuple[object, object]] = content.items() if isinstance(content, dict) else ()
    return {str(key): name for key, name in pairs if isinstance(name, str) and name in PROVIDERS}


def _run(session: ort.InferenceSession, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    outputs: list[NDArray[np.float32]] = session.run(OUTPUTS, {"image": images})
    return outputs


def _problem(provider: Provider, error: Exception) -> str:
    return (
        f"{PROVIDERS[provider].title} cannot be used: {plain_reason(error).rstrip('.')}. "
        "The processor computes instead."
    )


def _engines_of_convolutions(session: ort.InferenceSession) -> set[str]:
    """Return which providers convolve; none where ONNX Runtime is too old to say."""
    try:
        parts = session.get_provider_graph_assignment_info()
    except (AttributeError, RuntimeError):
        return set(session.get_providers()[:1])
    return {
        part.ep_name
        for part in parts
        if any(node.op_type in CONVOLUTIONS for node in part.get_nodes())
    }


def _openvino_options(device: str, options: ort.SessionOptions) -> dict[str, str]:
    if device != "CPU":
        return {}
    settings: dict[str, object] = {"INFERENCE_NUM_THREADS": options.intra_op_num_threads}
    # Its own choice of precision is several times slower where there are no AMX instructions.
    if not _has_amx():
        settings["INFERENCE_PRECISION_HINT"] = "f32"
    return {"load_config": json.dumps({device: settings})}


def _has_amx() -> bool:
    with suppress(OSError):
        return " amx_tile" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return False
