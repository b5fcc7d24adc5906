"""FAISS as its documentation shows it, beside what we make of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from benchmarks.index.data import Data
from benchmarks.index.engines import K, Opened, Setting, efs
from benchmarks.index.libraries import EFS, InProcess
from search.arrays import Floats, Ids
from search.embedding.head import DIM


@dataclass(frozen=True)
class Faiss:
    """A graph from a factory string; efConstruction 40 is FAISS's default."""

    factory: str
    ef_construction: int = 40
    needs = ("faiss",)
    settings = efs(*EFS)
    exhaustive: ClassVar[Setting] = {"ef": 20_000}

    @property
    def name(self) -> str:
        return f"faiss {self.factory} efConstruction {self.ef_construction}"

    @property
    def lossless(self) -> bool:
        return "SQ8" not in self.factory

    def build(self, data: Data, folder: Path) -> float:
        import faiss

        index = faiss.index_factory(DIM, self.factory, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = self.ef_construction
        for _, vectors in data.chunks():
            if not index.is_trained:
                index.train(vectors)
            index.add(vectors)
        faiss.write_index(index, str(folder / "index"))
        return 0

    @contextmanager
    def open(self, folder: Path) -> Iterator[Opened]:
        import faiss

        yield _Faiss(faiss.read_index(str(folder / "index")), folder / "index")


class _Faiss(InProcess):
    def search(self, queries: Floats, setting: Setting, threads: int) -> Ids:
        import faiss

        faiss.omp_set_num_threads(threads)
        self.index.hnsw.efSearch = setting["ef"]
        return np.asarray(self.index.search(queries, K)[1], np.int64)
