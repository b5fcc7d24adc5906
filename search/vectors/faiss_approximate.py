"""Approximate search with FAISS: quantised vectors are searched, the best compared at full length.

What is searched is a graph (HNSW: Malkov and Yashunin, "Efficient and robust approximate nearest
neighbor search using Hierarchical Navigable Small World graphs", 2016) or inverted lists (Sivic and
Zisserman, "Video Google", 2003) over quantised vectors; what it finds is compared again as float16.
"""

from functools import partial
from math import ceil
from typing import Any

import numpy as np

from search.arrays import Floats
from search.vectors.exact import Places
from search.vectors.faiss_exact import ExactSearch
from search.vectors.part import Part

STEP = 24
"""A step in a graph costs about as much as comparing so many vectors that lie side by side."""

_DEPTH = 100
"""Results for which the lists that were found to be enough are enough."""


class ApproximateSearch:
    """Over an ``IndexRefine`` whose effort was tuned and is stored in it.

    Where so few places are allowed, or so many results wanted, that comparing all is quicker, all
    are: a filter never costs recall.
    """

    def __init__(self, index: Any) -> None:
        import faiss

        self._index = index
        self._base = faiss.downcast_index(index.base_index)
        full = faiss.downcast_index(index.refine_index)
        self._exact = ExactSearch(full, partial(_decoded, full))
        self._is_graph = hasattr(self._base, "hnsw")
        if not self._is_graph:
            _ = self._base.nlist  # AttributeError: it is of another kind

    def nearest(self, queries: Floats, k: int, part: Part) -> tuple[Floats, Places]:
        """As ``Search`` has it."""
        effort = self._effort(k, part.share)
        if len(part) <= self._compared(effort):
            return self._exact.nearest(queries, k, part)
        scores, found = self._index.search(queries, k, params=self._parameters(effort, part))
        if (found < 0).any():  # fewer than k were come across
            return self._exact.nearest(queries, k, part)
        return scores, found

    def take(self, places: Places) -> Floats:
        """As ``Search`` has it."""
        return self._exact.take(places)

    def _effort(self, k: int, share: float) -> int:
        """Steps in the graph or lists, so many more as fewer places are allowed."""
        if self._is_graph:
            least = k * int(self._index.k_factor)
            return ceil(max(int(self._base.hnsw.efSearch), least) / share)
        return ceil(int(self._base.nprobe) * max(1.0, k / _DEPTH) / share)

    def _compared(self, effort: int) -> float:
        """How many vectors side by side are compared in the time that the effort takes."""
        if self._is_graph:
            return effort * STEP
        return min(1.0, effort / int(self._base.nlist)) * int(self._index.ntotal)

    def _parameters(self, effort: int, part: Part) -> Any:
        import faiss

        if self._is_graph:
            own = faiss.SearchParametersHNSW(efSearch=effort, sel=part.selector)
        else:
            own = faiss.IVFRaBitQSearchParameters(
                nprobe=effort, qb=self._base.qb, sel=part.selector
            )
        return faiss.IndexRefineSearchParameters(
            k_factor=self._index.k_factor, base_index_params=own
        )


def _decoded(full: Any, places: Places) -> Floats:
    if not len(places):
        return np.empty((0, full.d), np.float32)
    taken: Floats = full.reconstruct_batch(places)
    return taken
