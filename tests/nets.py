"""Small networks and presets for tests."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pedcam.detect.presets import Preset, PresetInfo
from training.binarization.discrepancy import codes_and_scales
from training.binarization.priority import inverse_depth_order
from training.config import NetworkConfig
from training.export.onnx_graph import export_preset
from training.network.architecture import convolutions
from training.network.model import PedestrianNet

SMALL = NetworkConfig(stem=8, widths=(8, 12, 16, 20), blocks=(1, 1, 1, 1), neck=12, head=9)
SIZE = (96, 64)


def pictures(count: int, seed: int = 0, size: tuple[int, int] = SIZE) -> Tensor:
    """Smooth random pictures ``[count, 3, height, width]`` whose values are n / 255."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (count, 3, size[1] // 8, size[0] // 8)).astype(np.float32)
    fine = torch.nn.functional.interpolate(
        torch.from_numpy(coarse), scale_factor=8, mode="bilinear", align_corners=False
    )
    return fine.round() / 255


def small_net(depth: int, seed: int = 0, config: NetworkConfig = SMALL) -> PedestrianNet:
    """A network with lively heads and batch norms, its deepest ``depth`` layers binarized."""
    torch.manual_seed(seed)
    net = PedestrianNet(config)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.weight, 0.8, 0.5)
            torch.nn.init.normal_(module.bias, 0.1, 0.3)
    for conv in convolutions(net.nodes):
        if conv.prediction:
            torch.nn.init.normal_(net.conv(conv.name).weight, 0, 0.25)
            # Scores all over 0..1, so that what differs shows.
            torch.nn.init.constant_(net.conv(conv.name).bias, -0.5 if conv.filters == 1 else 0.7)
    net.train()
    with torch.no_grad():
        for step in range(3):
            net(pictures(8, seed=step))
    net.eval()
    binarize_to(net, depth)
    return net


def binarize_to(net: PedestrianNet, depth: int) -> None:
    """Binarize the deepest layers in closed form and observe activation ranges."""
    for name in inverse_depth_order(net)[:depth]:
        layer = net.conv(name)
        if not layer.binarized:
            layer.freeze(*codes_and_scales(layer.weight))
    net.update_integer()
    net.calibrate_activations(iter([pictures(8)]))


def small_info(name: str = "small", size: tuple[int, int] = SIZE) -> PresetInfo:
    """A description for a small preset; the exporter fills in the rest."""
    return PresetInfo(
        name=name,
        title=name.capitalize(),
        depth=0,
        depth_limit=0,
        layers=(),
        input_size=size,
        score_threshold=0.25,
        ratio_codes=1.0,
        ratio_file=1.0,
        training={"seed": 0},
        created="2026-01-01",
    )


def small_preset(folder: Path, depth: int, name: str = "small") -> Preset:
    """Export a small preset."""
    return export_preset(small_net(depth), folder / f"{name}.onnx", small_info(name))
