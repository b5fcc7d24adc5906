"""A version's vectors under the catalog's later changes, searched as one."""

from typing import Self
from weakref import WeakKeyDictionary

import numpy as np

from search.arrays import Floats, Ids
from search.catalog.changes import ImageChanges
from search.vectors import Neighbours, VectorIndex
from search.vectors.ids import IdSet


class LiveVectors:
    """Immutable, and read by many threads: a change makes another one, over the same ``base``.

    ``hidden`` are images that the base has and that are not searched there; ``ids`` (n,) and
    ``vectors`` (n, d) are those that came since, compared one by one.
    """

    holds_products = False

    def __init__(self, base: VectorIndex, hidden: IdSet, ids: Ids, vectors: Floats) -> None:
        self._base = base
        self._hidden = hidden
        self._ids = ids
        self._vectors = vectors
        self._shown = IdSet(base.ids).without(hidden.ids) if len(hidden) else None
        self._narrowed: WeakKeyDictionary[IdSet, IdSet] = WeakKeyDictionary()

    @classmethod
    def over(cls, base: VectorIndex, lost: Ids) -> Self:
        """The base as it is, less those of its images that the catalog has no more."""
        none = np.empty(0, np.int64)
        return cls(base, IdSet(lost), none, base.vectors(none))

    def applied(self, changes: ImageChanges) -> Self:
        """The same with these changes."""
        return self.changed(changes.hidden, changes.ids, changes.vectors)

    def check(self, patience: float) -> None:
        """All of it is here."""

    def changed(self, hidden: Ids, ids: Ids, vectors: Floats) -> Self:
        """The same without ``hidden``, and with these vectors for ``ids``."""
        covered = np.union1d(hidden, ids)
        stays = ~np.isin(self._ids, covered)
        return type(self)(
            self._base,
            IdSet(np.union1d(self._hidden.ids, covered[np.isin(covered, self._base.ids)])),
            np.concatenate([self._ids[stays], ids]),
            np.concatenate([self._vectors[stays], vectors]),
        )

    def __len__(self) -> int:
        return len(self._base) - len(self._hidden) + len(self._ids)

    def search(self, queries: Floats, k: int, allowed: IdSet | None = None) -> Neighbours:
        """As a ``VectorIndex`` does."""
        found = self._base.search(queries, k, self._narrow(allowed))
        fresh = np.arange(len(self._ids))
        if allowed is not None:
            fresh = fresh[allowed.contains(self._ids)]
        if not len(fresh):
            return found
        scores = np.concatenate([found.scores, queries @ self._vectors[fresh].T], axis=1)
        new = np.broadcast_to(self._ids[fresh], (len(queries), len(fresh)))
        ids = np.concatenate([found.ids, new], axis=1)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return Neighbours(np.take_along_axis(scores, best, 1), np.take_along_axis(ids, best, 1))

    def vectors(self, ids: Ids) -> Floats:
        """As a ``VectorIndex`` does, but in no order."""
        if not len(self._hidden) and not len(self._ids):
            return self._base.vectors(ids)
        fresh = self._vectors[np.isin(self._ids, ids)]
        shown = ids[~self._hidden.contains(ids)]
        return np.concatenate([self._base.vectors(shown), fresh])

    def _narrow(self, allowed: IdSet | None) -> IdSet | None:
        """What of ``allowed`` may be taken from the base; kept for as long as ``allowed`` lives."""
        if allowed is None or not len(self._hidden):
            return self._shown if allowed is None else allowed
        narrowed = self._narrowed.get(allowed)
        if narrowed is None:
            narrowed = self._narrowed[allowed] = allowed.without(self._hidden.ids)
        return narrowed
