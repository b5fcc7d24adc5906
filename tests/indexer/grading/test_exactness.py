"""What an index finds of the exact nearest."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from indexer.grading.exactness import exact_share
from search.arrays import Floats, Ids, unit_rows
from search.vectors import Neighbours
from search.vectors.faiss_index import FaissIndex
from search.vectors.ids import IdSet


class Careless:
    """Finds a share of the exact nearest, and something else for the others."""

    def __init__(self, exact: FaissIndex, share: float) -> None:
        self._exact = exact
        self._share = share

    @classmethod
    def build(cls, chunks: Iterable[tuple[Ids, Floats]]) -> Self:
        return cls(FaissIndex.build(chunks), 1.0)

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls(FaissIndex.load(path), 1.0)

    def save(self, path: Path) -> None:
        self._exact.save(path)

    def __len__(self) -> int:
        return len(self._exact)

    @property
    def ids(self) -> Ids:
        return self._exact.ids

    def search(self, queries: Floats, k: int, allowed: IdSet | None = None) -> Neighbours:
        found = self._exact.search(queries, len(self), allowed)
        right = round(self._share * k)
        end = len(self) - (k - right)
        places = np.r_[np.arange(right), np.arange(end, len(self))]
        return Neighbours(found.scores[:, places], found.ids[:, places])

    def vectors(self, ids: Ids) -> Floats:
        return self._exact.vectors(ids)


def exact_of(count: int, dim: int = 8) -> FaissIndex:
    random = np.random.default_rng(count)
    vectors = unit_rows(random.normal(size=(count, dim)).astype(np.float32))
    return FaissIndex.build([(random.permutation(count).astype(np.int64) * 3 + 1, vectors)])


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 300])
def test_exact_search_finds_all(count: int) -> None:
    assert exact_share(exact_of(count)) == 1.0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
def test_what_an_index_misses_is_missing(share: float) -> None:
    assert exact_share(Careless(exact_of(300), share)) == pytest.approx(share, abs=0.01)


def test_which_of_equal_images_is_found_does_not_matter() -> None:
    vectors = np.full((40, 4), 0.5, np.float32)
    index = FaissIndex.build([(np.arange(40, dtype=np.int64), vectors)])
    assert exact_share(Careless(index, 0.0)) == 1.0


def test_more_images_than_are_compared_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.grading.exactness._BLOCK", 7)
    assert exact_share(exact_of(100)) == 1.0
    assert exact_share(Careless(exact_of(100), 0.5)) == pytest.approx(0.5, abs=0.01)
