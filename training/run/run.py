"""One training run: the network, its data, steps, checkpoints and presets.

``training/train.py`` and the rivals say what happens in which order by calling a :class:`Run`. A
run is a row of phases, each a call of :meth:`Run.fit`. It keeps a checkpoint at the end of every
depth, and every so many steps and every minute within a phase that can be gone on with, which all
are that take no closures. A resumed run gets the network as it was then, passes over the depths
that were complete, and begins the phase that it was in where it was.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from pedcam.detect.presets import Preset
from training import distributed
from training.binarization.compression import depths_for_ratios, network_bytes, ratio_at
from training.binarization.discrepancy import flip_ratio
from training.binarization.priority import inverse_depth_order
from training.binarization.quantizers import make_quantizer
from training.config import TrainConfig
from training.data import Batch, FittedViews, RandomViews, batches
from training.distill import distillation_loss
from training.distributed import World
from training.evaluation import Accuracy, evaluate, evaluate_preset
from training.exporting import Exporter
from training.layout import binarizable, convolutions, multiply_accumulates
from training.loss import detection_loss
from training.mapping import ConfigError
from training.network import ConvLayer, PedestrianNet
from training.resize import float_network, initial_state
from training.run.checkpoint import load_checkpoint, save_atomically
from training.run.optimizer import Precision, make_average, make_optimizer, phase_rate
from training.run.progress import Progress
from training.run.runlog import RunLog
from training.sets import prepare

CHECKPOINT = "checkpoint.pt"
FLOAT = "float.pt"
# The real weights behind codes that were free to change.
LATENT = "latent.pt"
CHECKPOINT_KEYS = frozenset(
    ("net", "binarized", "quantizers", "optimizer", "average", "scaler", "step", "phase", "depth",
     "part", "branch_start", "notes", "priority", "presets", "config")
)  # fmt: skip
# Views from here on belong to no epoch: the same ones whenever statistics are taken.
FIXED_VIEWS = 2**31
SECONDS_BETWEEN_CHECKPOINTS = 60.0
MIN_ALPHA = 1e-6


class TimeUp(Exception):
    """The run's time is over; it was saved."""


