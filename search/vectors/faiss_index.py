"""Unit vectors in a FAISS index, by image id: all of them compared, or the nearest approximated."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, Self
from weakref import WeakKeyDictionary

import numpy as np

from search.arrays import Floats, Ids
from search.vectors import Neighbours, faiss_file
from search.vectors.exact import Places
from search.vectors.faiss_approximate import ApproximateSearch
from search.vectors.faiss_exact import ExactSearch
from search.vectors.ids import IdSet
from search.vectors.part import Part


class Search(Protocol):
    """How the places of a FAISS index are searched; a place is a vector's number in it, from 0."""

    def nearest(self, queries: Floats, k: int, part: Part) -> tuple[Floats, Places]:
        """The ``k`` best of a part for each (n, d) query, ``k`` at most its size: (n, k) each."""
        ...

    def take(self, places: Places) -> Floats:
        """(n,) → (n, d) the vectors at these places."""
        ...


class FaissIndex:
    """Any FAISS index that this program builds; for unit vectors the inner product is the cosine.

    ``index`` is an ``IndexIDMap`` over a flat index, or over one that is refined
    (``search.vectors.faiss_approximate``).
    """

    def __init__(self, index: Any) -> None:
        import faiss

        self._index = index
        inner = faiss.downcast_index(index.index)
        self._search = _search_of(inner)
        self.ids: Ids = faiss.vector_to_array(index.id_map)
        self._order = np.argsort(self.ids)
        self._sorted = IdSet(self.ids)
        self._all = Part(np.arange(len(self)), len(self), None)
        self._parts: WeakKeyDictionary[IdSet, Part] = WeakKeyDictionary()
        self._file: faiss_file.Unchanged | None = None

    @classmethod
    def build(cls, chunks: Iterable[tuple[Ids, Floats]]) -> Self:
        """Exact, added chunk by chunk: the peak is the index and one chunk."""
        import faiss

        index: Any = None
        for ids, vectors in chunks:
            index = index or faiss.IndexIDMap(faiss.IndexFlatIP(vectors.shape[1]))
            index.add_with_ids(vectors, ids)
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Map a file that ``save`` wrote; searches raise IndexDamaged when it is changed since."""
        try:
            file = faiss_file.Unchanged(path)
            loaded = cls(faiss_file.read(path))
        except (AttributeError, OSError) as error:  # without ids, or of another kind; not there
            raise faiss_file.damaged(path) from error
        loaded._file = file
        return loaded

    def save(self, path: Path) -> None:
        """Write one file."""
        faiss_file.write(self._index, path)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, queries: Floats, k: int, allowed: IdSet | None = None) -> Neighbours:
        """As ``VectorIndex`` has it."""
        part = self._all if allowed is None else self._part(allowed)
        k = min(k, len(part))
        if not k or not len(queries):
            shape = len(queries), k
            return Neighbours(np.empty(shape, np.float32), np.empty(shape, np.int64))
        self._check_file()
        scores, found = self._search.nearest(np.ascontiguousarray(queries), k, part)
        self._check_file()
        return Neighbours(scores, self.ids[found])

    def vectors(self, ids: Ids) -> Floats:
        """(n,) → (n, d); ids that the index does not hold are left out."""
        self._check_file()
        taken = self._search.take(self._places(ids))
        self._check_file()
        return taken

    def _check_file(self) -> None:
        """Before, or what was cut off would kill the process; after, or it may be a wrong answer"""
        if self._file:
            self._file.check()

    def _places(self, ids: Ids) -> Places:
        places, held = self._sorted.places(ids)
        return self._order[places[held]]

    def _part(self, allowed: IdSet) -> Part:
        part = self._parts.get(allowed)
        if part is None:
            places = np.sort(self._places(allowed.ids))
            part = self._parts[allowed] = Part.of(places, len(self))
        return part


def _search_of(inner: Any) -> Search:
    """Raises AttributeError for an index that is neither flat nor refined."""
    return ApproximateSearch(inner) if hasattr(inner, "refine_index") else ExactSearch(inner)
