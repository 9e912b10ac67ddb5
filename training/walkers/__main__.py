"""Render the demo clip: people who walk through a street.

`python -m training.walkers` writes assets/demo.mp4.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from training.walkers.clip import WalkerClip

DEMO_SEED = 34
"""The best-looking clip among those tried."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m training.walkers", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--seed", type=int, default=DEMO_SEED)
    parser.add_argument("--output", type=Path, default=Path("assets/demo.mp4"))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--size", type=int, nargs=2, default=(1280, 720), metavar=("W", "H"))
    given = parser.parse_args(arguments)
    width, height = given.size
    if min(width, height) < 16 or width % 2 or height % 2:
        parser.error(f"--size {width} {height}: both must be even and at least 16")
    write_clip(WalkerClip(given.seed, width, height, seconds=given.seconds), given.output)
    sys.stdout.write(f"\n{given.output}: {given.output.stat().st_size / 1e6:.1f} MB\n")
    return 0


def write_clip(clip: WalkerClip, output: Path) -> None:
    """Write an .mp4 file; an interrupted run leaves no half-written file behind the name."""
    output.parent.mkdir(parents=True, exist_ok=True)
    draft = output.with_name(output.name + ".tmp")
    try:
        with av.open(str(draft), "w", format="mp4", options={"movflags": "+faststart"}) as file:
            stream = file.add_stream("libx264", rate=Fraction(clip.rate).limit_denominator(1001))
            stream.width, stream.height = clip.camera.width, clip.camera.height_px
            stream.pix_fmt = "yuv420p"
            stream.options = {"crf": "24", "preset": "slow"}
            for index, scene in enumerate(clip, 1):
                frame = av.VideoFrame.from_ndarray(scene.image, format="bgr24")
                file.mux(stream.encode(frame))
                sys.stdout.write(f"\rframe {index} of {len(clip)}")
                sys.stdout.flush()
            file.mux(stream.encode(None))
        os.replace(draft, output)
    finally:
        draft.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
