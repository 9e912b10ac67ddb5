"""The log of a run: one JSON object a line, and TensorBoard for those who want it."""

from __future__ import annotations

import importlib.util
import json
import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TextIO

from pedcam.files import write_atomically

LOG = "log.jsonl"
TENSORBOARD = "tensorboard"


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")


class RunLog:
    """Rows of a run, as they happen.

    Files are made with the first row, so that a run that fails before leaves nothing behind.

    Example:
        >>> with RunLog(folder, tensorboard=True) as log:
        ...     log.write("train", step=20, loss=1.5)
    """

    def __init__(
        self,
        folder: Path,
        tensorboard: bool,
        active: bool = True,
        *,
        fresh: bool = False,
        step: int | None = None,
        say: Callable[[str], None] = _to_stderr,
    ) -> None:
        """Prepare the log.

        Args:
            folder: The run's folder.
            tensorboard: Whether to write scalars for TensorBoard too, if it is installed.
            active: Whether to do anything; not so in all processes but the first.
            fresh: Whether to remove what an earlier run wrote, instead of going on with it.
            step: The step of the checkpoint that is gone on from: later rows are dropped, since
                these steps are taken again.
            say: Told, once, that TensorBoard is not installed.
        """
        self._path, self._events = folder / LOG, folder / TENSORBOARD
        self._active, self._fresh, self._step, self._say = active, fresh, step, say
        self._tensorboard = active and tensorboard
        self._file: TextIO | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        """Remove what is not to be kept.

        Raises:
            OSError: The files cannot be written.
        """
        if self._active and self._fresh:
            self._path.unlink(missing_ok=True)
            if self._events.is_dir():
                shutil.rmtree(self._events)
        elif self._active and self._path.exists():
            self._keep_until(self._step)
        if self._tensorboard and importlib.util.find_spec("tensorboard") is None:
            self._tensorboard = False
            self._say("TensorBoard is not installed: scalars go to log.jsonl only.")
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files."""
        if self._writer is not None:
            self._writer.close()
        if self._file is not None:
            self._file.close()

    def write(self, event: str, **row: Any) -> None:
        """Append a row.

        Args:
            event: What happened, for instance ``train``, ``layer`` or ``preset``.
            row: Whatever JSON can hold, and numbers of torch and numpy. Infinite numbers and NaN
                are written as null. With a ``step``, numbers go to TensorBoard as ``event/key``.

        Raises:
            OSError: The file cannot be written.
        """
        if not self._active:
            return
        plain = {"event": event} | {key: _plain(value) for key, value in row.items()}
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
        self._file.write(json.dumps(plain) + "\n")
        self._file.flush()
        if self._tensorboard and plain.get("step") is not None:
            self._write_scalars(plain, event, plain["step"])

    def _write_scalars(self, row: dict[str, Any], event: str, step: int) -> None:
        if self._writer is None:
            # Takes seconds to import, and not everybody has it.
            from torch.utils.tensorboard import SummaryWriter

            # Steps from the first one on hide what was written for them before.
            self._writer = SummaryWriter(
                str(self._events), purge_step=None if self._step is None else self._step + 1
            )
        for key, value in row.items():
            if key != "step" and isinstance(value, int | float) and not isinstance(value, bool):
                self._writer.add_scalar(f"{event}/{key}", value, step)
        self._writer.flush()

    def _keep_until(self, step: int | None) -> None:
        """Drop later rows, and what a killed process left of its last one."""
        lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        kept = [line for line in lines if _belongs(line, step)]
        if kept == lines and self._path.read_bytes()[-1:] in (b"\n", b""):
            return
        write_atomically(self._path, "".join(f"{line}\n" for line in kept).encode())


def _belongs(line: str, step: int | None) -> bool:
    try:
        row = json.loads(line)
    except ValueError:
        return False
    if not isinstance(row, dict):
        return False
    at = row.get("step")
    return step is None or not isinstance(at, int) or at <= step


def _plain(value: Any) -> Any:
    """As JSON can hold it; NaN is not JSON, whatever Python's writer says."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # torch and numpy
        return _plain(value.tolist())
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
