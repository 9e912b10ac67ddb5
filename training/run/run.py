"""One training run: the network, its data, steps, checkpoints and presets.

``training/train.py`` and the rivals say what happens in which order by calling a :class:`Run`. A
run is a row of phases, each a call of :meth:`Run.fit`. It keeps a checkpoint at the end of every
depth, and every so many steps and every minute within a phase that can be gone on with, which all
are that take no closures. A resumed run gets the network as it was then, passes over the depths
that were complete, and begins the phase that it was in where it was.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from training import distributed
from training.binarization.discrepancy import flip_ratio
from training.binarization.output_descent import Codes, InputStatistics
from training.binarization.priority import inverse_depth_order
from training.binarization.quantizers import make_quantizer
from training.config import TrainConfig
from training.data.loader import TrainDataset, ValDataset, WholePictures
from training.data.sets import prepare
from training.distributed import World
from training.mapping import ConfigError
from training.network.architecture import binarizable
from training.network.model import ConvLayer, PedestrianNet, module_key
from training.network.resize import initial_state
from training.network.yolox_teacher import YoloxTeacher
from training.run.checkpoint import load_checkpoint, save_atomically
from training.run.float_network import FloatNetwork
from training.run.optimizer import make_average, phase_rate
from training.run.plan import Plan
from training.run.progress import Progress
from training.run.results import Results
from training.run.runlog import RunLog
from training.run.steps import Steps

CHECKPOINT = "checkpoint.pt"
FLOAT = "float.pt"
# The real weights behind free codes: for resuming while those are frozen, and for later runs.
LATENT = "latent.pt"
CHECKPOINT_KEYS = frozenset(
    ("net", "binarized", "quantizers", "frozen", "optimizer", "average", "scaler", "step", "phase",
     "depth", "branch_start", "notes", "priority", "presets", "config")
)  # fmt: skip
SECONDS_BETWEEN_CHECKPOINTS = 60.0
# With a fifth of them codes fit these pictures too well, and lose up to a quarter more on others.
COVARIANCE_PICTURES = 640
MIN_ALPHA = 1e-6


class TimeUp(Exception):
    """The run's time is over; it was saved."""


