"""Made-up run logs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.binarization.compression import layer_bits
from training.config import NetworkConfig
from training.network.architecture import (
    Node,
    binarizable,
    convolutions,
    multiply_accumulates,
    network_nodes,
)

NODES = network_nodes(
    NetworkConfig(stem=8, widths=(8, 12, 16, 20), blocks=(1, 1, 1, 1), neck=12, head=9)
)


def preset_row(
    depth: int,
    ratio: float,
    miss_rate: float,
    ap50: float,
    *,
    steps: int = 0,
    at: int = 100,
    bits: Mapping[str, int] | None = None,
    file_bytes: int = 1000,
    nodes: Sequence[Node] = NODES,
) -> dict[str, Any]:
    names = binarizable(nodes)[::-1][:depth]
    return {
        "event": "preset", "step": at + steps, "branch_steps": steps, "depth": depth,
        "name": "made-up-int8" if bits else f"made-up-{depth:02d}", "file": "x.onnx",
        "ratio_codes": ratio, "ratio_file": ratio, "file_bytes": file_bytes,
        "ap50": ap50, "miss_rate": miss_rate, "threshold": 0.4, "images": 50,
        "bits": bits or layer_bits(nodes, names),
    }  # fmt: skip


def layer_row(layer: str, depth: int, ratio: float, **values: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "event": "layer", "step": 100 + 10 * depth, "layer": layer, "depth": depth,
        "bits_saved": 0, "ratio_codes": ratio, "reconstruction_error": None,
        "flip_ratio": 0.1, "loss": 1.25, "miss_rate": None, "ap50": None,
    }  # fmt: skip
    return row | values


def write_run(
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    method: str = "layer-wise",
    order: str = "inverse",
    seed: int = 0,
    binarize: Mapping[str, Any] | None = None,
    start_from: str = "",
    nodes: Sequence[Node] = NODES,
) -> Path:
    macs = multiply_accumulates(nodes, (96, 64))
    settings = {"order": order, "layers": [], "learn_alpha": True, **(binarize or {})}
    start = {
        "event": "run", "name": "made-up", "method": method, "order": order, "seed": seed,
        "started": "2026-01-02 03:04:05",
        "config": {
            "name": "made-up", "seed": seed, "method": method, "batch": 8, "data": None,
            "ratios": [8.0, 16.0], "pretrain": {"start": start_from, "steps": 100},
            "binarize": settings,
        },
        "layers": [
            {"name": conv.name, "shape": conv.shape, "macs": macs[conv.name],
             "parameters": conv.parameters, "binarizable": conv.binarizable}
            for conv in convolutions(nodes)
        ],
        "input_size": [96, 64], "float_bytes": 4 * sum(c.parameters for c in convolutions(nodes)),
        "images": 400, "validation_images": 50,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row) + "\n" for row in (start, *rows)]
    (folder / "log.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder
