"""Exact search by matrix products, for few vectors or many queries at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats

Places = NDArray[np.int64]

_BLOCK = 4096
"""How many vectors are taken at once: what is copied of them stays in the processor's cache."""


def nearest(
    queries: Floats, take: Callable[[Places], Floats], places: Places, k: int
) -> tuple[Floats, Places]:
    """The ``k`` best of the vectors at ``places`` for each (n, d) query: (n, k) scores and places.

    Best first; ``k`` is at most ``len(places)``. ``take`` gives the (m, d) vectors at some places.
    """
    scores = np.empty((len(queries), 0), np.float32)
    found = np.empty((len(queries), 0), np.int64)
    for start in range(0, len(places), _BLOCK):
        block = places[start : start + _BLOCK]
        scores = np.concatenate([scores, queries @ take(block).T], axis=1)
        found = np.concatenate([found, np.broadcast_to(block, (len(queries), len(block)))], axis=1)
        if scores.shape[1] > k:
            scores, found = _take(scores, found, np.argpartition(scores, -k, axis=1)[:, -k:])
    return _take(scores, found, np.argsort(-scores, axis=1))


def _take(scores: Floats, found: Places, columns: NDArray[np.intp]) -> tuple[Floats, Places]:
    return (
        np.take_along_axis(scores, columns, axis=1),
        np.take_along_axis(found, columns, axis=1),
    )
