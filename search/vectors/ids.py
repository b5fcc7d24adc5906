"""Sets of image ids, as filters hand them to a vector index."""

import numpy as np
from numpy.typing import NDArray

from search.arrays import Ids
from search.catalog.filters.expressions import Expression


class IdSet:
    """Image ids, each once and in ascending order; never changes, so that threads share it.

    Equal only to itself: what is worked out for a set can be kept for as long as the set lives.
    ``made_by`` is the filter that all of it passes, and nothing else that can be searched; None
    where there is none.
    """

    def __init__(self, ids: Ids, made_by: Expression | None = None) -> None:
        self.made_by = made_by
        self.ids: Ids = _ascending(ids)
        self.ids.flags.writeable = False

    def __len__(self) -> int:
        return len(self.ids)

    def contains(self, ids: Ids) -> NDArray[np.bool_]:
        """(n,) ids in any order → (n,), whether each is in the set."""
        return self.places(ids)[1]

    def places(self, ids: Ids) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """(n,) ids in any order → where each stands in ``self.ids``, and whether it does."""
        places = np.searchsorted(self.ids, ids)
        held = places < len(self.ids)
        held[held] = self.ids[places[held]] == ids[held]
        return places, held

    def without(self, ids: Ids) -> "IdSet":
        """What is left when ``ids`` (n,), in any order, are taken out."""
        return IdSet(self.ids[np.isin(self.ids, ids, invert=True)])


def _ascending(ids: Ids) -> Ids:
    """A copy, each once. NumPy's ``unique`` hashes integers: a second for a million."""
    if (ids[1:] > ids[:-1]).all():
        return ids.copy()
    ids = np.sort(ids)
    once: Ids = ids[np.concatenate([[True], ids[1:] != ids[:-1]])]
    return once
