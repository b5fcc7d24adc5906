"""The last queries, as counts: no picture and no vector is kept."""

from collections import Counter, deque
from collections.abc import Callable
from threading import Lock
from time import monotonic

import numpy as np

from api.watching.stability import Counts

MOST = 1000
"""How many queries are remembered."""

LIFETIME = 24 * 3600.0
"""Seconds for which a query is remembered."""


class Window:
    """In which of ``bins`` the score of each recent query fell, and its category.

    Many threads may share it.
    """

    def __init__(self, bins: int, clock: Callable[[], float] = monotonic) -> None:
        self._bins = bins
        self._clock = clock
        self._seen: deque[tuple[float, int, str]] = deque(maxlen=MOST)
        self._lock = Lock()

    def add(self, score_bin: int, category: str) -> None:
        """Remember one more query; ``score_bin`` counts from 0."""
        with self._lock:
            self._seen.append((self._clock(), score_bin, category))

    def counts(self) -> tuple[Counts, Counter[str]]:
        """How many recent queries fell into each bin (bins,), and into each category."""
        with self._lock:
            oldest = self._clock() - LIFETIME
            while self._seen and self._seen[0][0] <= oldest:
                self._seen.popleft()
            seen = list(self._seen)
        scores = np.bincount([one for _, one, _ in seen], minlength=self._bins)
        return scores.astype(np.int64), Counter(category for _, _, category in seen)
