"""How many of the exact nearest an index finds."""

import numpy as np

from search.arrays import Floats
from search.vectors import VectorIndex

_ASKED = 100
_NEAREST = 10
_BLOCK = 16_384
_SLACK = 1e-5
"""Scores that agree so far are equal: sums of floats depend on their order."""


def exact_share(vectors: VectorIndex) -> float:
    """The mean share, 0 to 1, of the ten nearest of up to 100 images that a search finds."""
    ids = np.sort(vectors.ids)
    asked = np.random.default_rng(0).permutation(ids)[:_ASKED]
    queries = vectors.vectors(asked)
    wanted = min(_NEAREST, len(ids))
    found = vectors.search(queries, wanted).scores
    best = np.empty((len(queries), 0), np.float32)
    for start in range(0, len(ids), _BLOCK):
        scores = queries @ vectors.vectors(ids[start : start + _BLOCK]).T
        best = _highest(np.concatenate([best, scores], axis=1), wanted)
    enough = best.min(axis=1, keepdims=True) - _SLACK
    return round(float((found >= enough).mean()), 4)


def _highest(scores: Floats, count: int) -> Floats:
    if scores.shape[1] <= count:
        return scores
    return np.asarray(-np.partition(-scores, count - 1, axis=1)[:, :count], np.float32)
