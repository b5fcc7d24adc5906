"""Vectors that are near each other in a graph, near each other in memory."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.vectors.exact import Places

_PART = 4_096
"""Nodes whose links are looked at together."""

_BYTES = 64
"""Bytes of each vector that are moved together: what is copied of all of them stays small."""


def bring_together(index: Any) -> None:
    """Renumber an ``IndexIDMap`` over a refined HNSW graph in the order of a walk through it.

    A search goes from a node to its neighbours: where those lie side by side, it waits less for
    memory. With a million vectors it took a quarter to a third less time. See Coleman et al.,
    "Graph Reordering for Cache-Efficient Near Neighbor Search", NeurIPS 2022.
    """
    import faiss

    refined = faiss.downcast_index(index.index)
    graph = faiss.downcast_index(refined.base_index)
    order = _walk(graph.hnsw, graph.ntotal)
    for codes in (faiss.downcast_index(graph.storage), faiss.downcast_index(refined.refine_index)):
        _move(codes, order)
    graph.hnsw.permute_entries(faiss.swig_ptr(order))
    ids = faiss.vector_to_array(index.id_map)
    faiss.copy_array_to_vector(ids[order], index.id_map)


def _walk(hnsw: Any, count: int) -> Places:
    """(n,) the nodes, breadth first from where searches enter; what nothing leads to comes last."""
    import faiss

    offsets = faiss.vector_to_array(hnsw.offsets).astype(np.int64)
    links = faiss.rev_swig_ptr(hnsw.neighbors.data(), hnsw.neighbors.size())
    each = np.arange(hnsw.nb_neighbors(0))
    order = np.empty(count, np.int64)
    seen = np.zeros(count, np.bool_)
    order[0] = hnsw.entry_point
    seen[hnsw.entry_point] = True
    done, found = 0, 1
    while done < found:
        part = order[done : min(done + _PART, found)]
        done += len(part)
        new = _first_times(links[offsets[part, None] + each].ravel(), seen)
        order[found : found + len(new)] = new
        found += len(new)
    order[found:] = np.flatnonzero(~seen)
    return order


def _first_times(nodes: NDArray[np.int32], seen: NDArray[np.bool_]) -> Places:
    """What was not ``seen`` of the nodes (-1 is none), each once, in their order; now it is."""
    nodes = nodes[nodes >= 0]
    nodes = nodes[~seen[nodes]]
    _, first = np.unique(nodes, return_index=True)
    new = nodes[np.sort(first)]
    seen[new] = True
    return new.astype(np.int64)


def _move(codes: Any, order: Places) -> None:
    import faiss

    size = codes.sa_code_size()
    rows = faiss.rev_swig_ptr(codes.codes.data(), codes.codes.size()).reshape(-1, size)
    for start in range(0, size, _BYTES):
        rows[:, start : start + _BYTES] = rows[order, start : start + _BYTES]
