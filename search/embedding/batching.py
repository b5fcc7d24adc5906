"""Pictures of concurrent queries go through the backbone together."""

from collections import deque
from threading import Event, Lock

import numpy as np

from search.arrays import Floats, Pixels
from search.embedding.runtimes import Runtime
from search.waiting import Waiter


class _Job:
    """One picture, and who waits for its features."""

    def __init__(self, pixels: Pixels, waiter: Waiter) -> None:
        self.pixels = pixels
        self.waiter = waiter
        self.turn = Event()  # it is done, or may lead the next batch
        self.features: Floats | None = None
        self.failure: BaseException | None = None

    def is_wanted(self) -> bool:
        """Whether anybody still waits; else that is its failure."""
        try:
            self.waiter.check()
        except Exception as reason:  # noqa: BLE001 - whatever the waiter says is for its own thread
            self.failure = reason
        return self.failure is None


class Batches:
    """What comes while the device works is its next batch, as databases commit in groups.

    A lone picture waits for nobody. Each batch is led by the thread of its first picture, so no
    thread is needed besides those that ask. No batch is larger than the runtime's ``block``.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = Lock()
        self._waiting: deque[_Job] = deque()
        self._is_busy = False

    def features(self, pixels: Pixels, waiter: Waiter) -> Floats:
        """One prepared picture → (1, dim) float32.

        Raises what ``waiter.check`` raises when its turn comes, and what the runtime raises.
        """
        job = _Job(pixels, waiter)
        with self._lock:
            self._waiting.append(job)
            leads, self._is_busy = not self._is_busy, True
        if not leads:
            job.turn.wait()
        if job.features is None and job.failure is None:
            self._lead()
        if job.failure is not None:
            raise job.failure
        assert job.features is not None  # noqa: S101 - narrows
        return job.features

    def _lead(self) -> None:
        """Embed what waits; then whoever came first meanwhile leads."""
        with self._lock:
            count = min(len(self._waiting), self._runtime.block)
            batch = [self._waiting.popleft() for _ in range(count)]
        try:
            self._embed([job for job in batch if job.is_wanted()])
        finally:
            with self._lock:
                self._is_busy = bool(self._waiting)
                following = [self._waiting[0]] if self._waiting else []
            for job in (*following, *batch):  # the device first
                job.turn.set()

    def _embed(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        try:
            rows = self._runtime.features(np.stack([job.pixels for job in jobs]))
        except BaseException as error:  # noqa: BLE001 - each of them raises it in its own thread
            for job in jobs:
                job.failure = error
            return
        jobs[0].waiter.embedded(len(jobs))
        for number, job in enumerate(jobs):
            job.features = rows[number : number + 1].copy()  # or each would keep all
