"""The float network of a run, which everything after it begins with and may learn from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor

from training.binarization.output_descent import InputStatistics, input_statistics
from training.config import TrainConfig
from training.data.loader import Batch
from training.mapping import ConfigError
from training.network.model import PedestrianNet, module_key
from training.network.resize import float_network
from training.run.checkpoint import load_checkpoint


class FloatNetwork:
    """See the module docstring; there is none until its state is set or read."""

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        """Take note of the settings and of where it is to compute."""
        self._config, self._device = config, device
        self.state: dict[str, Tensor] = {}
        self._inputs: dict[str, InputStatistics] = {}

    def read(self, path: Path) -> None:
        """Read it from a run's ``float.pt``.

        Raises:
            ConfigError: The file holds another network than the settings describe.
        """
        loaded = load_checkpoint(path, self._device, frozenset(("net", "config")))["net"]
        try:
            PedestrianNet(self._config.network).restore(loaded, ())
        except (RuntimeError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"'pretrain.start': {path} holds another network than 'network' describes."
            ) from error
        self.state = loaded

    def weight(self, name: str) -> Tensor:
        """Return the weights of a layer."""
        return self.state[f"convs.{module_key(name)}.weight"].to(self._device)

    def copy(self) -> PedestrianNet:
        """Return a network with its weights."""
        net = PedestrianNet(self._config.network)
        net.restore(self.state, ())
        return self._placed(net)

    def teacher(self) -> PedestrianNet | None:
        """Return whom binarized networks learn from: a copy, or the network that is named.

        Raises:
            ConfigError: The one that is named cannot be used.
        """
        distill, network = self._config.binarize.distill, self._config.network
        if not (distill.score or distill.box or distill.feature):
            return None
        if not distill.teacher:
            return self.copy().eval()
        teacher, of_teacher = float_network(Path(distill.teacher), "binarize.distill.teacher")
        if distill.feature and of_teacher.neck != network.neck:
            raise ConfigError(
                f"'binarize.distill.feature': {distill.teacher} has features of "
                f"{of_teacher.neck} channels and this network of {network.neck}."
            )
        return self._placed(teacher).eval()

    def input_statistics(
        self, layer: str, pictures: Callable[[], Iterable[Batch]], dtype: torch.dtype | None
    ) -> InputStatistics:
        """Return the statistics of what a layer reads; see ``binarization/output_descent.py``.

        Args:
            layer: Its name.
            pictures: Gives what they are measured on, for all layers at the first call.
            dtype: What the network computes in meanwhile.
        """
        if not self._inputs:
            config = self._config
            self._inputs = input_statistics(
                self.copy(), pictures(), config.loss, config.seed, dtype
            )
        return self._inputs[layer]

    def _placed(self, net: PedestrianNet) -> PedestrianNet:
        return net.to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