class Run:
    """See the module docstring.

    Attributes:
        config: The settings.
        net: The network.
        depth: Layers binarized so far; ``None`` before the float network is trained.
        part: Parts of the branch under way that are complete.
        priority: The layers in the order in which they are binarized, once known.
        step: Steps taken.
        presets: What was exported.
        log: The run's log.
    """

    log: RunLog
    _progress: Progress
    _views: RandomViews
    _validation: FittedViews

    def __init__(self, config: TrainConfig, output: Path, world: World) -> None:
        """Make network and optimizer.

        Raises:
            ConfigError: A depth or a ratio is out of reach.
        """
        self.config, self.output, self.world = config, output, world
        self.device = world.device
        net = PedestrianNet(config.network)
        self.net = net.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizer = make_optimizer(self.net, config.weight_decay)
        self._precision = Precision.choose(config.precision, self.device)
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=self._precision.scaled)
        self._average: AveragedModel | None = None
        self._exporter = Exporter(config, output / "presets")
        self._teacher: PedestrianNet | None = None
        self._float_state: dict[str, Tensor] = {}
        self._notes: dict[str, float] = {}
        self._accuracy: Accuracy | None = None
        self._quantizers: dict[str, str] = {}
        self._phase: tuple[str, str, int] | None = None
        self._branch_start = 0
        self._stream: Iterator[Batch] | None = None
        self._deadline, self._stopping = math.inf, threading.Event()
        self._saved_at = time.monotonic()
        self.depth: int | None = None
        self.part, self.step = 0, 0
        self.priority = inverse_depth_order(self.net)
        self.presets: list[Path] = []
        self.depths  # noqa: B018  # checked before anything is trained

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
        self._views = RandomViews(
            data.training, config.view, config.augment, config.seed, plain_from,
            weights=data.weights, more_sizes=config.more_views, batch=config.batch,
        )  # fmt: skip
        self._validation = FittedViews(data.validation, config.input_size)
        progress.say(
            f"{len(data.training)} images, {len(binarizable(self.net.nodes))} layers to binarize, "
            f"{self.world.size} x {self.device}, {self._precision.name}, from step {self.step}"
        )
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
        self._log_run(len(data.training), len(data.validation))

    # How long it is

    @property
    def depths(self) -> list[int]:
        """The depths to export, by default float, half and all of the layers.

        Raises:
            ConfigError: A depth or a ratio is out of reach.
        """
        config, limit = self.config, len(self.priority)
        if config.ratios:
            return [0, *depths_for_ratios(self.net.nodes, self.priority, config.ratios)]
        depths = sorted(set(config.depths)) or [0, limit // 2, limit]
        if not all(0 <= depth <= limit for depth in depths):
            raise ConfigError(f"'depths' must lie between 0 and {limit}, not {depths}.")
        return depths

    def depths_to_go(self) -> list[int]:
        """Return the depths of at least one layer that are not complete yet."""
        return [depth for depth in self.depths if depth and not self.is_complete(depth)]

    def is_complete(self, depth: int) -> bool:
        """Whether the run has done a depth already, before it was interrupted."""
        return self.depth is not None and depth <= self.depth

    @property
    def float_steps(self) -> int:
        """Steps of the float network; 0 where one is given."""
        return 0 if self.config.pretrain.start else self.config.pretrain.steps

    def budget(self, depth: int) -> int:
        """Return the steps that layer-wise training takes to a depth."""
        settings = self.config.binarize
        exported = sum(0 < other <= depth for other in self.depths)
        each = settings.descent_steps + settings.finetune_steps
        return depth * each + exported * settings.final_steps

    @property
    def total_steps(self) -> int:
        """Steps of the whole run."""
        method, depths = self.config.method, self.depths
        if method == "int8":
            return self.float_steps
        if method in ("layer-wise", "forward", "sensitivity", "float"):
            return self.float_steps + self.budget(depths[-1])
        return self.float_steps + sum(map(self.budget, depths))

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
        if not start:
            self._average = make_average(self.net, decay) if decay else None
        closures = before_step is not None or after_step is not None
        moments = {int(part * steps) for part in recalibrate_at}
        self.net.train()
        for here in range(start, steps):
            if here in moments:
                self._seed()
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
                self._log_float()
            self._phase = None if closures else (phase, layer, here + 1)
            if not closures and here + 1 < steps:
                self._save_now_and_then()
            self._stop_if_asked(save=not closures)
        self._phase = None
        if self._average is not None:
            self.net.load_state_dict(self._average.module.state_dict())
            self._average = None

    def _step(self, phase: str, layer: str, rate: float) -> None:
        """Take one step of training."""
        config, net = self.config, self.net
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        if self._stream is None:
            self._stream = iter(
                batches(
                    self._views, self.step, FIXED_VIEWS // config.batch, config.batch,
                    config.data.workers,
                    pin=self.device.type == "cuda",
                    process=self.world.rank, processes=self.world.size,
                )
            )  # fmt: skip
        batch = next(self._stream).to(self.device)
        self._seed()
        pictures = batch.images.to(memory_format=torch.channels_last).float() / 255
        with self._precision.autocast(self.device):
            values = net.values(pictures)
            logits, logs = net.predictions(values)
        height, width = pictures.shape[2:]
        loss = detection_loss(logits, logs, batch.boxes, batch.kinds, (height, width), config.loss)
        total = loss.total
        if phase != "float" and self._teacher is not None:
            with torch.no_grad(), self._precision.autocast(self.device):
                wanted = self._teacher.values(pictures)
            total = total + distillation_loss(values, wanted, config.binarize.distill)
        self._optimizer.zero_grad(set_to_none=True)
        self._scaler.scale(total).backward()
        parameters = [p for p in net.parameters() if p.requires_grad]
        distributed.sum_gradients(parameters)
        self._scaler.unscale_(self._optimizer)
        torch.nn.utils.clip_grad_norm_(parameters, config.clip)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self.step += 1
        value = float(distributed.sum_scalar(total.detach()))
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

    def _seed(self) -> None:
        """Let whatever is drawn at random in a step depend on its number alone, for resuming."""
        torch.manual_seed((self.config.seed << 32) + self.step)

    @torch.no_grad()
    def _clamp_scales(self) -> None:
        for name in binarizable(self.net.nodes):
            layer = self.net.conv(name)
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

    def quantize(self, name: str, quantizer: str) -> None:
        """Let a layer compute with 1-bit weights while the real ones behind them go on learning.

        Args:
            name: The layer.
            quantizer: One of ``quantizers.QUANTIZERS``.
        """
        self._quantizers[name] = quantizer
        self.net.conv(name).quantizer = make_quantizer(quantizer, self.float_weight(name))
        self.net.update_integer()

    def freeze_codes(self) -> Callable[[], None]:
        """Freeze the layers whose codes are free; return what makes them go on learning."""
        learning = dict(self._quantizers)
        if learning:
            # Only codes and scales of these weights are left in a moment.
            self._keep(LATENT)
        kept = []
        for name in learning:
            layer = self.net.conv(name)
            assert layer.quantizer is not None
            kept.append(
                (layer, layer.weight.detach().clone(), self._optimizer.state.get(layer.weight))
            )
            layer.freeze(*layer.quantizer.codes_and_scales(layer.weight))
            self.drop_moments(layer)
        self._quantizers = {}
        if learning:
            names = list(learning)
            codes = torch.cat([self.net.conv(name).codes.flatten() for name in names])
            before = torch.cat([self.float_weight(name).flatten() for name in names])
            self.note(flip_ratio=flip_ratio(codes, before))
            self.recalibrate()
        else:
            self.calibrate_activations()

        def thaw() -> None:
            for layer, weight, moments in kept:
                layer.make_real()
                layer.weight.data.copy_(weight)
                layer.alpha.requires_grad_(True)
                if moments is not None:
                    self._optimizer.state[layer.weight] = moments
            for name, quantizer in learning.items():
                self.quantize(name, quantizer)

        return thaw

    def drop_moments(self, layer: ConvLayer) -> None:
        """Forget the optimizer's moments of a layer's real weights, which are gone."""
        self._optimizer.state.pop(layer.weight, None)

    def return_to_float(self) -> None:
        """Begin a branch: the float network again, and fresh moments."""
        self.net.restore(self._float_state, ())
        self._optimizer = make_optimizer(self.net, self.config.weight_decay)
        self._quantizers, self._notes, self._branch_start = {}, {}, self.step

    def float_weight(self, name: str) -> Tensor:
        """Return the float network's weights of a layer."""
        return self._float_state[f"convs.{name.replace('.', '_')}.weight"].to(self.device)

    def recalibrate(self) -> None:
        """Measure batch normalization's statistics and the activations' ranges anew."""
        if self.config.binarize.norm_batches:
            self.net.estimate_norms(self._images(self.config.binarize.norm_batches))
        self.calibrate_activations()

    def calibrate_activations(self) -> None:
        """Measure the activations' ranges anew."""
        self.net.observe(self._images(self.config.binarize.calibration_batches))

    def keep_float(self) -> None:
        """Keep the float network: branches begin with it, and it may be the teacher."""
        if self.config.pretrain.start:
            self._load_float(Path(self.config.pretrain.start))
        self.calibrate_activations()
        self._float_state = {key: value.clone() for key, value in self.net.state_dict().items()}
        self._keep(FLOAT)
        self._make_teacher()
        self._branch_start = self.step
        self._progress.resize(self.total_steps)

    # Results

    def export(self, *, continued: bool = False, eight_bit: bool = False) -> None:
        """Measure the network and write it as a preset.

        Args:
            continued: Whether it is the float network, trained on.
            eight_bit: Whether to round the float network to 8 bits.
        """
        if self.world.is_first:
            preset, accuracy = self._exporter.export(
                self.net,
                lambda preset: self._measure(None, preset),
                self._calibration_images() if eight_bit else None,
                continued=continued,
            )
            if preset.path not in self.presets:
                self.presets.append(preset.path)
            self._accuracy = accuracy
            self.log.write(
                "preset", step=self.step, branch_steps=self.step - self._branch_start,
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
        distributed.barrier()

    def note(self, **values: float) -> None:
        """Keep figures for the log's next line about a layer."""
        self._notes |= values

    def log_layer(self, layer: str, depth: int) -> None:
        """Log what binarizing a layer, or all of a branch, did."""
        settings, notes = self.config.binarize, self._notes | {"loss_after": self.fixed_loss()}
        accuracy, self._notes, self._accuracy = self._accuracy, {}, None
        if not self.world.is_first:
            return
        every = settings.validate_every
        if accuracy is None and every and depth % every == 0:
            accuracy = self._measure(settings.validate_images)
        ratio = ratio_at(self.net.nodes, self.priority[:depth])
        full = network_bytes(self.net.nodes, ())
        figures: dict[str, Any] = {"miss_rate": None, "ap50": None, "reconstruction_error": None}
        if accuracy is not None:
            figures |= {"miss_rate": accuracy.miss_rate, "ap50": accuracy.ap50}
        self.log.write(
            "layer", step=self.step, layer=layer, depth=depth,
            bits_saved=round(8 * (full - full / ratio)), ratio_codes=ratio,
            **(figures | notes),
        )  # fmt: skip

    def complete(self, depth: int) -> None:
        """Take note that a depth is done, and keep a checkpoint.

        Raises:
            KeyboardInterrupt: The run was asked to stop.
            TimeUp: Its time is over.
        """
        self.depth, self.part, self._accuracy = depth, 0, None
        self.save()
        if self.step < self.total_steps:
            self._stop_if_asked(save=False)

    @torch.no_grad()
    def fixed_loss(self, *, own_statistics: bool = False) -> float:
        """Return the loss on views that are always the same.

        Args:
            own_statistics: Whether batch normalization uses the batches' own statistics.
        """
        config, net, losses = self.config, self.net, []
        was_training = net.training
        net.eval()
        context = batch_statistics(net) if own_statistics else contextlib.nullcontext()
        with context:
            for batch in self._fixed_batches(config.binarize.calibration_batches):
                pictures = batch.images.to(memory_format=torch.channels_last).float() / 255
                with self._precision.autocast(self.device):
                    logits, logs = net(pictures)
                height, width = pictures.shape[2:]
                losses.append(
                    detection_loss(
                        logits, logs, batch.boxes, batch.kinds, (height, width), config.loss
                    ).total.item()
                )
        net.train(was_training)
        # Every process has the same views, and the normalizer is the sum over all of them.
        return distributed.world_size() * sum(losses) / len(losses)

    def _measure(self, limit: int | None, preset: Preset | None = None) -> Accuracy:
        config = self.config
        if preset is not None:
            return evaluate_preset(
                preset, self._validation, config.false_alarms, config.batch, config.data.workers
            )
        return evaluate(
            self.net, self._validation, config.false_alarms, config.batch, config.data.workers,
            limit,
        )  # fmt: skip

    def _log_float(self) -> None:
        """Log how good the average of the float network is by now; only the first process does."""
        if self.world.is_first:
            config = self.config
            net = self.net if self._average is None else self._average.module
            accuracy = evaluate(
                net, self._validation, config.false_alarms, config.batch, config.data.workers,
                config.binarize.validate_images,
            )  # fmt: skip
            self.log.write("float", step=self.step, **asdict(accuracy))
            self._progress.say(
                f"step {self.step}: miss rate {100 * accuracy.miss_rate:.1f}, AP50 "
                f"{100 * accuracy.ap50:.1f}, highest scores by stride "
                + ", ".join(f"{stride}: {highest:.2f}" for stride, highest, _ in accuracy.levels)
            )
        distributed.barrier()

    def _log_run(self, images: int, validation_images: int) -> None:
        config, nodes = self.config, self.net.nodes
        macs, known = multiply_accumulates(nodes, config.input_size), binarizable(nodes)
        record = asdict(config) | {"data": None}
        self.log.write(
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
        first = FIXED_VIEWS // self.config.batch
        for batch in batches(self._views, first, first + count, self.config.batch, 0):
            yield batch.to(self.device)

    def _images(self, count: int) -> Iterator[Tensor]:
        for batch in self._fixed_batches(count):
            yield batch.images.to(memory_format=torch.channels_last) / 255

    def _calibration_images(self) -> list[Any]:
        return [
            image.permute(1, 2, 0)[None].contiguous().cpu().numpy()
            for batch in self._fixed_batches(self.config.binarize.calibration_batches)
            for image in batch.images
        ]

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
        return {
            "net": self.net.state_dict(),
            "binarized": self.net.binarized(),
            "quantizers": self._quantizers,
            "optimizer": self._optimizer.state_dict(),
            "average": None if self._average is None else self._average.state_dict(),
            "scaler": self._scaler.state_dict(),
            "step": self.step,
            "phase": self._phase,
            "depth": self.depth,
            "part": self.part,
            "branch_start": self._branch_start,
            "notes": self._notes,
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
                self._float_state = self._read_float(self.output / FLOAT)
                self._make_teacher()
            for name, quantizer in state["quantizers"].items():
                self.quantize(name, quantizer)
            self._optimizer.load_state_dict(state["optimizer"])
            self._phase = state["phase"] and tuple(state["phase"])
            if state["average"] is not None:
                config, phase = self.config, state["phase"][0]
                decay = config.pretrain.ema if phase == "float" else config.binarize.ema
                self._average = make_average(self.net, decay)
                self._average.load_state_dict(state["average"])
            self._scaler.load_state_dict(state["scaler"])
            self.step, self.depth, self.part = int(state["step"]), state["depth"], state["part"]
            self._branch_start = int(state["branch_start"])
            self._notes, self.priority = dict(state["notes"]), list(state["priority"])
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

    def _read_float(self, path: Path) -> dict[str, Tensor]:
        state: dict[str, Tensor] = load_checkpoint(path, self.device, frozenset(("net", "config")))[
            "net"
        ]
        return state

    def _load_float(self, path: Path) -> None:
        """Load the float network, to begin with or to go back to."""
        state = self._read_float(path)
        try:
            self.net.restore(state, ())
        except (RuntimeError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"'pretrain.start': {path} holds another network than 'network' describes."
            ) from error
        self._float_state = state
        self._make_teacher()

    def _make_teacher(self) -> None:
        distill, network = self.config.binarize.distill, self.config.network
        if not (distill.score or distill.box or distill.feature):
            return
        if distill.teacher:
            teacher, of_teacher = float_network(Path(distill.teacher), "binarize.distill.teacher")
            if distill.feature and of_teacher.neck != network.neck:
                raise ConfigError(
                    f"'binarize.distill.feature': {distill.teacher} has features of "
                    f"{of_teacher.neck} channels and this network of {network.neck}."
                )
        else:
            teacher = PedestrianNet(network)
            teacher.restore(self._float_state, ())
        self._teacher = teacher.to(self.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]


@contextlib.contextmanager
def batch_statistics(net: PedestrianNet) -> Iterator[None]:
    """Let batch normalization use the batches' statistics without keeping any of them."""
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    momenta, was_training = [norm.momentum for norm in norms], net.training
    net.train()
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        net.train(was_training)
