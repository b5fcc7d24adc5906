"""Exact search with FAISS: every vector is compared, on a GPU where there is one."""

from collections.abc import Callable
from typing import Any

from search.arrays import Floats
from search.vectors.exact import Places, nearest
from search.vectors.faiss_gpu import MOST_RESULTS, GpuCopy, fits
from search.vectors.part import Part

_FEW = 0.002
"""Up to this share of the index, taking the allowed vectors out is quicker than skipping the rest,
even on a busy machine, where matrix products lose more by waiting for their threads."""

_MANY = 8
"""From so many queries on, matrix products are quicker than FAISS's comparing one by one."""


class ExactSearch:
    """Over a flat inner-product ``index``; ``take`` gives the vectors of one that is quantised."""

    def __init__(self, index: Any, take: Callable[[Places], Floats] | None = None) -> None:
        import faiss

        self._index = index
        self._take = take or _vectors_of(index).__getitem__
        # FAISS spends several threads on a single query in vain, unless there is a selector.
        self._everything = faiss.IDSelectorAll()
        self._gpu = GpuCopy(index) if take is None and fits(index.ntotal, index.d) else None

    def nearest(self, queries: Floats, k: int, part: Part) -> tuple[Floats, Places]:
        """As ``Search`` has it."""
        if self._gpu and part.selector is None and k <= MOST_RESULTS:
            return self._gpu.nearest(queries, k)
        if len(queries) >= _MANY or part.share <= _FEW:
            return nearest(queries, self.take, part.places, k)
        import faiss

        parameters = faiss.SearchParameters(sel=part.selector or self._everything)
        scores, found = self._index.search(queries, k, params=parameters)
        return scores, found

    def take(self, places: Places) -> Floats:
        """As ``Search`` has it."""
        return self._take(places)


def _vectors_of(index: Any) -> Floats:
    """(n, d) FAISS's own memory, not a copy."""
    import faiss

    stored: Floats = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
    return stored.reshape(-1, index.d)
