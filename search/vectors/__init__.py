"""Vector indexes: one protocol, one file for each engine."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from search.arrays import Floats, Ids


@dataclass(frozen=True, eq=False, slots=True)
class Neighbours:
    """The nearest images of n queries, best first.

    ``scores`` (n, k) float32 are cosine similarities, ``ids`` (n, k) int64 image ids; k is at
    most the number of vectors in the index.
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

    def search(self, queries: Floats, k: int) -> Neighbours:
        """The ``k`` nearest of each (n, d) unit query."""
        ...

    def vectors(self, ids: Ids) -> Floats:
        """(n,) → (n, d), in the order of ``ids``; those it does not hold are left out."""
        ...
