"""Vector indexes: one protocol, one file for each engine."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

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
    """Unit vectors by image id; a built index never changes and may be read by many threads."""

    @classmethod
    def build(cls, chunks: Iterable[tuple[Ids, Floats]]) -> Self:
        """From (ids (n,), unit vectors (n, d)) chunks, at least one; an id appears once."""
        ...

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote; raises IndexDamaged when it is something else."""
        ...

    def save(self, path: Path) -> None:
        """Write one file."""
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
