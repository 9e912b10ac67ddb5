"""Which depths a run exports, and how many steps it takes to them."""

from __future__ import annotations

from collections.abc import Sequence

from training.binarization.compression import depths_for_ratios
from training.config import TrainConfig
from training.mapping import ConfigError
from training.network.architecture import Node, binarizable


class Plan:
    """See the module docstring."""

    def __init__(self, config: TrainConfig, nodes: Sequence[Node]) -> None:
        """Plan a run of a network.

        Raises:
            ConfigError: A depth or a ratio is out of reach.
        """
        self._config, self._nodes = config, nodes
        deepest_first = binarizable(nodes)[::-1]
        self.depths(deepest_first)

    def depths(self, priority: Sequence[str]) -> list[int]:
        """Return the depths to export, by default float, half and all of the layers.

        Args:
            priority: The layers in the order in which they are binarized.

        Raises:
            ConfigError: A depth or a ratio is out of reach.
        """
        config, limit = self._config, len(priority)
        if config.ratios:
            rest = config.binarize.rest
            return sorted({0, *depths_for_ratios(self._nodes, priority, config.ratios, rest)})
        depths = sorted(set(config.depths)) or [0, limit // 2, limit]
        if not all(0 <= depth <= limit for depth in depths):
            raise ConfigError(f"'depths' must lie between 0 and {limit}, not {depths}.")
        return depths

    @property
    def float_steps(self) -> int:
        """Steps of the float network; 0 where one is given."""
        return 0 if self._config.pretrain.start else self._config.pretrain.steps

    def budget(self, depth: int, depths: Sequence[int]) -> int:
        """Return the steps that layer-wise training takes to a depth, given all of them."""
        settings = self._config.binarize
        exported = sum(0 < other <= depth for other in depths)
        each = settings.descent_steps + settings.finetune_steps
        return depth * each + exported * settings.final_steps

    def total_steps(self, depths: Sequence[int]) -> int:
        """Return the steps of the whole run, given the depths."""
        method = self._config.method
        if method == "int8":
            return self.float_steps
        if method in ("layer-wise", "forward", "bytes", "float"):
            return self.float_steps + self.budget(depths[-1], depths)
        return self.float_steps + sum(self.budget(depth, depths) for depth in depths)
