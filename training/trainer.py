"""The loop of a run, and what happens between its spans."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pedcam.detect.presets import Preset
from training import distributed
from training.binarize import inverse_depth_order, listed_order, sensitivity
from training.checkpoint import load_checkpoint, save_atomically
from training.compression import network_bytes, ratio_at
from training.data import Batch, FittedViews, RandomViews, batches
from training.distill import distillation_loss
from training.distributed import World
from training.evaluation import Accuracy, evaluate, evaluate_preset
from training.exporting import Exporter
from training.layout import binarizable, convolutions, multiply_accumulates
from training.loss import detection_loss
from training.mapping import ConfigError
from training.methods import METHODS
from training.network import PedestrianNet
from training.progress import Progress
from training.resize import float_network, initial_state
from training.runlog import RunLog
from training.schedule import Span, branch_start, joined_layers, learning_rate
from training.session import REFRESH_AT, Precision, Session, batch_statistics
from training.sets import prepare

CHECKPOINT = "checkpoint.pt"
FLOAT = "float.pt"
# The real weights behind codes that were free to change.
LATENT = "latent.pt"
# Views from here on belong to no epoch: the same ones whenever statistics are taken.
FIXED_VIEWS = 2**31


class Trainer:
    """The loop of a run, and what happens between its spans."""

    def __init__(
        self,
        session: Session,
        output: Path,
        world: World,
        log: RunLog,
        progress: Progress,
        resumed: bool,
    ) -> None:
        """Prepare the data and take note of where the run stands."""
        self.session, self.output, self.world = session, output, world
        self.log, self.progress = log, progress
        self.config, self.device, self.net = session.config, world.device, session.net
        config = self.config
        self.precision = Precision.choose(config.precision, self.device)
        with distributed.first_then_others():
            data = prepare(config, progress.say if world.is_first else lambda text: None)
        float_steps = session.spans()[0].steps
        plain_from = max(0, float_steps - config.pretrain.plain_steps) * config.batch
        self.views = RandomViews(
            data.training, config.view, config.augment, config.seed, plain_from,
            weights=data.weights, more_sizes=config.more_views, batch=config.batch,
        )  # fmt: skip
        self.validation = FittedViews(data.validation, config.input_size)
        self.exporter = Exporter(config, output / "presets")
        self.teacher: PedestrianNet | None = None
        self.deadline, self.stopping = math.inf, threading.Event()
        progress.say(
            f"{len(data.training)} images, {len(binarizable(self.net.nodes))} layers to binarize, "
            f"{world.size} x {self.device}, {self.precision.name}, from step {session.step}"
        )
        if not resumed:
            if config.pretrain.initial:
                place = Path(config.pretrain.initial)
                state, anew = initial_state(place, config.network, config.seed)
                self.net.restore(state, ())
                for stride in anew:
                    progress.say(
                        f"{place}: the scores at stride {stride} only know evidence against a "
                        "person, and start anew"
                    )
            self._log_run(len(data.training), len(data.validation))

    def stop_at(self, deadline: float, stopping: threading.Event) -> None:
        """Set when to stop: a time of the monotonic clock, or an event."""
        self.deadline, self.stopping = deadline, stopping

    def train(self) -> list[Path]:
        """Take every step that is left."""
        session = self.session
        if session.order is None:
            first = session.spans()[:1]
            if not first[0].steps:
                self._finish_float(first[0])
            elif not self._train_spans(first):
                return session.presets
        else:
            self._load_float()
        # With the order that may have been measured just now.
        spans = session.spans()
        self.progress.resize(sum(span.steps for span in spans))
        self._train_spans(spans[1:])
        return session.presets

    def _train_spans(self, spans: Sequence[Span]) -> bool:
        """Train; ``False`` when time was up before the end."""
        session, config = self.session, self.config
        last = spans[-1].start + spans[-1].steps if spans else 0
        if session.step >= last:
            return True
        stream = iter(
            batches(
                self.views, session.step, last, config.batch, config.data.workers,
                pin=self.device.type == "cuda",
                process=self.world.rank, processes=self.world.size,
            )
        )  # fmt: skip
        self.net.train()
        for span in spans:
            if span.start + span.steps <= session.step:
                continue
            self._begin(span, session.step - span.start)
            while session.step < span.start + span.steps:
                self._step(span, next(stream).to(self.device))
                done = session.step == span.start + span.steps
                if done:
                    self._finish(span)
                if distributed.any_of(self.stopping.is_set()):
                    self._save()
                    raise KeyboardInterrupt
                if distributed.any_of(time.monotonic() > self.deadline):
                    self._save()
                    self.progress.say(f"time is up at step {session.step}: go on with --resume")
                    return False
                if session.step % config.checkpoint_steps == 0 or (done and span.export):
                    self._save()
                every = config.pretrain.validate_every
                if span.kind == "float" and not done and every and session.step % every == 0:
                    self._log_float()
        return True

    def _step(self, span: Span, batch: Batch) -> None:
        """Take one step of training."""
        session, config, net = self.session, self.config, self.net
        here = session.step - span.start
        # Whatever is drawn at random in a step depends on its number alone, for resuming.
        torch.manual_seed((config.seed << 32) + session.step)
        for group in session.optimizer.param_groups:
            group["lr"] = learning_rate(config, span, here)
        if span.kind == "approach":
            session.before_approach_step(span, here)
        elif span.kind == "at-once" and here in self._refreshing(span):
            self._take_statistics()
        elif span.kind == "joining":
            self._join(span, here)
        pictures = batch.images.to(memory_format=torch.channels_last).float() / 255
        with self.precision.autocast(self.device):
            values = net.values(pictures)
            logits, logs = net.predictions(values)
        height, width = pictures.shape[2:]
        loss = detection_loss(logits, logs, batch.boxes, batch.kinds, (height, width), config.loss)
        total = loss.total
        if span.kind != "float" and self._teaches():
            assert self.teacher is not None
            with torch.no_grad(), self.precision.autocast(self.device):
                wanted = self.teacher.values(pictures)
            total = total + distillation_loss(values, wanted, config.binarize.distill)
        session.optimizer.zero_grad(set_to_none=True)
        session.scaler.scale(total).backward()
        parameters = [p for p in net.parameters() if p.requires_grad]
        distributed.sum_gradients(parameters)
        session.scaler.unscale_(session.optimizer)
        torch.nn.utils.clip_grad_norm_(parameters, config.clip)
        session.scaler.step(session.optimizer)
        session.scaler.update()
        session.after_step(span, here)
        session.step += 1
        if span.kind == "float" or session.averaging:
            session.average.update_parameters(net)
        value = float(distributed.sum_scalar(total.detach()))
        if not math.isfinite(value):
            # Before anything of it is saved or exported.
            kept = self.output / CHECKPOINT
            raise FloatingPointError(
                f"The loss is {value} at step {session.step}: train with a lower learning rate. "
                + (
                    f"The last checkpoint is {kept}."
                    if kept.exists()
                    else "There is no checkpoint yet."
                )
            )
        self.progress.advance(session.step, f"{span.kind} {span.layer}".strip(), value)
        if session.step % 20 == 0:
            self.log.write(
                "train", step=session.step, kind=span.kind, layer=span.layer, loss=value,
                score_loss=loss.score.item(), box_loss=loss.box.item(),
                learning_rate=learning_rate(config, span, here),
            )  # fmt: skip

    def _begin(self, span: Span, here: int) -> None:
        """What happens before a span's first step, or when a run is resumed within it."""
        session = self.session
        if here == 0 and span.branches:
            session.branch()
        if span.kind == "at-once":
            session.make_rules(span.depth)
        if here and span.kind == "joining":
            session.make_rules(self._joined(span, here - 1))
        if here:
            return
        if span.kind in ("approach", "joining") or span.branches:
            session.pending = {"loss_before": self._fixed_loss()}
        if span.kind == "portion":
            session.freeze_portion(span)
            self._take_statistics()
        if self.config.binarize.ema and span.kind not in ("float", "approach"):
            session.begin_average()
        self.net.train()

    def _finish(self, span: Span) -> None:
        """What happens once a span's last step is taken."""
        session = self.session
        if span.kind == "float":
            self.net.load_state_dict(session.average.module.state_dict())
            self._finish_float(span)
            return
        session.take_average()
        if span.kind == "approach":
            session.freeze_layer(span)
            session.pending["flip_ratio"] = session.flips([span.layer])
            self._take_statistics()
        elif span.kind in ("at-once", "joining"):
            # Only codes and scales of these weights are left in a moment.
            self._keep(LATENT)
            learn_on = session.freeze_rules(span)
            self._take_statistics()
        elif span.kind == "finetune" or span.export:
            self._take_ranges()
        accuracy = None
        if span.export:
            accuracy = self._export(span.depth, continued=span.kind == "continue")
        if span.kind == "finetune":
            self._log_layer(span, span.layer, accuracy)
        elif span.kind in ("at-once", "portion", "joining") and span.export:
            assert session.order is not None
            session.pending["flip_ratio"] = session.flips(session.order[: span.depth])
            self._log_layer(span, "all", accuracy)
        if span.kind == "joining" and span.depth < session.depths()[-1]:
            learn_on()

    def _finish_float(self, span: Span) -> None:
        """Keep the float network, export it, and settle the order of the layers."""
        session, config = self.session, self.config
        if config.pretrain.start:
            self._load_float(Path(config.pretrain.start))
        self._take_ranges()
        session.float_state = {key: value.clone() for key, value in self.net.state_dict().items()}
        self._keep(FLOAT)
        self._make_teacher()
        order = METHODS[config.method].order or config.binarize.order
        session.order = inverse_depth_order(self.net)
        if order == "forward":
            session.order.reverse()
        elif order == "list":
            session.order = listed_order(self.net, config.binarize.layers)
        elif order == "sensitivity":
            increase = distributed.broadcast_object(
                sensitivity(self.net, lambda: self._fixed_loss(own_statistics=True))
            )
            for layer, value in increase.items():
                self.log.write("sensitivity", layer=layer, loss_increase=value)
            session.order = sorted(increase, key=lambda layer: increase[layer])
        if 0 in session.depths() or config.method in ("int8", "float"):
            self._export(0)
        if config.method == "int8":
            self._export(0, eight_bit=True)
        # The float part is over: what comes next begins with fresh moments.
        self._save()

    def _export(
        self, depth: int, *, continued: bool = False, eight_bit: bool = False
    ) -> Accuracy | None:
        """Measure the network and write it as a preset; only the first process knows how good."""
        accuracy = None
        if self.world.is_first:
            start = branch_start(self.session.spans(), self.session.step)
            preset, accuracy = self.exporter.export(
                self.net,
                lambda preset: self._measure(None, preset),
                self._calibration_images() if eight_bit else None,
                continued=continued,
            )
            self.session.presets.append(preset.path)
            self.log.write(
                "preset", step=self.session.step, branch_steps=self.session.step - start,
                depth=depth, name=preset.info.name, file=preset.path.name,
                ratio_codes=preset.info.ratio_codes, ratio_file=preset.info.ratio_file,
                file_bytes=preset.file_bytes, ap50=accuracy.ap50, miss_rate=accuracy.miss_rate,
                threshold=accuracy.threshold, images=accuracy.images,
                levels=accuracy.levels, tied=accuracy.tied,
                bits={layer.name: layer.bits for layer in preset.info.layers},
            )  # fmt: skip
            self.progress.say(
                f"{preset.path.name}: miss rate {100 * accuracy.miss_rate:.1f}, AP50 "
                f"{100 * accuracy.ap50:.1f} on {accuracy.images} validation images, "
                f"{preset.file_bytes / 1000:.0f} kB ({preset.info.ratio_file:.1f}x smaller)"
            )
        distributed.barrier()
        return accuracy

    def _measure(self, limit: int | None, preset: Preset | None = None) -> Accuracy:
        config = self.config
        if preset is not None:
            return evaluate_preset(
                preset, self.validation, config.false_alarms, config.batch, config.data.workers
            )
        return evaluate(
            self.net, self.validation, config.false_alarms, config.batch, config.data.workers, limit
        )

    def _log_float(self) -> None:
        """Log how good the average of the float network is by now; only the first process does."""
        if self.world.is_first:
            config, net = self.config, self.session.average.module
            accuracy = evaluate(
                net, self.validation, config.false_alarms, config.batch, config.data.workers,
                config.binarize.validate_images,
            )  # fmt: skip
            self.log.write("float", step=self.session.step, **asdict(accuracy))
            self.progress.say(
                f"step {self.session.step}: miss rate {100 * accuracy.miss_rate:.1f}, AP50 "
                f"{100 * accuracy.ap50:.1f}, highest scores by stride "
                + ", ".join(f"{stride}: {highest:.2f}" for stride, highest, _ in accuracy.levels)
            )
        distributed.barrier()

    def _log_layer(self, span: Span, layer: str, accuracy: Accuracy | None) -> None:
        session, settings = self.session, self.config.binarize
        session.pending["loss_after"] = self._fixed_loss()
        if not self.world.is_first:
            return
        ratio = ratio_at(self.net.nodes, self.net.binarized())
        full = network_bytes(self.net.nodes, ())
        row: dict[str, Any] = {"miss_rate": None, "ap50": None, "reconstruction_error": None}
        every = settings.validate_every
        if accuracy is None and every and span.depth % every == 0:
            accuracy = self._measure(settings.validate_images)
        if accuracy is not None:
            row |= {"miss_rate": accuracy.miss_rate, "ap50": accuracy.ap50}
        self.log.write(
            "layer", step=session.step, layer=layer, depth=span.depth,
            bits_saved=round(8 * (full - full / ratio)), ratio_codes=ratio,
            **(row | session.pending),
        )  # fmt: skip

    def _log_run(self, images: int, validation_images: int) -> None:
        config, nodes = self.config, self.net.nodes
        macs, known = multiply_accumulates(nodes, config.input_size), binarizable(nodes)
        record = asdict(config) | {"data": None}
        self.log.write(
            "run", name=config.name, method=config.method,
            order=METHODS[config.method].order or config.binarize.order, seed=config.seed,
            started=time.strftime("%Y-%m-%d %H:%M:%S"), config=record,
            layers=[
                {"name": conv.name, "shape": conv.shape, "macs": macs[conv.name],
                 "parameters": conv.parameters, "binarizable": conv.name in known}
                for conv in convolutions(nodes)
            ],
            input_size=config.input_size, float_bytes=network_bytes(nodes, ()),
            images=images, validation_images=validation_images,
        )  # fmt: skip

    def _keep(self, name: str) -> None:
        """Write the network alone, for later runs to begin with."""
        if self.world.is_first:
            state = {"net": self.net.state_dict(), "config": asdict(self.config)}
            save_atomically(state, self.output / name)

    def _save(self) -> None:
        if self.world.is_first:
            save_atomically(self.session.state(), self.output / CHECKPOINT)

    def _load_float(self, path: Path | None = None) -> None:
        """Load the float network, to begin with or to go back to."""
        place = path or self.output / FLOAT
        state = load_checkpoint(place, self.device, frozenset(("net", "config")))["net"]
        if path is not None:
            try:
                self.net.restore(state, ())
            except (RuntimeError, KeyError, TypeError, AttributeError) as error:
                raise ConfigError(
                    f"'pretrain.start': {place} holds another network than 'network' describes."
                ) from error
        self.session.float_state = state
        self._make_teacher()

    def _make_teacher(self) -> None:
        if not self._teaches():
            return
        distill, network = self.config.binarize.distill, self.config.network
        if distill.teacher:
            teacher, of_teacher = float_network(Path(distill.teacher), "binarize.distill.teacher")
            if distill.feature and of_teacher.neck != network.neck:
                raise ConfigError(
                    f"'binarize.distill.feature': {distill.teacher} has features of "
                    f"{of_teacher.neck} channels and this network of {network.neck}."
                )
        else:
            teacher = PedestrianNet(network)
            teacher.restore(self.session.float_state or {}, ())
        self.teacher = teacher.to(self.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]

    def _teaches(self) -> bool:
        distill = self.config.binarize.distill
        return bool(distill.score or distill.box or distill.feature)

    def _joined(self, span: Span, step: int) -> int:
        return joined_layers(self.config, self.session.spans(), span, step)

    def _join(self, span: Span, here: int) -> None:
        """Let the next layer join those with 1-bit weights when its turn comes."""
        count = self._joined(span, here)
        if here == 0 or count > self._joined(span, here - 1):
            self.session.make_rules(count)
            self._take_statistics()

    def _refreshing(self, span: Span) -> set[int]:
        return {int(part * span.steps) for part in REFRESH_AT}

    def _take_statistics(self) -> None:
        """Take batch normalization's statistics and activation ranges anew."""
        if self.config.binarize.norm_batches:
            self.net.estimate_norms(self._images(self.config.binarize.norm_batches))
        self._take_ranges()

    def _take_ranges(self) -> None:
        self.net.observe(self._images(self.config.binarize.calibration_batches))

    def _fixed_batches(self, count: int) -> Iterator[Batch]:
        first = FIXED_VIEWS // self.config.batch
        for batch in batches(self.views, first, first + count, self.config.batch, 0):
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

    @torch.no_grad()
    def _fixed_loss(self, *, own_statistics: bool = False) -> float:
        """Return the loss on views that are always the same."""
        config, net, losses = self.config, self.net, []
        was_training = net.training
        net.eval()
        context = batch_statistics(net) if own_statistics else nullcontext()
        with context:
            for batch in self._fixed_batches(config.binarize.calibration_batches):
                pictures = batch.images.to(memory_format=torch.channels_last).float() / 255
                with self.precision.autocast(self.device):
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
