"""Make all presets and their card from float networks, with one command that can be interrupted.

    python -m training.tools.make_presets --output models --labels val.json --set val=val.json

binarizes the float networks as the configurations say, rounds them to 8 bits too, sets all
thresholds on ``--labels``, measures speed, and accuracy on each ``--set``. Complete runs are not
repeated, and one that was interrupted goes on.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from pedcam.detect.library import copy_file
from pedcam.detect.presets import read_preset
from pedcam.errors import UserError
from pedcam.files import write_atomically
from training.config import TrainConfig, load_config
from training.run.command import CONFIGS, graceful_stop, say
from training.run.run import CHECKPOINT
from training.tools.exit_code import exit_code

DEFAULT_CONFIGS = tuple(CONFIGS / f"{name}.yaml" for name in ("pedestrian", "tiny"))
TRAIN = CONFIGS.parent / "train.py"
LOOK_EVERY = 0.5  # seconds


def make_presets(arguments: argparse.Namespace, stopping: threading.Event) -> None:
    """Do whatever is not done yet; ``arguments`` are those of the command line.

    Raises:
        UserError: A step failed, which has said why; or the settings make no sense.
        KeyboardInterrupt: It was asked to stop, and has.
    """
    output: Path = arguments.output
    configs = {path.stem: load_config(path, arguments.overrides) for path in arguments.configs}
    for path in arguments.configs:
        folder = arguments.runs / path.stem
        made = [folder / "presets" / f"{name}.onnx" for name in _names(configs[path.stem])]
        if not all(preset.is_file() for preset in made):
            begun = (folder / CHECKPOINT).is_file()
            overrides = [f"--set={override}" for override in arguments.overrides]
            how = ["--resume"] if begun else [f"--config={path}", *overrides]
            _do([str(TRAIN), *how, f"--output={folder}", "--no-install"], stopping)
        output.mkdir(parents=True, exist_ok=True)
        # Of two runs' presets with one name, the later run's count.
        for preset in made:
            copy_file(preset, output / preset.name)
    for config in configs.values():
        if 0 not in config.depths or not config.data.train:
            continue
        source, rounded = output / f"{config.name}-00.onnx", output / f"{config.name}-int8.onnx"
        pictures = config.data.train[0]
        where = [f"--images={pictures.images}"] if pictures.images else []
        _do(["-m", "training.export.round_preset", str(source), f"--labels={pictures.labels}",
             *where, f"--output={rounded}"], stopping)  # fmt: skip
    for name in arguments.without:
        (output / f"{name}.onnx").unlink(missing_ok=True)
    images = [f"--images={arguments.images}"] if arguments.images else []
    calibrate = ["-m", "training.export.calibrate", f"--labels={arguments.labels}", *images]
    presets = sorted(output.glob("*.onnx"))
    _do([*calibrate, *map(str, presets)], stopping)
    binarized = [str(path) for path in presets if read_preset(path).info.depth]
    if arguments.also and binarized:
        _do([*calibrate, *binarized, "--also", *arguments.also], stopping)
    bench = ["-m", "pedcam", "bench", f"--models={output}", "--sizes", "--json"]
    speeds = _do(bench, stopping, keep=True)
    measured = arguments.runs / "bench.json"
    write_atomically(measured, speeds)
    sets = [f"--set={text}" for text in arguments.sets]
    _do(["-m", "training.tools.model_card", str(output), *sets, *images, f"--bench={measured}"],
        stopping)  # fmt: skip


def _names(config: TrainConfig) -> list[str]:
    if not config.depths:
        raise UserError(f"'depths' of {config.name} must say which presets are wanted.")
    return [f"{config.name}-{depth:02d}" for depth in config.depths]


def _do(command: Sequence[str], stopping: threading.Event, *, keep: bool = False) -> bytes:
    """Run Python on something as a person would, in a process of its own; return its output."""
    say(f"\n$ python {' '.join(command)}")
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE if keep else None)
    asked = False
    output = b""
    while True:
        try:
            output = process.communicate(timeout=LOOK_EVERY)[0] or b""
            break
        except subprocess.TimeoutExpired:
            # Ctrl-C reaches it as well, but a signal to this process alone does not.
            if stopping.is_set() and not asked:
                process.terminate()
                asked = True
        except BaseException:
            process.kill()
            raise
    if stopping.is_set():
        raise KeyboardInterrupt
    if process.returncode:
        raise UserError(
            f"That ended with exit code {process.returncode}; nothing after it is done."
        )
    return output


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description="Make all presets and their card from float networks; run it again to go on."
    )
    add = parser.add_argument
    add("--output", type=Path, required=True, metavar="DIR", help="folder for presets and card")
    add("--labels", type=Path, required=True, help="labelled pictures for the thresholds")
    add("--images", type=Path, metavar="DIR", help="where all pictures are, if not beside labels")
    add("--set", action="append", default=[], dest="sets", metavar="NAME=LABELS",
        help="measure on these labels; the app shows the first")  # fmt: skip
    add("--also", nargs="+", default=[], metavar="WxH",
        help="further input sizes of the binarized presets")  # fmt: skip
    add("--without", nargs="+", default=[], metavar="PRESET", help="leave these presets out")
    add("--runs", type=Path, default=Path("runs"), metavar="DIR", help="default: %(default)s")
    add("--config", type=Path, nargs="+", default=DEFAULT_CONFIGS, dest="configs", metavar="FILE",
        help="one run each, in this order; default: those of pedcam's own presets")  # fmt: skip
    add("--override", action="append", default=[], dest="overrides", metavar="KEY=VALUE",
        help="override one setting of all runs, e.g. threads=1")  # fmt: skip
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code."""
    parsed = parse(arguments)
    with graceful_stop() as stopping:
        return exit_code(
            "make_presets",
            lambda: make_presets(parsed, stopping),
            "stopped; the same command goes on",
        )


if __name__ == "__main__":
    sys.exit(main())
