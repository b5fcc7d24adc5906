"""Vectors that come in chunks, as those of a catalog do, and what an index of them must find."""

import io
from collections.abc import Iterator

import numpy as np
from rich.console import Console

from indexer.indexing.records import Limits
from indexer.progress import Steps
from search.arrays import Floats, Ids, unit_rows

QUIET = Steps(Console(file=io.StringIO()))
LIMITS = Limits(target_recall=0.95, max_memory=10**9)
DIM, NEW = 32, 500


class Stream:
    """Vectors in chunks, and ``queries`` like them; how often they were read is counted."""

    def __init__(self, count: int) -> None:
        self.images, self.dim = count, DIM
        self.read = 0
        random = np.random.default_rng(0)
        directions = random.standard_normal((100, DIM), np.float32)
        picks = random.integers(100, size=(2, count + NEW))
        noise = random.standard_normal((count + NEW, DIM), np.float32)
        rows = unit_rows(directions[picks[0]] + directions[picks[1]] + 0.5 * noise)
        self.vectors, self.queries = rows[:count], rows[count:]
        self.ids = random.permutation(count).astype(np.int64) + 7

    def sample(self, count: int) -> tuple[Ids, Floats]:
        drawn = np.random.default_rng(1).permutation(self.images)[:count]
        return self.ids[drawn], self.vectors[drawn]

    def chunks(self) -> Iterator[tuple[Ids, Floats]]:
        self.read += 1
        for start in range(0, self.images, 1000):
            yield self.ids[start : start + 1000], self.vectors[start : start + 1000]
