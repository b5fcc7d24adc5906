"""The nearest images of each image, block by block."""

from collections.abc import Iterator

import numpy as np

from search.arrays import Floats, Ids
from search.vectors.faiss_index import FaissIndex

_BLOCK = 1_024


def nearby(vectors: Floats, k: int) -> tuple[Ids, Floats]:
    """(n, d) unit vectors → the (n, k) nearest others of each, best first, and their cosines.

    k is at most n - 1. Exact.
    """
    index = FaissIndex.build([(np.arange(len(vectors)), vectors)])
    parts = list(_blocks(index, vectors, min(k + 1, len(vectors))))
    return np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts])


def _blocks(index: FaissIndex, vectors: Floats, k: int) -> Iterator[tuple[Ids, Floats]]:
    for start in range(0, len(vectors), _BLOCK):
        found = index.search(vectors[start : start + _BLOCK], k)
        own = np.arange(start, start + len(found.ids))[:, None]
        # Itself goes last, wherever it came among equal ones.
        order = np.argsort(found.ids == own, axis=1, kind="stable")[:, : k - 1]
        yield (
            np.take_along_axis(found.ids, order, axis=1),
            np.take_along_axis(found.scores, order, axis=1),
        )
