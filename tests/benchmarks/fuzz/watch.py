"""Runs damaged files through the worker and watches its time, its memory and its life."""

import json
import selectors
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil

STARTING = 120.0  # seconds for a worker to import everything
LOOK_EVERY = 0.005  # seconds between two looks at the memory
CASES_PER_WORKER = 400  # so that what one case leaves behind is not blamed on a later one for ever
GOOD = ("works", "refused")


@dataclass(frozen=True)
class Outcome:
    """How a case went.

    Attributes:
        kind: ``works``, ``refused``, ``error``, ``crash``, ``hang`` or ``memory``.
        detail: The message, traceback or end of the worker's log.
        seconds: How long it took.
        peak_bytes: The largest resident size of the worker that was seen.
    """

    kind: str
    detail: str
    seconds: float
    peak_bytes: int

    @property
    def good(self) -> bool:
        """Whether the app would have survived, with a message or without."""
        return self.kind in GOOD


class Watched:
    """A worker, replaced whenever it was lost."""

    def __init__(
        self, *, seconds: float, memory_bytes: int, module: str = "tests.benchmarks.fuzz.worker"
    ) -> None:
        """Prepare; nothing is started yet.

        Args:
            seconds: Longest time of a case.
            memory_bytes: Largest resident size of the whole worker.
            module: What the worker runs.
        """
        self._seconds = seconds
        self._module = module
        self._memory = memory_bytes
        self._process: subprocess.Popen[str] | None = None
        self._log: IO[bytes] | None = None
        self._cases = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def run(self, kind: str, path: Path) -> Outcome:
        """Let the worker open a file of a kind (``clips`` or ``presets``)."""
        if self._cases >= CASES_PER_WORKER:
            self._stop()
        process = self._process or self._start()
        self._cases += 1
        assert process.stdin is not None
        process.stdin.write(json.dumps({"kind": kind, "path": str(path)}) + "\n")
        process.stdin.flush()
        started = time.perf_counter()
        line, peak, verdict = self._answer(process, self._seconds, self._memory)
        seconds = time.perf_counter() - started
        if line:
            answer = json.loads(line)
            if verdict is None:
                return Outcome(answer["outcome"], answer["detail"], seconds, peak)
        detail = self._stop()
        if verdict is None:
            verdict = "crash"
            detail = f"ended with {process.returncode}\n{detail}"
        return Outcome(verdict, detail, seconds, peak)

    def _start(self) -> subprocess.Popen[str]:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._cases = 0
        line, _, _ = self._answer(process, STARTING, sys.maxsize)
        if line.strip() != "ready":
            raise RuntimeError(f"the worker does not start: {self._stop()}")
        return process

    def _answer(
        self, process: subprocess.Popen[str], seconds: float, memory: int
    ) -> tuple[str, int, str | None]:
        """Wait for a line; return it, the peak of the memory, and which bound was broken."""
        assert process.stdout is not None
        seen = psutil.Process(process.pid)
        deadline = time.perf_counter() + seconds
        peak = 0
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                answered = bool(selector.select(LOOK_EVERY))
                try:
                    peak = max(peak, seen.memory_info().rss)
                except psutil.Error:
                    answered = True
                if peak > memory:
                    return "", peak, "memory"
                if answered:
                    return process.stdout.readline(), peak, None
                if time.perf_counter() > deadline:
                    return "", peak, "hang"

    def _stop(self) -> str:
        """End the worker and return the end of its log."""
        process, self._process = self._process, None
        log, self._log = self._log, None
        if process is None or log is None:
            return ""
        with process:
            process.kill()
        log.seek(0, 2)
        log.seek(max(0, log.tell() - 4000))
        text = log.read().decode(errors="replace")
        log.close()
        return text
