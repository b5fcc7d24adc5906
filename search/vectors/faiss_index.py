"""Exact search with FAISS: every vector is compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from weakref import WeakKeyDictionary

import numpy as np

from search.arrays import Floats, Ids
from search.errors import IndexDamaged
from search.vectors import Neighbours
from search.vectors.exact import Places, nearest
from search.vectors.ids import IdSet

_FEW = 0.002
"""Up to this share of the index, taking the allowed vectors out is quicker than skipping the rest,
even on a busy machine, where matrix products lose more by waiting for their threads."""

_MANY = 8
"""From so many queries on, matrix products are quicker than FAISS's comparing one by one."""


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    """What of an index is searched: its places, in ascending order, and the same for FAISS."""

    places: Places
    parameters: Any


class FaissIndex:
    """A flat inner-product index; for unit vectors the inner product is the cosine."""

    def __init__(self, index: Any) -> None:
        import faiss

        self._index = index
        self._flat = faiss.downcast_index(index.index)
        self.ids: Ids = faiss.vector_to_array(index.id_map)
        # FAISS's own memory, not a copy.
        stored = faiss.rev_swig_ptr(self._flat.get_xb(), self._flat.ntotal * self._flat.d)
        self._vectors: Floats = stored.reshape(-1, self._flat.d)
        self._order = np.argsort(self.ids)
        self._sorted = IdSet(self.ids)
        # FAISS spends several threads on a single query in vain, unless there is a selector.
        everything = faiss.SearchParameters(sel=faiss.IDSelectorAll())
        self._all = _Part(np.arange(len(self)), everything)
        self._parts: WeakKeyDictionary[IdSet, _Part] = WeakKeyDictionary()

    @classmethod
    def build(cls, chunks: Iterable[tuple[Ids, Floats]]) -> Self:
        """Add the chunks one by one: the peak is the index and one chunk."""
        import faiss

        index: Any = None
        for ids, vectors in chunks:
            index = index or faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
            index.add_with_ids(vectors, ids)
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file that ``save`` wrote."""
        import faiss

        try:
            return cls(faiss.read_index(str(path)))
        except (RuntimeError, AttributeError) as error:  # no FAISS file, or one without ids
            raise IndexDamaged(f"{path} is not a vector index: build the index again.") from error

    def save(self, path: Path) -> None:
        """Write through a Python file, so that a full disk is an ordinary OSError."""
        import faiss

        with path.open("wb") as file:
            writer = _FileWriter(file)
            try:
                faiss.write_index(self._index, faiss.PyCallbackIOWriter(writer))
            finally:
                if writer.failure:
                    raise writer.failure

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, queries: Floats, k: int, allowed: IdSet | None = None) -> Neighbours:
        """Exact: every vector that is allowed is compared."""
        part = self._all if allowed is None else self._part(allowed)
        k = min(k, len(part.places))
        if len(queries) >= _MANY or len(part.places) <= _FEW * len(self):
            scores, found = nearest(queries, self._vectors, part.places, k)
        else:
            contiguous = np.ascontiguousarray(queries)
            scores, found = self._flat.search(contiguous, k, params=part.parameters)
        return Neighbours(scores, self.ids[found])

    def vectors(self, ids: Ids) -> Floats:
        """(n,) → (n, d); ids that the index does not hold are left out."""
        return self._vectors[self._places(ids)]

    def _places(self, ids: Ids) -> Places:
        places, held = self._sorted.places(ids)
        return self._order[places[held]]

    def _part(self, allowed: IdSet) -> _Part:
        part = self._parts.get(allowed)
        if part is None:
            part = self._parts[allowed] = self._select(np.sort(self._places(allowed.ids)))
        return part

    def _select(self, places: Places) -> _Part:
        import faiss

        mask = np.zeros(len(self), np.bool_)
        mask[places] = True
        bitmap = np.packbits(mask, bitorder="little")
        return _Part(places, faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bitmap)))


class _FileWriter:
    """Keeps the first error: raised inside FAISS's callback, Python would only print it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.failure: OSError | None = None

    def __call__(self, data: bytes) -> int:
        try:
            return int(self._file.write(data)) if self.failure is None else 0
        except OSError as error:
            self.failure = error
            return 0
