"""LanceDB, embedded: indexes of a table on disk, which keeps the full vectors too."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from benchmarks.index.data import Data
from benchmarks.index.engines import K, Opened, Setting, folder_size
from search.arrays import Floats, Ids
from search.embedding.head import DIM

_BEST_FIRST = [("query_index", "ascending"), ("_distance", "ascending")]


@dataclass(frozen=True)
class Lance:
    """``kind`` is IVF_PQ (64 bytes a vector) or IVF_HNSW_SQ, otherwise with LanceDB's defaults.

    Both are refined with the table's vectors.
    """

    kind: str
    needs = ("lancedb", "pyarrow")
    exhaustive: ClassVar[Setting] = {"scan": 1}
    lossless = True

    @property
    def name(self) -> str:
        return f"LanceDB {self.kind} refined"

    @property
    def settings(self) -> list[Setting]:
        if self.kind == "IVF_PQ":
            pairs = [(4, 4), (8, 4), (16, 8), (32, 8), (64, 16), (128, 16), (256, 32)]
            return [{"nprobes": probes, "refine": refine} for probes, refine in pairs]
        triples = [(1, 32), (2, 32), (2, 64), (4, 64), (8, 128), (16, 256)]
        return [{"nprobes": probes, "ef": ef, "refine": 2} for probes, ef in triples]

    def build(self, data: Data, folder: Path) -> float:
        import lancedb
        import pyarrow as pa
        from lancedb.index import HnswSq, IvfPq

        schema = pa.schema([("id", pa.int64()), ("vector", pa.list_(pa.float32(), DIM))])

        def batches() -> Iterator[Any]:
            for ids, vectors in data.chunks():
                column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), DIM)
                yield pa.RecordBatch.from_arrays([pa.array(ids), column], schema=schema)

        table = lancedb.connect(folder).create_table("items", batches(), schema=schema)
        config = IvfPq("dot", num_sub_vectors=64) if self.kind == "IVF_PQ" else HnswSq("dot")
        table.create_index("vector", config=config)
        return 0

    @contextmanager
    def open(self, folder: Path) -> Iterator[Opened]:
        import lancedb

        yield _Opened(lancedb.connect(folder).open_table("items"), folder_size(folder))


class _Opened:
    servers = ()

    def __init__(self, table: Any, size: int) -> None:
        self._table = table
        self.size = size

    def search(self, queries: Floats, setting: Setting, threads: int) -> Ids:  # noqa: ARG002
        """All of them in one call, which takes the cores that this process may run on."""
        search = self._table.search(queries).distance_type("dot").limit(K)
        if "scan" in setting:
            search = search.bypass_vector_index()
        else:
            search = search.nprobes(setting["nprobes"]).refine_factor(setting["refine"])
        if "ef" in setting:
            search = search.ef(setting["ef"])
        answer = search.select(["id", "_distance"]).to_arrow().sort_by(_BEST_FIRST)
        query, ids = (answer[column].to_numpy() for column in ("query_index", "id"))
        found = np.full((len(queries), K), -1, np.int64)
        found[query, np.arange(len(query)) - np.searchsorted(query, query)] = ids
        return found
