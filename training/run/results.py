"""What comes of a run: presets, and figures for the log."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Subset

from pedcam.detect.presets import Preset
from training import distributed
from training.binarization.compression import network_bytes, ratio_at
from training.config import TrainConfig
from training.data.loader import Batch, TrainDataset, ValDataset, batches
from training.distributed import World
from training.evaluation import Accuracy, evaluate, evaluate_preset
from training.export.int8 import export_int8
from training.export.onnx_graph import describe_preset, export_preset
from training.export.presets import describe, measured
from training.network.architecture import binarizable, convolutions, multiply_accumulates
from training.network.loss import detection_loss
from training.network.model import PedestrianNet
from training.run.optimizer import Precision
from training.run.progress import Progress
from training.run.runlog import RunLog

# Views from here on belong to no epoch: the same ones whenever statistics are taken.
FIXED_VIEWS = 2**31


class Results:
    """Measures, exports and logs a run's network."""

    def __init__(
        self,
        config: TrainConfig,
        net: PedestrianNet,
        output: Path,
        world: World,
        views: TrainDataset,
        training: ValDataset,
        weights: NDArray[np.float64],
        validation: ValDataset,
        log: RunLog,
        progress: Progress,
    ) -> None:
        """Take note of what to measure, on which images, and where to write.

        Args:
            config: The settings of the run.
            net: Its network.
            output: Its folder.
            world: The processes that train together.
            views: What is trained on.
            training: The pictures of that, as the app would see them.
            weights: How often each of them comes up in training.
            validation: What accuracy is measured on.
            log: Where to log.
            progress: Where to report.
        """
        self._config, self._net, self._world = config, net, world
        self._views, self._training, self._validation = views, training, validation
        self._shares = weights / weights.sum()
        self._log, self._progress = log, progress
        self._precision = Precision.choose(config.precision, world.device)
        self._presets = output / "presets"

    def export(
        self, step: int, branch_steps: int, *, continued: bool, eight_bit: bool
    ) -> tuple[Preset, Accuracy]:
        """Measure the network and write it as a preset; for the first process only.

        Args:
            step: Steps taken so far, for the log.
            branch_steps: Those since the float network.
            continued: Whether it is the float network, trained on.
            eight_bit: Whether to round the float network to 8 bits.

        Returns:
            The preset, and what was measured.
        """
        config, net, accuracy = self._config, self._net, self._measure(self._net)
        info = describe(config, net, accuracy, continued=continued, eight_bit=eight_bit)
        path = self._presets / f"{info.name}.onnx"
        if eight_bit:
            preset = export_int8(net, path, info, self._calibration_images())
            # What rounding costs shows in the file only, and so does the threshold it needs.
            accuracy = evaluate_preset(
                preset, self._validation, config.fppi, config.batch, config.data.workers
            )
            preset = describe_preset(path, **measured(accuracy))
        else:
            preset = export_preset(net, path, info)
        self._log.write(
            "preset", step=step, branch_steps=branch_steps,
            depth=preset.info.depth, name=preset.info.name, file=preset.path.name,
            ratio_codes=preset.info.ratio_codes, ratio_file=preset.info.ratio_file,
            file_bytes=preset.file_bytes, ap50=accuracy.ap50, miss_rate=accuracy.miss_rate,
            threshold=accuracy.threshold, images=accuracy.images,
            levels=accuracy.levels, tied=accuracy.tied,
            bits={layer.name: layer.bits for layer in preset.info.layers},
        )  # fmt: skip
        self._progress.say(
            f"{preset.path.name}: miss rate {100 * accuracy.miss_rate:.1f}, AP50 "
            f"{100 * accuracy.ap50:.1f} on {accuracy.images} validation images, "
            f"{preset.file_bytes / 1000:.0f} kB ({preset.info.ratio_file:.1f}x smaller)"
        )
        return preset, accuracy

    def log_layer(
        self,
        step: int,
        layer: str,
        depth: int,
        binarized: Sequence[str],
        notes: Mapping[str, float],
        *,
        measured: bool,
    ) -> None:
        """Log what binarizing a layer, or all of a branch, did.

        Args:
            step: Steps taken so far.
            layer: Its name, or ``all``.
            depth: Layers binarized by now.
            binarized: Their names.
            notes: Further figures.
            measured: Whether the network's statistics are those of its weights, so that there is a
                loss to log.
        """
        settings = self._config.binarize
        loss = self.fixed_loss() if measured else None
        if not self._world.is_first:
            return
        every = settings.validate_every
        known = dict.fromkeys(("miss_rate", "ap50", "reconstruction_error")) | dict(notes)
        if "ap50" not in notes and every and depth % every == 0:
            accuracy = self._measure(self._net, settings.validate_images)
            known |= {"miss_rate": accuracy.miss_rate, "ap50": accuracy.ap50}
        ratio = ratio_at(self._net.nodes, binarized, settings.rest)
        full = network_bytes(self._net.nodes, ())
        self._log.write(
            "layer", step=step, layer=layer, depth=depth,
            bits_saved=round(8 * (full - full / ratio)), ratio_codes=ratio,
            loss=loss, **known,
        )  # fmt: skip

    @torch.no_grad()
    def fixed_loss(self) -> float:
        """Return the loss on views that are always the same."""
        config, net, losses = self._config, self._net, []
        was_training = net.training
        net.eval()
        for batch in self._fixed_batches(config.binarize.calibration_batches):
            pictures = batch.images.to(memory_format=torch.channels_last).float() / 255
            with self._precision.autocast(self._world.device):
                logits, log_distances = net(pictures)
            height, width = pictures.shape[2:]
            loss = detection_loss(
                logits, log_distances, batch.boxes, batch.labels, (height, width), config.loss
            )
            losses.append(loss.total.item())
        net.train(was_training)
        # Every process has the same views, and the normalizer is the sum over all of them.
        return distributed.world_size() * sum(losses) / len(losses)

    def _measure(self, net: PedestrianNet, limit: int | None = None) -> Accuracy:
        config = self._config
        return evaluate(
            net, self._validation, config.fppi, config.batch, config.data.workers, limit
        )

    def log_float(self, step: int, net: PedestrianNet) -> None:
        """Log how good the average of the float network is by now; only the first process does."""
        if self._world.is_first:
            accuracy = self._measure(net, self._config.binarize.validate_images)
            self._log.write("float", step=step, **asdict(accuracy))
            self._progress.say(
                f"step {step}: miss rate {100 * accuracy.miss_rate:.1f}, AP50 "
                f"{100 * accuracy.ap50:.1f}, highest scores by stride "
                + ", ".join(f"{stride}: {highest:.2f}" for stride, highest, _ in accuracy.levels)
            )
        distributed.barrier()

    def log_run(self, images: int, validation_images: int) -> None:
        """Log what the run is, with how many images to train on and to measure with."""
        config, nodes = self._config, self._net.nodes
        macs, known = multiply_accumulates(nodes, config.input_size), binarizable(nodes)
        record = asdict(config) | {"data": None}
        self._log.write(
            "run", name=config.name, method=config.method, order=config.order, seed=config.seed,
            started=time.strftime("%Y-%m-%d %H:%M:%S"), config=record,
            layers=[
                {"name": conv.name, "shape": conv.shape, "macs": macs[conv.name],
                 "parameters": conv.parameters, "binarizable": conv.name in known}
                for conv in convolutions(nodes)
            ],
            input_size=config.input_size, float_bytes=network_bytes(nodes, ()),
            images=images, validation_images=validation_images,
        )  # fmt: skip

    def _fixed_batches(self, count: int) -> Iterator[Batch]:
        first = FIXED_VIEWS // self._config.batch
        for batch in batches(self._views, first, first + count, self._config.batch, 0):
            yield batch.to(self._world.device)

    def letterboxed(self, count: int) -> Iterator[Batch]:
        """Give up to so many batches of training pictures as the app would see them.

        They are always the same ones, chosen by their weights. Random views are cut out, enlarged
        and darkened: statistics of those do not fit what the app sees.
        """
        size = self._config.batch
        total = min(count * size, int(np.count_nonzero(self._shares)))
        # A few pictures more would count as much as a whole batch.
        total -= total % size if total > size else 0
        rng = np.random.default_rng(self._config.seed)
        drawn = rng.choice(len(self._shares), total, replace=False, p=self._shares)
        chosen = Subset(self._training, drawn.tolist())
        for batch in batches(chosen, 0, -(-total // size), size, 0, last=total):
            yield batch.to(self._world.device)

    def images(self, count: int) -> Iterator[Tensor]:
        """Give the images of :meth:`letterboxed`, ``[batch, 3, height, width]`` in 0..1."""
        for batch in self.letterboxed(count):
            yield batch.images.to(memory_format=torch.channels_last) / 255

    def _calibration_images(self) -> list[Any]:
        return [
            image.permute(1, 2, 0)[None].contiguous().cpu().numpy()
            for batch in self.letterboxed(self._config.binarize.export_batches)
            for image in batch.images
        ]
