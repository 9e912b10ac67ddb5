"""Statistics of batch normalization measured anew, as before every export of binarized layers."""

from pathlib import Path

import pytest
import torch

from pedcam.measure.labels.coco import read_coco
from training.data.cache import ImageCache
from training.data.loader import ValDataset, batches
from training.evaluation import evaluate
from training.network.resize import float_network

FLOAT = Path(__file__).parents[3] / "training/checkpoints/pedestrian-float.pt"
SIZE = 576, 352


@pytest.mark.timeout(400)
@pytest.mark.skipif(not FLOAT.exists(), reason="there is no float network")
def test_the_float_network_is_as_good_with_them(data_folder: Path, tmp_path: Path) -> None:
    images = read_coco(data_folder / "val.json", data_folder).images
    measured = ValDataset(ImageCache(images[::2], tmp_path), SIZE)
    # Training pictures would do as well; these are at hand and of the same kind.
    others = ValDataset(ImageCache(images[1::2], tmp_path), SIZE)
    net, _ = float_network(FLOAT, "pretrain.start")
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    before = evaluate(net, measured, 0.1, 8, 0)
    with torch.no_grad():
        net.recalibrate_batchnorm(
            batch.images.to(memory_format=torch.channels_last) / 255
            for batch in batches(others, 0, 64, 5, 0)
        )
    after = evaluate(net, measured, 0.1, 8, 0)
    assert after != before
    assert after.miss_rate <= before.miss_rate + 0.003
