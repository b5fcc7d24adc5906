"""Queries that are held out of an index, and their exact neighbours among what is added."""

from dataclasses import dataclass, field

import numpy as np

from search.arrays import Floats, Ids

NEAREST = 10

_SLACK = 5e-5
"""Scores that agree so far are equal: the index has float16, the search for the truth float32."""


@dataclass(eq=False, slots=True)
class HeldOut:
    """``queries`` (q, d) of the images ``ids`` (q,), and the scores of the nearest seen so far."""

    ids: Ids
    queries: Floats
    _best: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._best = np.empty((len(self.ids), 0), np.float32)

    def see(self, vectors: Floats) -> None:
        """(n, d) more that are searched."""
        scores = np.concatenate([self._best, self.queries @ vectors.T], axis=1)
        if scores.shape[1] > NEAREST:
            scores = np.partition(scores, -NEAREST, axis=1)[:, -NEAREST:]
        self._best = scores

    def recall(self, scores: Floats) -> float:
        """The mean share, 0 to 1, of the exact nearest among those found, by (q, k) ``scores``.

        Equals count as right: which of them come first is chance.
        """
        enough = self._best.min(axis=1, keepdims=True) - _SLACK
        found = (scores >= enough).sum(axis=1)
        return float(np.minimum(found / self._best.shape[1], 1).mean())
