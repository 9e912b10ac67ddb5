"""What a benchmark that runs as a process of its own is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from pedcam.detect.detector import Provider

RUNS = 10


@dataclass(frozen=True)
class Order:
    """What to measure.

    Attributes:
        presets: The preset files.
        provider: Where to compute.
        threads: Threads of ONNX Runtime, all cores by default.
        runs: As in :func:`pedcam.measure.benchmark.benchmark`.
        keep_in: Where the results go, by default where the window looks.
    """

    presets: tuple[Path, ...]
    provider: Provider = "cpu"
    threads: int | None = None
    runs: int = RUNS
    keep_in: Path | None = None

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps(
            {
                "presets": [str(path) for path in self.presets],
                "provider": self.provider,
                "threads": self.threads,
                "runs": self.runs,
                "keep_in": None if self.keep_in is None else str(self.keep_in),
            }
        )

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Parse what :meth:`to_json` returned."""
        order = json.loads(line)
        keep_in = order["keep_in"]
        return cls(
            tuple(map(Path, order["presets"])),
            cast(Provider, order["provider"]),
            order["threads"],
            order["runs"],
            None if keep_in is None else Path(keep_in),
        )
