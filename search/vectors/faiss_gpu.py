"""FAISS on a GPU, where FAISS was built for one and one is there; else the CPU does all."""

from functools import cache
from threading import Lock
from typing import Any

from search.arrays import Floats
from search.vectors.exact import Places

MOST_RESULTS = 2048
"""A GPU's search gives no more for each query."""

_SHARE = 0.5
"""The share of a GPU's memory that vectors may take."""

_FLOAT32 = 4


@cache
def has_gpu() -> bool:
    """Whether this process can search on a GPU."""
    import faiss

    return hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus() > 0


def fits(count: int, dim: int) -> bool:
    """Whether there is a GPU with room for so many vectors, beside the model."""
    if not has_gpu():
        return False
    import torch

    memory = torch.cuda.get_device_properties(0).total_memory
    return count * dim * _FLOAT32 <= _SHARE * memory


class GpuCopy:
    """A flat index on the first GPU; gives what the ``index`` gives. Many threads may share it."""

    def __init__(self, index: Any) -> None:
        import faiss

        self._resources = faiss.StandardGpuResources()  # must outlive the copy
        self._index = faiss.index_cpu_to_gpu(self._resources, 0, index)
        self._lock = Lock()  # FAISS's GPU indexes are not safe among threads

    def nearest(self, queries: Floats, k: int) -> tuple[Floats, Places]:
        """The ``k`` (at most 2,048) best for each (n, d) query: (n, k) scores and places."""
        with self._lock:
            scores, found = self._index.search(queries, k)
        return scores, found


def train_there(index: Any) -> None:
    """Let the lists of an IVF index be learned on the GPU when there is one."""
    if has_gpu():
        import faiss

        flat = faiss.IndexFlatIP(index.d)
        index.clustering_index = faiss.index_cpu_to_all_gpus(flat)
