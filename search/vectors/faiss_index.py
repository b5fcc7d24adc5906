"""Exact search with FAISS: every vector is compared."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np

from search.arrays import Floats, Ids
from search.errors import IndexDamaged
from search.vectors import Neighbours


class FaissIndex:
    """A flat inner-product index; for unit vectors the inner product is the cosine."""

    def __init__(self, index: Any) -> None:
        import faiss

        self._index = index
        self._ids: Ids = faiss.vector_to_array(index.id_map)

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

    def search(self, queries: Floats, k: int) -> Neighbours:
        """The ``k`` nearest, all of them when there are fewer."""
        scores, ids = self._index.search(np.ascontiguousarray(queries), min(k, len(self)))
        return Neighbours(scores, ids)

    def vectors(self, ids: Ids) -> Floats:
        """(n,) → (n, d); ids that the index does not hold are left out."""
        held = ids[np.isin(ids, self._ids)]
        if not len(held):
            return np.empty((0, self._index.d), np.float32)
        return np.stack([self._index.reconstruct(int(one)) for one in held])


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
