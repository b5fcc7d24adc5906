"""Vector indexes: one protocol, one file for each engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from search.arrays import Floats, Ids
from search.vectors.ids import IdSet


@dataclass(frozen=True, eq=False, slots=True)
class Neighbours:
    """The nearest images of n queries, best first.

    ``scores`` (n, k) float32 are cosine similarities, ``ids`` (n, k) int64 image ids; k is at
    most the number of vectors that were searched.
    """

    scores: Floats
    ids: Ids


class VectorIndex(Protocol):
    """Unit vectors by image id, which many threads may read.

    Each engine has its own ways to be built from chunks, and to be opened.
    """

    def save(self, path: Path) -> None:
        """Write one file, from which it can be opened again."""
        ...

    def __len__(self) -> int:
        """How many vectors it holds."""
        ...

    @property
    def ids(self) -> Ids:
        """(n,) the ids of all that it holds, in no promised order."""
        ...

    def search(self, queries: Floats, k: int, allowed: IdSet | None = None) -> Neighbours:
        """The ``k`` nearest of each (n, d) unit query, among those ``allowed``.

        When fewer are held and allowed, all of those. What is worked out for a set is kept as
        long as the set is: hand in the same one again.
        """
        ...

    def vectors(self, ids: Ids) -> Floats:
        """(n,) → (n, d), in the order of ``ids``; those it does not hold are left out."""
        ...
