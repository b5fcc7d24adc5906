"""What concurrent queries ask of their pictures is worked out together."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

import numpy as np

from search.arrays import Pixels
from search.waiting import Waiter

Found = TypeVar("Found")


class _Job(Generic[Found]):
    """One picture, and who waits for what is found in it."""

    def __init__(self, pixels: Pixels, waiter: Waiter) -> None:
        self.pixels = pixels
        self.waiter = waiter
        self.turn = Event()  # it is done, or may lead the next batch
        self.found: Found | None = None
        self.failure: BaseException | None = None

    def is_wanted(self) -> bool:
        """Whether anybody still waits; else that is its failure."""
        try:
            self.waiter.check()
        except Exception as reason:  # noqa: BLE001 - whatever the waiter says is for its own thread
            self.failure = reason
        return self.failure is None


class Batches(Generic[Found]):
    """What comes while the device works is its next batch, as databases commit in groups.

    A lone picture waits for nobody. Each batch is led by the thread of its first picture, so no
    thread is needed besides those that ask. ``work`` takes (n, …) pixels, n at most ``most``, and
    gives one thing for each.
    """

    def __init__(self, work: Callable[[Pixels], Sequence[Found]], most: int) -> None:
        self._work = work
        self._most = most
        self._lock = Lock()
        self._waiting: deque[_Job[Found]] = deque()
        self._is_busy = False

    def found(self, pixels: Pixels, waiter: Waiter) -> Found:
        """What ``work`` finds in one picture, together with those of other threads.

        Raises what ``waiter.check`` raises when its turn comes, and what ``work`` raises.
        """
        job: _Job[Found] = _Job(pixels, waiter)
        with self._lock:
            self._waiting.append(job)
            leads, self._is_busy = not self._is_busy, True
        if not leads:
            job.turn.wait()
        if job.found is None and job.failure is None:
            self._lead()
        if job.failure is not None:
            raise job.failure
        assert job.found is not None  # noqa: S101 - narrows
        return job.found

    def _lead(self) -> None:
        """Work on what waits; then whoever came first meanwhile leads."""
        with self._lock:
            count = min(len(self._waiting), self._most)
            batch = [self._waiting.popleft() for _ in range(count)]
        try:
            self._find([job for job in batch if job.is_wanted()])
        finally:
            with self._lock:
                self._is_busy = bool(self._waiting)
                following = [self._waiting[0]] if self._waiting else []
            for job in (*following, *batch):  # the device first
                job.turn.set()

    def _find(self, jobs: list[_Job[Found]]) -> None:
        if not jobs:
            return
        try:
            found = self._work(np.stack([job.pixels for job in jobs]))
        except BaseException as error:  # noqa: BLE001 - each of them raises it in its own thread
            for job in jobs:
                job.failure = error
            return
        jobs[0].waiter.embedded(len(jobs))
        for job, one in zip(jobs, found, strict=True):
            job.found = one
