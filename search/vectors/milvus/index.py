"""A version's vectors in Milvus, searched there, and kept up with the catalog there."""

from collections.abc import Callable, Mapping
from math import ceil
from pathlib import Path
from typing import Self

import numpy as np

from search.arrays import Floats, Ids
from search.catalog.changes import ImageChanges
from search.catalog.filterable import Filterable
from search.vectors import Neighbours
from search.vectors.exact import nearest
from search.vectors.ids import IdSet
from search.vectors.milvus.address import MilvusAddress
from search.vectors.milvus.collection import DEEPEST, Collection, among
from search.vectors.milvus.fields import KEY, VECTOR, row
from search.vectors.milvus.filters import Inexpressible, compiled
from search.vectors.milvus.sealed import Sealed

_FEW = 1_000
"""So many ids are named in a condition rather than what made the set of them."""

_MANY = 100_000
"""More ids are not named in one condition."""

_LARGEST_EF = 32_768

Known = Callable[[Ids], Mapping[int, Filterable]]
"""What the catalog has of images."""


class MilvusIndex:
    """Shared by all who serve the version: each brings its collection up to date, in any order."""

    holds_products = True

    def __init__(self, address: MilvusAddress, sealed: Sealed, known: Known) -> None:
        self.address = address
        self.sealed = sealed
        self._collection = Collection(address, sealed.collection)
        self._known = known

    @classmethod
    def load(cls, path: Path, address: MilvusAddress, known: Known) -> Self:
        """What ``save`` wrote; raises IndexDamaged, or VectorsUnavailable."""
        sealed = Sealed.read(path)
        found = cls(address, sealed, known)
        found._collection.load()
        return found

    def save(self, path: Path) -> None:
        """Write one file."""
        self.sealed.write(path)

    def __len__(self) -> int:
        return self._collection.count()

    @property
    def ids(self) -> Ids:
        """(n,) the ids of all that it holds, read one by one."""
        pages = [[one[KEY] for one in page] for page in self._collection.rows("")]
        return np.array([one for page in pages for one in page], np.int64)

    def search(self, queries: Floats, k: int, allowed: IdSet | None = None) -> Neighbours:
        """As ``VectorIndex`` has it."""
        k = k if allowed is None else min(k, len(allowed))
        if not k:
            return _none(queries, 0)
        conditions, share = [""], 1.0
        if allowed is not None:
            conditions, share = _conditions(allowed), len(allowed) / max(self.sealed.count, 1)
        if not len(queries):
            return _none(queries, min(k, sum(map(self._collection.count, conditions))))
        parts = [self._nearest(queries, k, one, share) for one in conditions]
        return parts[0] if len(parts) == 1 else _best(parts, k)

    def vectors(self, ids: Ids) -> Floats:
        """As ``VectorIndex`` has it."""
        held, vectors = self._collection.vectors(ids)
        if not len(held):
            return np.empty((0, self.sealed.dim), np.float32)
        order = np.argsort(held)
        places = np.searchsorted(held, ids, sorter=order)
        places = order[np.minimum(places, len(held) - 1)]
        found: Floats = vectors[places[held[places] == ids]]
        return found

    def applied(self, changes: ImageChanges) -> Self:
        """The same, in which the next search finds the changes; they may have been made before."""
        self._collection.remove(changes.hidden)
        self._put(changes.ids, changes.vectors)
        self._put(*self._collection.vectors(changes.kept))
        return self

    def without(self, lost: Ids) -> Self:
        """The same, in which these are found no more."""
        self._collection.remove(lost)
        return self

    def check(self, patience: float) -> None:
        """Raises VectorsUnavailable when it cannot be searched, after ``patience`` seconds."""
        self._collection.check(patience)

    def _put(self, ids: Ids, vectors: Floats) -> None:
        known = self._known(ids) if len(ids) else {}
        self._collection.put(
            [
                row(one, vector, known.get(one))
                for one, vector in zip(ids.tolist(), vectors, strict=True)
            ]
        )

    def _nearest(self, queries: Floats, k: int, condition: str, share: float) -> Neighbours:
        """``share`` is how much of all passes, about: a graph looks at so many more."""
        if k > DEEPEST:
            return self._compared(queries, k, condition)
        parameters = {}
        if self.sealed.ef:
            ef = ceil(max(self.sealed.ef, k) / max(share, 0.001))
            parameters["ef"] = min(max(ef, k), _LARGEST_EF)
        found = self._collection.nearest(queries, k, condition, parameters)
        least, most = min(map(len, (ids for _, ids in found))), max(len(ids) for _, ids in found)
        if least < k and (least < most or self._misses_some(least, condition)):
            return self._compared(queries, k, condition)
        scores = np.array([row for row, _ in found], np.float32).reshape(len(queries), least)
        return Neighbours(
            scores, np.array([row for _, row in found], np.int64).reshape(scores.shape)
        )

    def _misses_some(self, found: int, condition: str) -> bool:
        return bool(self.sealed.ef) and found < self._collection.count(condition)

    def _compared(self, queries: Floats, k: int, condition: str) -> Neighbours:
        """By reading all that pass, some at a time: Milvus gives no more, or missed some."""
        best = _none(queries, 0)
        for page in self._collection.rows(condition, VECTOR):
            ids = np.array([one[KEY] for one in page], np.int64)
            vectors = np.array([one[VECTOR] for one in page], np.float32)
            some = min(k, len(ids))
            scores, places = nearest(queries, vectors.__getitem__, np.arange(len(ids)), some)
            best = _best([best, Neighbours(scores, ids[places])], k)
        return best


def _conditions(allowed: IdSet) -> list[str]:
    """Whose results are all of ``allowed`` together."""
    if len(allowed) > _FEW and allowed.made_by is not None:
        try:
            return [compiled(allowed.made_by)]
        except Inexpressible:
            pass
    ids: list[int] = allowed.ids.tolist()
    return [among(ids[start : start + _MANY]) for start in range(0, len(ids), _MANY)]


def _best(parts: list[Neighbours], k: int) -> Neighbours:
    scores = np.concatenate([one.scores for one in parts], axis=1)
    ids = np.concatenate([one.ids for one in parts], axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return Neighbours(np.take_along_axis(scores, order, 1), np.take_along_axis(ids, order, 1))


def _none(queries: Floats, k: int) -> Neighbours:
    shape = len(queries), k
    return Neighbours(np.empty(shape, np.float32), np.empty(shape, np.int64))
