"""Ray Data: ``dataset.map_batches(RayEmbedder, batch_format="pyarrow", concurrency=2)``."""

from typing import Any

import pyarrow as pa

from search.pipelines.embedding import SourceEmbedder
from search.pipelines.tables import with_vectors


class RayEmbedder:
    """A callable class for ``map_batches``: each of its actors loads the model once.

    Batches must be of the format ``pyarrow``; the columns ``vector`` and ``reason`` are added. As
    many threads are used as Ray gives the actor CPUs (``num_cpus``). ``options`` are those of
    ``SourceEmbedder``.
    """

    def __init__(self, column: str = "image", **options: Any) -> None:
        self._column = column
        self._embedder = SourceEmbedder(**{"threads": _cpus(), **options})

    def __call__(self, batch: pa.Table) -> pa.Table:
        if not isinstance(batch, pa.Table):
            raise TypeError("RayEmbedder takes Arrow tables: map_batches(batch_format='pyarrow').")
        return with_vectors(batch, self._column, self._embedder)


def _cpus() -> int:
    import ray

    assigned = ray.get_runtime_context().get_assigned_resources()
    return max(1, int(assigned.get("CPU", 1)))
