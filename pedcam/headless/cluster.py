"""Many videos on many machines, by Ray (https://docs.ray.io).

A video is a task; a long one, unless its pictures are to be written, is cut at key frames into
ranges, see :mod:`pedcam.headless.ranges`. Paths travel and not pictures: every machine must see
the videos, and the folders to write to, under the same paths.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pedcam.cluster import RETRIES, ClusterError, connect
from pedcam.errors import UserError
from pedcam.headless.batch import Outcome, Task
from pedcam.headless.detect import Summary, check_outputs
from pedcam.headless.ranges import RANGE, DisorderError, Job, Range, cut, join, look, whole

if TYPE_CHECKING:
    from ray import ObjectRef

ABREAST = 4  # ranges that wait for each core, so that none ever does
_POLL = 0.5  # seconds


class Cluster:
    """A Ray cluster to work on; a context manager.

    Without an address this machine is one, with a worker for each core.
    """

    def __init__(self, address: str | None = None, *, length: float = RANGE) -> None:
        """See :func:`pedcam.cluster.connect`; ``length`` is that of a range, in seconds."""
        self._ray, self._length = connect(address), length
        # A failure may be of the machine, such as a disk that is not there, so others try, too.
        task = self._ray.remote(
            num_cpus=1, max_retries=RETRIES, retry_exceptions=True, scheduling_strategy="SPREAD"
        )
        self._look, self._join, self._whole = map(task, (look, join, whole))

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()

    @property
    def cores(self) -> int:
        return int(self._ray.cluster_resources().get("CPU", 1))

    def run(
        self,
        jobs: Sequence[Job],
        *,
        resume: bool = False,
        on_outcome: Callable[[Outcome], None] = lambda outcome: None,
        on_progress: Callable[[int, int], None] = lambda done, known: None,
        stop: threading.Event | None = None,
    ) -> list[Outcome]:
        """Do jobs, several at a time; one that fails does not stop the others.

        With ``resume``, jobs whose files are complete are left out. ``on_progress`` is told how
        many ranges are done, of how many so far. ``stop`` gives up the jobs under way.
        """
        stop = stop or threading.Event()
        outcomes: list[Outcome] = []
        waiting = deque(jobs)
        ends: dict[ObjectRef[Summary], Job] = {}
        parts: set[ObjectRef[Range]] = set()
        done = known = 0

        def report(outcome: Outcome) -> None:
            outcomes.append(outcome)
            on_outcome(outcome)

        while (waiting or ends) and not stop.is_set():
            while waiting and len(parts) + len(ends) < ABREAST * self.cores:
                job = _anywhere(waiting.popleft())
                if resume and job.task.done:
                    report(Outcome(job.task))
                    continue
                try:
                    overwrite = job.options.get("overwrite", False)
                    check_outputs(job.task.spec, job.task.outputs, overwrite=overwrite)
                except UserError as error:
                    report(Outcome(job.task, error=error))
                    continue
                ranges = cut(job, self._length)
                if len(ranges) == 1:
                    ends[self._whole.remote(job)] = job
                else:
                    found = [self._look.remote(job, *each) for each in ranges]
                    parts.update(found)
                    known += len(found)
                    ends[self._join.remote(job, time.time(), *found)] = job
                known += 1
            ready, _ = self._ray.wait(
                [*ends, *parts], num_returns=1, timeout=_POLL, fetch_local=False
            )
            for ref in ready:
                done += 1
                if ref in parts:
                    parts.remove(ref)
                    continue
                job = ends.pop(ref)
                outcome = self._outcome(job, ref)
                if isinstance(outcome.error, DisorderError):
                    ends[self._whole.remote(job)] = job
                    known += 1
                    continue
                report(outcome)
            on_progress(done, known)
        for ref in (*ends, *parts):
            self._ray.cancel(ref, force=True)
        return outcomes

    def _outcome(self, job: Job, ref: ObjectRef[Summary]) -> Outcome:
        try:
            return Outcome(job.task, summary=self._ray.get(ref))
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, UserError):
                return Outcome(job.task, error=cause)
            reason = " ".join(str(cause or error).split())[-300:]
        except self._ray.exceptions.RayError as error:
            reason = " ".join(str(error).split())[:300]
        return Outcome(
            job.task, error=ClusterError(f"Given up after {RETRIES + 1} attempts: {reason}")
        )


def _anywhere(job: Job) -> Job:
    """Return a job whose paths do not depend on the folder that a process is in."""
    spec, outputs = job.task.spec, job.task.outputs
    if spec.kind in ("file", "folder"):
        spec = replace(spec, value=str(Path(spec.value).absolute()))
    return replace(job, task=Task(spec, {name: path.absolute() for name, path in outputs.items()}))
