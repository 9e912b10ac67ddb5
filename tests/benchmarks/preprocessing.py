"""Where to fit frames into the network's input: in OpenCV, or by the graph of the preset itself?

``python -m tests.benchmarks.preprocessing`` times both for a 1080p frame, turn about, beside the
network alone. pedcam fits with OpenCV, halving and then interpolating, because of what this prints.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pedcam.detect.detector import Detector
from pedcam.detect.letterbox import PADDING_VALUE, Letterbox
from pedcam.detect.postprocess import select
from pedcam.detect.presets import Preset, session_options
from pedcam.errors import UserError
from pedcam.measure.options import choose_presets

FRAME_SIZE = 1920, 1080
WARM_UP_RUNS = 5


def with_fitting(
    model: onnx.ModelProto, frame_size: tuple[int, int], input_size: tuple[int, int], average: bool
) -> onnx.ModelProto:
    """Return a preset's model that takes whole frames and fits them itself.

    Args:
        model: A preset's; its input is ``image``.
        frame_size: ``(width, height)`` of the frames.
        input_size: ``(width, height)`` of the network's input.
        average: Whether to average over what a pixel covers (``antialias``) instead of looking at
            four points, as small people need when shrinking.
    """
    model = onnx.ModelProto.FromString(model.SerializeToString())
    graph = model.graph
    box = Letterbox.fit(frame_size, input_size)
    width, height = (max(1, round(side * box.scale)) for side in frame_size)
    sizes = np.array([1, height, width, 3], np.int64)
    right, bottom = input_size[0] - width - box.left, input_size[1] - height - box.top
    pads = np.array([0, box.top, box.left, 0, 0, bottom, right, 0], np.int64)
    gray = np.array(PADDING_VALUE, np.uint8)
    for name, value in (("fit.sizes", sizes), ("fit.pads", pads), ("fit.gray", gray)):
        graph.initializer.append(numpy_helper.from_array(value, name))
    (old,) = graph.input
    graph.input.remove(old)
    shape = [1, frame_size[1], frame_size[0], 3]
    graph.input.append(helper.make_tensor_value_info("frame", TensorProto.UINT8, shape))
    resize = helper.make_node(
        "Resize", ["frame", "", "", "fit.sizes"], ["fit.inner"],
        mode="linear", antialias=int(average), coordinate_transformation_mode="half_pixel",
    )  # fmt: skip
    pad = helper.make_node("Pad", ["fit.inner", "fit.pads", "fit.gray"], ["image"])
    graph.node.insert(0, pad)
    graph.node.insert(0, resize)
    onnx.checker.check_model(model)
    return model


def ways(preset: Preset, frame: NDArray[np.uint8]) -> dict[str, Callable[[], object]]:
    """Return what is timed, by name; the first is the network alone."""
    detector = Detector(preset)
    size = detector.input_size
    out = np.full((1, size[1], size[0], 3), PADDING_VALUE, np.uint8)
    box = Letterbox.fit((frame.shape[1], frame.shape[0]), size)
    inner = tuple(max(1, round(side * box.scale)) for side in box.frame_size)
    boxes, scores = detector.infer(out)
    # A picture full of people costs the most to select from.
    crowded = np.where(np.arange(len(scores)) < 300, np.float32(0.9), scores)
    found: dict[str, Callable[[], object]] = {
        "network alone": lambda: detector.infer(out),
        "letterbox, as pedcam does it": lambda: box.apply(frame, out[0]),
        "resize only, area": lambda: cv2.resize(frame, inner, interpolation=cv2.INTER_AREA),
        "resize only, linear": lambda: cv2.resize(frame, inner, interpolation=cv2.INTER_LINEAR),
        "postprocessing, few people": lambda: select(boxes, scores, 0.3),
        "postprocessing, 300 candidates": lambda: select(boxes, crowded, 0.3),
    }
    whole = {}
    model = onnx.load(preset.path)
    for average in (False, True):
        options = session_options()
        options.intra_op_num_threads = os.cpu_count() or 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = ort.InferenceSession(
            with_fitting(model, box.frame_size, size, average).SerializeToString(),
            options,
            providers=["CPUExecutionProvider"],
        )
        name = f"whole, fitted in the graph, {'average' if average else 'linear'}"
        whole[name] = _runner(session, frame)
    return {**found, "whole, fitted with OpenCV": lambda: detector.detect(frame), **whole}


def _runner(session: ort.InferenceSession, frame: NDArray[np.uint8]) -> Callable[[], object]:
    batch = frame[None]

    def run() -> object:
        boxes, scores = session.run(["boxes", "scores"], {"frame": batch})
        return select(boxes[0], scores[0], 0.3)

    return run


def measure(preset: Preset, runs: int) -> dict[str, float]:
    """Return the median milliseconds of each way, timed turn about."""
    frame: Any = np.random.default_rng(0).integers(0, 256, (*FRAME_SIZE[::-1], 3), np.uint8)
    frame = cv2.GaussianBlur(frame, (0, 0), 3)
    timed = ways(preset, frame)
    times: dict[str, list[float]] = {name: [] for name in timed}
    for turn in range(WARM_UP_RUNS + runs):
        for name, run in timed.items():
            start = time.perf_counter()
            run()
            if turn >= WARM_UP_RUNS:
                times[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> int:
    """Run the measurement and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", nargs="+", default=["all"], metavar="NAME", help="default: all")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="take the presets from here")
    parser.add_argument("--runs", type=int, default=60, help="default 60")
    args = parser.parse_args()
    try:
        presets = choose_presets(args.models, args.preset)
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    for preset in presets:
        width, height = preset.info.input_size
        sys.stdout.write(f"\n{preset.name}, {FRAME_SIZE[0]}x{FRAME_SIZE[1]} to {width}x{height}\n")
        medians = measure(preset, args.runs)
        network = medians["network alone"]
        for name, value in medians.items():
            sys.stdout.write(f"  {name:36} {value:7.2f} ms {100 * value / network:6.1f} %\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
