"""Steps of the optimizer, on batch after batch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.utils.data import Dataset

from training import distributed
from training.config import TrainConfig
from training.data.loader import Batch, View, batches
from training.distributed import World
from training.network.distill import distillation_loss
from training.network.loss import Loss, detection_loss
from training.network.model import PedestrianNet
from training.network.yolox_teacher import YoloxTeacher, unexplained_features
from training.run.optimizer import Precision, make_optimizer
from training.run.results import FIXED_VIEWS


class Steps:
    """Takes steps; which views a step sees depends on its number alone.

    Attributes:
        taken: How many were taken.
        optimizer: Of everything in the network.
        scaler: Of gradients, for half precision.
        precision: That of a forward pass.
    """

    def __init__(self, config: TrainConfig, net: PedestrianNet, world: World) -> None:
        """Make the optimizer.

        Raises:
            ConfigError: The precision is not to be had on this device.
        """
        self._config, self._net, self._world = config, net, world
        self.taken = 0
        self.precision = Precision.choose(config.precision, world.device)
        self.scaler = torch.amp.GradScaler(world.device.type, enabled=self.precision.scaled)
        self._stream: Iterator[Batch] | None = None
        self._views: Dataset[View] | None = None
        self._norm_rate = 1.0
        self.reset()

    def reset(self) -> None:
        """Forget the optimizer's moments."""
        self.optimizer = make_optimizer(self._net, self._config.weight_decay)

    def begin(self, views: Dataset[View], norm_rate: float = 1.0) -> None:
        """Set what to train on from here.

        Args:
            views: By number.
            norm_rate: How many times as fast as weights everything else learns.
        """
        if views is not self._views:
            self._stream = None
        self._views, self._norm_rate = views, norm_rate

    def seed(self) -> None:
        """Let whatever is drawn at random in a step depend on its number alone, for resuming."""
        torch.manual_seed((self._config.seed << 32) + self.taken)

    def take(self, rate: float, teacher: PedestrianNet | YoloxTeacher | None) -> tuple[Loss, float]:
        """Take the next step.

        Args:
            rate: Learning rate.
            teacher: Whom to learn from too.

        Returns:
            As :meth:`learn`.
        """
        batch = next(self._batches()).to(self._world.device)
        self.seed()
        return self.learn(batch, rate, teacher)

    def learn(
        self,
        batch: Batch,
        rate: float,
        teacher: PedestrianNet | YoloxTeacher | None = None,
    ) -> tuple[Loss, float]:
        """Take a step on a batch.

        Returns:
            The detection loss of this process's part of the batch, and the total of all.
        """
        config, net, device = self._config, self._net, self._world.device
        weights, *others = self.optimizer.param_groups
        weights["lr"] = rate
        for group in others:
            group["lr"] = self._norm_rate * rate
        pictures = batch.images.to(memory_format=torch.channels_last).float() / 255
        with self.precision.autocast(device):
            values = net.values(pictures)
            logits, log_distances = net.predictions(values)
        height, width = pictures.shape[2:]
        soft = teacher(batch.images) if isinstance(teacher, YoloxTeacher) else None
        loss = detection_loss(
            logits, log_distances, batch.boxes, batch.labels, (height, width), config.loss, soft
        )
        total = loss.total
        if soft is not None:
            share = unexplained_features(values, soft.features) / distributed.world_size()
            total = total + config.pretrain.teacher_features * share
        if isinstance(teacher, PedestrianNet):
            with torch.no_grad(), self.precision.autocast(device):
                wanted = teacher.values(pictures)
            settings = config.binarize.distill
            total = settings.labels * total + distillation_loss(values, wanted, settings)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(total).backward()
        parameters = [p for p in net.parameters() if p.requires_grad]
        distributed.sum_gradients(parameters)
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(parameters, config.max_grad_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.taken += 1
        return loss, float(distributed.sum_scalar(total.detach()))

    def _batches(self) -> Iterator[Batch]:
        if self._stream is None:
            assert self._views is not None, "nothing to train on"
            self._stream = iter(
                batches(
                    self._views, self.taken, FIXED_VIEWS // self._config.batch, self._config.batch,
                    self._config.data.workers,
                    pin=self._world.device.type == "cuda",
                    process=self._world.rank, processes=self._world.size,
                )
            )  # fmt: skip
        return self._stream
