"""When to ask next: as often as is offered, however long answers take."""

import time
from threading import Event, Lock

_LATE = 1.0
"""Seconds after which a request that nobody had time to send is not sent any more."""


class Pace:
    """``rate`` requests/s among all who share it; None is as many as they can."""

    def __init__(self, rate: float | None) -> None:
        self._step = None if rate is None else 1 / rate
        self._next = time.monotonic()
        self._lock = Lock()
        self.skipped = 0

    def wait(self, done: Event) -> None:
        """Until it is time for one more request, or all is over."""
        if self._step is None:
            return
        with self._lock:
            late = time.monotonic() - self._next
            if late > _LATE:
                missed = int((late - _LATE) / self._step) + 1
                self.skipped += missed
                self._next += missed * self._step
            mine = self._next
            self._next += self._step
        done.wait(max(0.0, mine - time.monotonic()))