class Run:
    """See the module docstring.

    Attributes:
        config: The settings.
        net: The network.
        depth: Layers binarized so far; ``None`` before the float network is trained.
        priority: The layers in the order in which they are binarized, once known.
        presets: What was exported.
        notes: Figures for the log's next line about a layer.
        log: The run's log.
    """

    log: RunLog
    _progress: Progress
    results: Results

    def __init__(self, config: TrainConfig, output: Path, world: World) -> None:
        """Make network and optimizer.

        Raises:
            ConfigError: A depth or a ratio is out of reach.
        """
        self.config, self.output, self.world = config, output, world
        self.device = world.device
        net = PedestrianNet(config.network)
        self.net = net.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._steps = Steps(config, self.net, world)
        self._average: AveragedModel | None = None
        self._teacher: PedestrianNet | None = None
        self._float_teacher: YoloxTeacher | None = None
        self._plan = Plan(config, self.net.nodes)
        self._float = FloatNetwork(config, world.device)
        self._phase: tuple[str, str, int] | None = None
        self._branch_start = 0
        self._deadline, self._stopping = math.inf, threading.Event()
        self._saved_at = time.monotonic()
        self.depth: int | None = None
        self.priority = inverse_depth_order(self.net)
        self.presets: list[Path] = []
        self.notes: dict[str, float] = {}

    @property
    def step(self) -> int:
        """Steps taken."""
        return self._steps.taken

    def stop_at(self, deadline: float, stopping: threading.Event) -> None:
        """Set when to stop: a time of the monotonic clock, or an event."""
        self._deadline, self._stopping = deadline, stopping

    def prepare(self, log: RunLog, progress: Progress, *, resumed: bool) -> None:
        """Read the data, and begin the network as the settings say unless the run is resumed.

        Raises:
            ConfigError: The settings cannot be used.
            DataError: The data cannot be used.
        """
        config, self.log, self._progress = self.config, log, progress
        with distributed.first_then_others():
            data = prepare(config, progress.say if self.world.is_first else lambda text: None)
        plain_from = max(0, self.float_steps - config.pretrain.plain_steps) * config.batch
        views = TrainDataset(
            data.training, config.view, config.augment, config.seed, plain_from,
            weights=data.weights, more_sizes=config.more_views, batch=config.batch,
        )  # fmt: skip
        training, validation = (
            ValDataset(cache, config.input_size) for cache in (data.training, data.validation)
        )
        self._views, self._pictures = views, WholePictures(views, training)
        self._steps.begin(views)
        self.results = Results(
            config, self.net, self.output, self.world, views, training, data.weights, validation,
            log, progress,
        )  # fmt: skip
        progress.say(
            f"{len(data.training)} images, {len(binarizable(self.net.nodes))} layers to binarize, "
            f"{self.world.size} x {self.device}, {self._steps.precision.name}, "
            f"from step {self.step}"
        )
        if config.pretrain.teacher and not self.is_complete(0):
            self._float_teacher = YoloxTeacher(Path(config.pretrain.teacher))
        if resumed:
            return
        if config.pretrain.initial:
            place = Path(config.pretrain.initial)
            state, anew = initial_state(place, config.network, config.seed)
            self.net.restore(state, ())
            for stride in anew:
                progress.say(
                    f"{place}: the scores at stride {stride} only know evidence against a person, "
                    "and start anew"
                )
        self.results.log_run(len(data.training), len(validation))

    # How long it is

    @property
    def depths(self) -> list[int]:
        """The depths to export, by default float, half and all of the layers."""
        return self._plan.depths(self.priority)

    def depths_to_go(self) -> list[int]:
        """Return the depths of at least one layer that are not complete yet."""
        return [depth for depth in self.depths if depth and not self.is_complete(depth)]

    def is_complete(self, depth: int) -> bool:
        """Whether the run has done a depth already, before it was interrupted."""
        return self.depth is not None and depth <= self.depth

    @property
    def float_steps(self) -> int:
        """Steps of the float network; 0 where one is given."""
        return self._plan.float_steps

    def budget(self, depth: int) -> int:
        """Return the steps that layer-wise training takes to a depth."""
        return self._plan.budget(depth, self.depths)

    @property
    def total_steps(self) -> int:
        """Steps of the whole run."""
        return self._plan.total_steps(self.depths)

    # Training

    @property
    def resumed_within(self) -> bool:
        """Whether the run goes on within a phase, so that what precedes it was done."""
        return self._phase is not None

    def fit(
        self,
        phase: str,
        steps: int,
        *,
        layer: str = "",
        average: bool = False,
        before_step: Callable[[int], None] | None = None,
        after_step: Callable[[int], None] | None = None,
        recalibrate_at: Sequence[float] = (),
    ) -> None:
        """Train everything that is real for some steps, with one curve of the learning rate.

        Args:
            phase: What it is, for the log.
            steps: How many, from the phase's beginning.
            layer: The layer in turn, for the log.
            average: Whether the weights' moving average replaces them in the end, where the
                settings ask for one; the float network's always does.
            before_step: Called with the number of each step. A phase with closures is not saved
                within, and begins anew when the run is resumed.
            after_step: The same.
            recalibrate_at: Shares of the steps at which to :meth:`recalibrate`.

        Raises:
            KeyboardInterrupt: The run was asked to stop; it was saved.
            TimeUp: Its time is over; it was saved.
            FloatingPointError: The loss is infinite or not a number.
        """
        config = self.config
        decay = config.pretrain.ema if phase == "float" else config.binarize.ema if average else 0
        start = self._phase[2] if self._phase else 0
        self._phase = None
        fixed = config.binarize.fixed_norm and phase != "float" and steps > 0
        if fixed:
            self._round_rest(measure=not start)
        if not start:
            self._average = make_average(self.net, decay) if decay else None
        closures = before_step is not None or after_step is not None
        moments = {int(part * steps) for part in recalibrate_at}
        self.net.train()
        if fixed:
            self.net.fix_norm()
            self.net.hold_weights(not config.binarize.learn_weights)
            self._steps.begin(self._pictures, config.binarize.norm_rate)
        else:
            self._steps.begin(self._views)
        for here in range(start, steps):
            if here in moments:
                self._steps.seed()
                self.recalibrate()
            if before_step is not None:
                before_step(here)
            self._step(phase, layer, phase_rate(config, phase, here, steps))
            if after_step is not None:
                after_step(here)
            self._clamp_scales()
            if self._average is not None:
                self._average.update_parameters(self.net)
            every = config.pretrain.validate_every
            if phase == "float" and every and self.step % every == 0 and here + 1 < steps:
                averaged: Any = self.net if self._average is None else self._average.module
                self.results.log_float(self.step, averaged)
            self._phase = None if closures else (phase, layer, here + 1)
            if not closures and here + 1 < steps:
                self._save_now_and_then()
            self._stop_if_asked(save=not closures)
        self._phase = None
        if fixed:
            self.net.hold_weights(False)
            self.net.round_rest(False)
        if self._average is not None:
            self.net.load_state_dict(self._average.module.state_dict())
            self._average = None

    def _step(self, phase: str, layer: str, rate: float) -> None:
        """Take one step of training, and tell how it went."""
        teacher = self._float_teacher if phase == "float" else self._teacher
        loss, value = self._steps.take(rate, teacher)
        if not math.isfinite(value):
            # Before anything of it is saved or exported.
            kept = self.output / CHECKPOINT
            raise FloatingPointError(
                f"The loss is {value} at step {self.step}: train with a lower learning rate. "
                + (
                    f"The last checkpoint is {kept}."
                    if kept.exists()
                    else "There is no checkpoint yet."
                )
            )
        self._progress.advance(self.step, f"{phase} {layer}".strip(), value)
        if self.step % 20 == 0:
            self.log.write(
                "train", step=self.step, phase=phase, layer=layer, loss=value,
                score_loss=loss.score.item(), box_loss=loss.box.item(), learning_rate=rate,
            )  # fmt: skip

    @torch.no_grad()
    def _clamp_scales(self) -> None:
        for layer in self.net.binarizable():
            layer.alpha.clamp_(min=MIN_ALPHA)
            if layer.quantizer is not None:
                layer.quantizer.after_step(layer.weight)

    def _stop_if_asked(self, *, save: bool) -> None:
        stop = distributed.any_of(self._stopping.is_set())
        late = not stop and distributed.any_of(time.monotonic() > self._deadline)
        if (stop or late) and save:
            self.save()
        if stop:
            raise KeyboardInterrupt
        if late:
            self._progress.say(f"time is up at step {self.step}: go on with --resume")
            raise TimeUp

    # The network at the turns between phases

    def learn_codes(self, layer: ConvLayer, latent: Tensor, quantizer: str = "sign") -> None:
        """Let a layer compute with 1-bit weights while latent ones behind them go on learning.

        Args:
            layer: The layer.
            latent: What its weights become.
            quantizer: Turns them into 1-bit ones, one of ``quantizers.QUANTIZERS``.
        """
        layer.learn_codes(latent, make_quantizer(quantizer, self._float.weight(layer.spec.name)))
        self._drop_moments(layer)
        self.net.update_integer()

    def same_for_all(self, found: Codes) -> Codes:
        """Return the first process's codes: on GPUs the others' may differ in the last bits."""
        shared: Codes = distributed.broadcast_object(found.to(torch.device("cpu")))
        return shared.to(self.device)

    def freeze(self, layer: ConvLayer, codes: Tensor, scales: Tensor) -> None:
        """Freeze a layer to codes and scales for good; only its scales train from here on."""
        layer.freeze(codes, scales)
        self._drop_moments(layer)
        self.net.update_integer()
        self.note(flip_ratio=flip_ratio(layer.codes, self._float.weight(layer.spec.name)))

    def freeze_codes(self) -> None:
        """Freeze the layers whose codes are free; :meth:`thaw_codes` lets them go on learning."""
        free = [layer for layer in self.net.binarizable() if layer.quantizer is not None]
        if not free:
            return
        self._keep(LATENT)
        for layer in free:
            layer.freeze_codes()
            self._drop_moments(layer)
        codes = torch.cat([layer.codes.flatten() for layer in free])
        before = torch.cat([self._float.weight(layer.spec.name).flatten() for layer in free])
        self.note(flip_ratio=flip_ratio(codes, before))

    @property
    def has_frozen_codes(self) -> bool:
        """Whether codes that were free are frozen just now."""
        return any(layer.latent is not None for layer in self.net.binarizable())

    def thaw_codes(self) -> None:
        """Let the real weights behind frozen codes go on learning."""
        for layer in self.net.binarizable():
            if layer.latent is not None:
                layer.thaw_codes()

    def _drop_moments(self, layer: ConvLayer) -> None:
        # Those of the optimizer, of a layer's real weights that are gone.
        self._steps.optimizer.state.pop(layer.weight, None)

    def return_to_float(self) -> None:
        """Begin a branch: the float network again, and fresh moments."""
        self.net.restore(self._float.state, ())
        self._steps.reset()
        self._branch_start = self.step
        self.notes.clear()

    def recalibrate(self, batches: int | None = None) -> None:
        """Measure batch normalization's statistics and the activations' ranges anew.

        Args:
            batches: On how many, by default those between two layers.
        """
        batches = batches or self.config.binarize.calibration_batches
        with self._steps.precision.autocast(self.device):
            self.net.recalibrate_batchnorm(self.results.images(batches), self._float.copy())
            self.net.calibrate_activations(self.results.images(batches))

    def input_statistics(self, layer: str) -> InputStatistics:
        """Return the statistics of what a layer of the float network reads."""
        batches = -(-COVARIANCE_PICTURES // self.config.batch)
        precision = self._steps.precision
        # Gradients of single positions would underflow in half precision.
        dtype = None if precision.scaled else precision.dtype
        return self._float.input_statistics(layer, lambda: self.results.letterboxed(batches), dtype)

    def keep_float(self) -> None:
        """Keep the float network: branches begin with it, and it may be the teacher."""
        if self.config.pretrain.start:
            self._float.read(Path(self.config.pretrain.start))
            self.net.restore(self._float.state, ())
        self.net.calibrate_activations(
            self.results.images(self.config.binarize.calibration_batches)
        )
        self._float.state = {key: value.clone() for key, value in self.net.state_dict().items()}
        self._keep(FLOAT)
        self._teacher = self._float.teacher()
        self._branch_start = self.step
        self._progress.resize(self.total_steps)

    # Results

    def export(self, *, continued: bool = False, eight_bit: bool = False) -> None:
        """Measure the network and write it as a preset.

        Args:
            continued: Whether it is the float network, trained on.
            eight_bit: Whether to round the float network to 8 bits.
        """
        settings = self.config.binarize
        self._round_rest()
        if settings.fixed_norm and self.net.binarized():
            # Scales and shifts were learned with the statistics that are there.
            with self._steps.precision.autocast(self.device):
                self.net.calibrate_activations(self.results.images(settings.export_batches))
        elif self.net.binarized() or continued:
            self.recalibrate(settings.export_batches)
        # Else the float network's own statistics hold, which are of many more pictures.
        if self.world.is_first:
            preset, accuracy = self.results.export(
                self.step, self.step - self._branch_start, continued=continued, eight_bit=eight_bit
            )
            self.note(miss_rate=accuracy.miss_rate, ap50=accuracy.ap50)
            if preset.path not in self.presets:
                self.presets.append(preset.path)
        self.net.round_rest(False)
        distributed.barrier()

    def _round_rest(self, *, measure: bool = True) -> None:
        """Round the layers that are not binarized to 8 bits, if that is what is exported.

        ``measure`` is whether to measure their ranges, which are as old as the last layer.
        """
        settings = self.config.binarize
        if settings.rest == "int8" and self.net.binarized():
            if measure:
                self.net.calibrate_activations(self.results.images(settings.calibration_batches))
            self.net.round_rest(True)

    def note(self, **values: float) -> None:
        """Keep figures for the log's next line about a layer."""
        self.notes |= values

    def log_layer(self, layer: str, depth: int, *, measured: bool = True) -> None:
        """Log what binarizing a layer, or ``all`` of a branch, did.

        ``measured`` is whether its statistics were, without which its loss says nothing.
        """
        self.results.log_layer(
            self.step, layer, depth, self.priority[:depth], self.notes, measured=measured
        )

    def complete(self, depth: int) -> None:
        """Take note that a depth is done, and keep a checkpoint.

        Raises:
            KeyboardInterrupt: The run was asked to stop.
            TimeUp: Its time is over.
        """
        self.depth = depth
        self.notes.clear()
        self.save()
        if self.step < self.total_steps:
            self._stop_if_asked(save=False)

    # Files

    def save(self) -> None:
        """Write the checkpoint."""
        if self.world.is_first:
            save_atomically(self._state(), self.output / CHECKPOINT)
        self._saved_at = time.monotonic()

    def _save_now_and_then(self) -> None:
        late = time.monotonic() > self._saved_at + SECONDS_BETWEEN_CHECKPOINTS
        if self.step % self.config.checkpoint_steps == 0 or distributed.any_of(late):
            self.save()

    def _state(self) -> dict[str, Any]:
        layers = self.net.binarizable()
        return {
            "net": self.net.state_dict(),
            "binarized": [one.spec.name for one in layers if one.frozen],
            "quantizers": {one.spec.name: one.quantizer.name for one in layers if one.quantizer},
            "frozen": {one.spec.name: one.latent[1].name for one in layers if one.latent},
            "optimizer": self._steps.optimizer.state_dict(),
            "average": None if self._average is None else self._average.state_dict(),
            "scaler": self._steps.scaler.state_dict(),
            "step": self.step,
            "phase": self._phase,
            "depth": self.depth,
            "branch_start": self._branch_start,
            "notes": self.notes,
            "priority": self.priority,
            "presets": [str(path) for path in self.presets],
            "config": asdict(self.config),
        }

    def load(self, path: Path) -> None:
        """Take over a checkpoint.

        Raises:
            ConfigError: It cannot be read, or does not fit the network.
        """
        state = load_checkpoint(path, self.device, CHECKPOINT_KEYS)
        try:
            self.net.restore(state["net"], state["binarized"])
            if state["depth"] is not None:
                self._float.read(self.output / FLOAT)
                self._teacher = self._float.teacher()
            for name, quantizer in state["quantizers"].items():
                layer = self.net.conv(name)
                self.learn_codes(layer, layer.weight.detach(), quantizer)
            if state["frozen"]:
                kept = load_checkpoint(self.output / LATENT, self.device, frozenset(("net",)))
            for name, quantizer in state["frozen"].items():
                latent = kept["net"][f"convs.{module_key(name)}.weight"]
                made = make_quantizer(quantizer, self._float.weight(name))
                self.net.conv(name).latent = latent, made
            self._steps.optimizer.load_state_dict(state["optimizer"])
            self._phase = state["phase"] and tuple(state["phase"])
            if state["average"] is not None:
                config, phase = self.config, state["phase"][0]
                decay = config.pretrain.ema if phase == "float" else config.binarize.ema
                self._average = make_average(self.net, decay)
                self._average.load_state_dict(state["average"])
            self._steps.scaler.load_state_dict(state["scaler"])
            self._steps.taken = int(state["step"])
            self.depth = state["depth"]
            self._branch_start = int(state["branch_start"])
            self.notes, self.priority = dict(state["notes"]), list(state["priority"])
            self.presets = [Path(name) for name in state["presets"]]
        except (RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(
                f"Checkpoint {path} does not fit this network: train again with --overwrite."
            ) from error

    def _keep(self, name: str) -> None:
        """Write the network alone, for later runs to begin with."""
        if self.world.is_first:
            state = {"net": self.net.state_dict(), "config": asdict(self.config)}
            save_atomically(state, self.output / name)
