"""Speed, memory and file size of presets on this machine.

Presets take turns, so that whatever else the machine does slows all of them alike: ratios between
presets of one run can be trusted further than the times.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from pedcam.detect.detector import Detector
from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import Preset
from pedcam.detect.providers import Provider
from pedcam.measure.speed.memory import peak_memory
from pedcam.measure.speed.streaming import time_in_stream
from pedcam.video.sources.spec import SourceSpec, parse_source

WARM_UP_RUNS = 5
PERCENTILE = 95


def benchmark(
    presets: Sequence[Preset],
    source: SourceSpec | None = None,
    *,
    size: tuple[int, int] | None = None,
    threads: int | None = None,
    provider: Provider = "cpu",
    runs: int = 50,
    on_progress: Callable[[str], None] = lambda part: None,
) -> list[dict[str, Any]]:
    """Time presets against each other.

    Args:
        presets: What to time.
        source: Video file for the whole way from file to drawn picture, the demo by default.
        size: ``(width, height)`` of the network's input, each preset's own by default.
        threads: Threads of ONNX Runtime, all cores by default.
        provider: Where to compute.
        runs: Timed runs of each preset, and timed frames of each part in the stream.
        on_progress: Called with what is measured next.

    Returns:
        Per preset, all times medians in milliseconds:

        - ``name``, ``depth``, ``provider``, ``input_size``, ``file_bytes``, ``ratio_file``;
        - ``load_ms``: from the file to the end of the first run; of a further size the first run
          alone where its preset is measured too, since they share the session;
        - ``inference_ms``, ``inference_p95_ms``: the network alone;
        - ``stages``: ``read_ms``, ``letterbox_ms``, ``inference_ms``, ``postprocess_ms``,
          ``draw_ms`` with one frame at a time, ``end_to_end_ms`` (from reading a frame to its
          drawn picture) and ``end_to_end_p95_ms``;
        - ``frames_per_second`` and ``cpu_share`` (of all cores, 0..1): with reading, detecting and
          drawing side by side; ``of_slowest``: that rate over the one of the slowest of the three
          alone, 1 where the others hide behind it completely;
        - ``memory_bytes``: peak of a process with this preset alone, ``None`` if that failed;
        - ``speedup``, ``speedup_over_int8``: inference time of the same network in float, and in 8
          bits, at the same input size, over this one's; ``None`` where the run has none.

    Raises:
        PresetError: A preset cannot be run.
        SourceError: The source cannot be read.
    """

    def make(preset: Preset, *, provider: Provider, threads: int | None) -> Detector:
        return Detector(preset, input_size=size, threads=threads, provider=provider)

    source = source or parse_source("demo")
    names = [preset.name for preset in presets]
    with closing(DetectorPool(presets, provider=provider, threads=threads, make=make)) as pool:
        on_progress("loading")
        load = []
        for name in names:
            start = time.perf_counter()
            pool.get(name)
            load.append(1000 * (time.perf_counter() - start))
        detectors = [pool.get(name) for name in names]
        on_progress("the networks alone")
        inference = _time_networks(detectors, runs)
        on_progress("the whole stream")
        streams = time_in_stream(pool, names, source, runs)
    medians = [statistics.median(times) for times in inference]
    floats, eights = _reference_times(presets, medians)
    rows = []
    for index, preset in enumerate(presets):
        on_progress(f"memory of {preset.name}")
        times = streams[preset.name]
        rows.append(
            {
                "name": preset.name,
                "depth": preset.info.depth,
                "provider": detectors[index].provider,
                "input_size": list(detectors[index].input_size),
                "load_ms": load[index],
                "inference_ms": medians[index],
                "inference_p95_ms": float(np.percentile(inference[index], PERCENTILE)),
                "stages": times.stage_medians(),
                "end_to_end_ms": statistics.median(times.end_to_end),
                "end_to_end_p95_ms": float(np.percentile(times.end_to_end, PERCENTILE)),
                "frames_per_second": statistics.median(times.rates),
                "cpu_share": statistics.median(times.cpu_shares),
                "of_slowest": statistics.median(times.rates) * times.slowest_ms() / 1000,
                "memory_bytes": peak_memory(
                    preset.path,
                    input_size=size or preset.info.input_size,
                    threads=threads,
                    provider=provider,
                ),
                "file_bytes": preset.file_bytes,
                "ratio_file": preset.info.ratio_file,
                "speedup": _ratio(floats.get(_network(preset)), medians[index]),
                "speedup_over_int8": _ratio(eights.get(_network(preset)), medians[index]),
            }
        )
    return rows


def _reference_times(
    presets: Sequence[Preset], medians: Sequence[float]
) -> tuple[dict[Hashable, float], dict[Hashable, float]]:
    floats: dict[Hashable, float] = {}
    eights: dict[Hashable, float] = {}
    for preset, median in zip(presets, medians, strict=True):
        if is_int8(preset):
            eights.setdefault(_network(preset), median)
        elif preset.info.depth == 0:
            floats.setdefault(_network(preset), median)
    return floats, eights


def _network(preset: Preset) -> Hashable:
    layers = tuple((layer.name, layer.shape) for layer in preset.info.layers)
    return preset.info.input_size, layers


def _ratio(reference: float | None, own: float) -> float | None:
    return None if reference is None else reference / own


def is_int8(preset: Preset) -> bool:
    """Whether a preset is the float network rounded to 8 bits, for comparison."""
    bits = [layer.bits for layer in preset.info.layers]
    return 1 not in bits and bits.count(8) > len(bits) / 2


def _time_networks(detectors: Sequence[Detector], runs: int) -> list[list[float]]:
    # Gray images take as long as any others.
    inputs = [
        np.full((1, detector.input_size[1], detector.input_size[0], 3), 114, np.uint8)
        for detector in detectors
    ]
    times: list[list[float]] = [[] for _ in detectors]
    for turn in range(WARM_UP_RUNS + runs):
        for index, detector in enumerate(detectors):
            start = time.perf_counter()
            detector.infer(inputs[index])
            if turn >= WARM_UP_RUNS:
                times[index].append(1000 * (time.perf_counter() - start))
    return times
