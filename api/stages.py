"""Where the time of a request goes: one stage after the other, for metrics and for traces."""

from collections.abc import Callable
from time import perf_counter
from typing import Literal

from search import waiting

Stage = waiting.Stage | Literal["receive", "queue", "change", "write"]
"""Around those of a query: its body comes, it waits for its turn, its answer is written."""

Note = Callable[[str, float, float], None]
"""Told a stage that has ended, and from when to when it took, in seconds of ``perf_counter``."""


class Stages:
    """The stages of one request; the time between ``begin`` and ``end`` is in exactly one each.

    One thread at a time uses it; where a deadline lets another one end it, a stage may be noted
    twice.
    """

    def __init__(self, first: Stage, *notes: Note) -> None:
        self._notes = notes
        self._stage: Stage | None = first
        self._start = perf_counter()

    def begin(self, stage: Stage | None) -> None:
        """The stage before has ended; None: all have."""
        ended, start = self._stage, self._start
        self._stage, self._start = stage, perf_counter()
        if ended is not None:
            for note in self._notes:
                note(ended, start, self._start)
