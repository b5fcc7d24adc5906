"""Building an approximate FAISS index: trained on a sample, filled chunk by chunk, then tuned."""

from typing import Any

from search.arrays import Floats, Ids
from search.vectors.faiss_approximate import STEP
from search.vectors.faiss_gpu import train_there
from search.vectors.faiss_index import FaissIndex
from search.vectors.faiss_order import bring_together

_THOROUGH = 100
"""How many candidates a graph looks at for the links of a new vector (``efConstruction``)."""


class ApproximateBuilder:
    """An index of ``codes``, as FAISS's index factory names them, refined with float16.

    ``codes`` is ``HNSW16,SQ8``, ``IVF2048,RaBitQ`` or another graph or inverted lists; ``sample``
    is (n, d) unit vectors, at random, which its quantisers learn from. See Douze et al., "The Faiss
    library", 2024, and for RaBitQ Gao and Long, SIGMOD 2024.
    """

    def __init__(self, codes: str, sample: Floats) -> None:
        import faiss

        dim = sample.shape[1]
        self._base = faiss.index_factory(dim, codes, faiss.METRIC_INNER_PRODUCT)
        self._is_graph = hasattr(self._base, "hnsw")
        if self._is_graph:
            self._base.hnsw.efConstruction = _THOROUGH
        else:
            train_there(self._base)
        self._full = faiss.IndexScalarQuantizer(
            dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        self._refined = faiss.IndexRefine(self._base, self._full)
        self._refined.train(sample)
        self._index = faiss.IndexIDMap(self._refined)

    def add(self, ids: Ids, vectors: Floats) -> None:
        """(n,) ids that are not there yet, and their (n, d) unit vectors."""
        if len(ids):
            self._index.add_with_ids(vectors, ids)

    def tune(self, effort: int, depth: int) -> None:
        """How much a search does, from now on and in the file.

        ``effort`` is steps in a graph or inverted lists that are looked at; ``depth`` times as many
        as are wanted are compared at full length.
        """
        if self._is_graph:
            self._base.hnsw.efSearch = effort
        else:
            self._base.nprobe = effort
        self._refined.k_factor = depth

    def least_effort(self, compared: int) -> int:
        """Less than this makes no difference where so many are ``compared`` at full length."""
        return compared if self._is_graph else 1

    @property
    def most_effort(self) -> int:
        """Beyond this, comparing all vectors is quicker."""
        if self._is_graph:
            return max(1, int(self._index.ntotal) // STEP - 1)
        return max(1, int(self._base.nlist) - 1)

    @property
    def codes_bytes(self) -> int:
        """Bytes of the searched codes with their links or lists, without the float16 vectors."""
        return self._size(self._base)

    def index(self) -> FaissIndex:
        """What has been added so far, searchable; it may be added to and tuned further."""
        return FaissIndex(self._index)

    def finished(self) -> FaissIndex:
        """All that was added, arranged to be searched quickly; nothing is added any more."""
        if self._is_graph and self._index.ntotal:
            bring_together(self._index)
        return FaissIndex(self._index)

    @staticmethod
    def _size(index: Any) -> int:
        import faiss

        writer = faiss.VectorIOWriter()
        faiss.write_index(index, writer)
        return int(writer.data.size())
