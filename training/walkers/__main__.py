"""Render street scenes with walking figures: one picture, a labelled folder, or a film.

The demo clip is `python -m training.walkers clip`, which stands for

    python -m training.walkers clip --seed 34 --kind street --output assets/demo.mp4 \
        --seconds 20 --size 1280x720 --rate 25 --crf 24
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2

from training.walkers.clip import WalkerClip
from training.walkers.dataset import write_dataset
from training.walkers.film import drawn, write_clip
from training.walkers.still import render_still

DEMO_SEED = 34
"""The best-looking clip among those tried."""


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        message = f"{text!r} is not WIDTHxHEIGHT, such as 1280x720"
        raise argparse.ArgumentTypeError(message) from None
    if min(width, height) < 16 or width % 2 or height % 2:
        raise argparse.ArgumentTypeError(f"{text!r}: both must be even and at least 16")
    return width, height


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.walkers", description=(__doc__ or "").splitlines()[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)

    still = commands.add_parser("still", help="render one scene")
    still.add_argument("--seed", type=int, default=0)
    still.add_argument("--output", type=Path, required=True, help="a .png or .jpg file")
    still.add_argument("--size", type=_size, default=(640, 384), metavar="WxH")
    still.add_argument("--boxes", action="store_true", help="draw the boxes")

    dataset = commands.add_parser("dataset", help="render a labelled folder for training")
    dataset.add_argument("folder", type=Path)
    dataset.add_argument("--count", type=int, default=1000)
    dataset.add_argument("--seed", type=int, default=0)
    dataset.add_argument("--size", type=_size, default=(640, 384), metavar="WxH")
    dataset.add_argument("--workers", type=int, default=2)

    clip = commands.add_parser("clip", help="render a film of walking people")
    clip.add_argument("--seed", type=int, default=DEMO_SEED)
    clip.add_argument("--output", type=Path, default=Path("assets/demo.mp4"))
    clip.add_argument("--kind", choices=["street", "square", "park"], default="street")
    clip.add_argument("--seconds", type=float, default=20.0)
    clip.add_argument("--size", type=_size, default=(1280, 720), metavar="WxH")
    clip.add_argument("--rate", type=float, default=25.0)
    clip.add_argument("--crf", type=int, default=24, help="quality, lower is better and larger")
    clip.add_argument("--boxes", action="store_true", help="draw the boxes")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    given = _parser().parse_args(arguments)
    width, height = given.size
    if given.command == "still":
        scene = render_still(given.seed, width, height)
        given.output.parent.mkdir(parents=True, exist_ok=True)
        if not cv2.imwrite(str(given.output), drawn(scene) if given.boxes else scene.image):
            sys.stderr.write(f"could not write {given.output}: is its suffix .png or .jpg?\n")
            return 1
        sys.stdout.write(f"{given.output}: {len(scene.boxes)} people\n")
    elif given.command == "dataset":
        write_dataset(given.folder, given.count, given.seed, width, height, given.workers)
        sys.stdout.write(f"{given.folder}: {given.count} scenes\n")
    else:
        film = WalkerClip(given.seed, width, height, given.rate, given.seconds, kind=given.kind)
        total = len(film)

        def report(done: int) -> None:
            if done % 25 == 0 or done == total:
                sys.stdout.write(f"\rframe {done} of {total}")
                sys.stdout.flush()

        write_clip(film, given.output, boxes=given.boxes, crf=given.crf, progress=report)
        sys.stdout.write(f"\n{given.output}: {given.output.stat().st_size / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
