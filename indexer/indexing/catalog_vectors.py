"""The vectors that a head makes of a catalog's features."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from indexer.sealing.prototypes import PrototypeSums
from indexer.workbench import Workbench
from search.arrays import Floats, Ids
from search.embedding.head import Head


@dataclass(frozen=True, eq=False, slots=True)
class CatalogVectors:
    """Read from the catalog of ``bench`` each time; ``images`` is how many there were before.

    What is read whole is summed up in ``sums``. Features that are no numbers are left out.
    """

    bench: Workbench
    head: Head
    images: int
    sums: PrototypeSums

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return self.head.dim(self.bench.embedder.backbone.dim)

    def sample(self, count: int) -> tuple[Ids, Floats]:
        """So many at random, or all: (n,) ids and (n, d) unit vectors."""
        found = list(self._vectors(self.bench.store.sample(count)))
        ids, vectors = zip(*found, strict=True)
        return np.concatenate(ids), np.concatenate(vectors)

    def chunks(self) -> Iterator[tuple[Ids, Floats]]:
        """All of them, in order of id."""
        step = self.bench.steps.start("Vectors", self.images)
        for ids, vectors in self._vectors(self.bench.store.chunks()):
            self.sums.add(ids, vectors)
            yield ids, vectors
            step(len(ids))

    def _vectors(self, chunks: Iterator[tuple[Ids, Floats]]) -> Iterator[tuple[Ids, Floats]]:
        for ids, features in chunks:
            vectors = self.head.apply(features)
            kept = np.isfinite(vectors).all(axis=1)
            yield ids[kept], vectors[kept]
