"""Libraries that search in this process: hnswlib and usearch."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from benchmarks.index.data import Data
from benchmarks.index.engines import K, Opened, Setting, efs
from search.arrays import Floats, Ids
from search.embedding.head import DIM

EFS = (16, 32, 64, 96, 128, 192, 256, 384, 512, 800)


class InProcess:
    """Nothing works beside this process, and one file is the index."""

    servers = ()

    def __init__(self, index: Any, path: Path) -> None:
        self.index = index
        self.size = path.stat().st_size


@dataclass(frozen=True)
class Hnswlib:
    """The reference implementation of HNSW, compiled for this machine when it was installed."""

    m: int
    ef_construction: int
    needs = ("hnswlib",)
    settings = efs(*EFS)
    lossless = True

    @property
    def name(self) -> str:
        return f"hnswlib M{self.m} efConstruction {self.ef_construction}"

    @property
    def exhaustive(self) -> Setting:
        return {"ef": 20_000}

    def build(self, data: Data, folder: Path) -> float:
        import hnswlib

        index = hnswlib.Index(space="ip", dim=DIM)
        index.init_index(len(data.gallery), M=self.m, ef_construction=self.ef_construction)
        for ids, vectors in data.chunks():
            index.add_items(vectors, ids, num_threads=os.cpu_count())
        index.save_index(str(folder / "index"))
        return 0

    @contextmanager
    def open(self, folder: Path) -> Iterator[Opened]:
        import hnswlib

        index = hnswlib.Index(space="ip", dim=DIM)
        index.load_index(str(folder / "index"))
        yield _Hnswlib(index, folder / "index")


class _Hnswlib(InProcess):
    def search(self, queries: Floats, setting: Setting, threads: int) -> Ids:
        self.index.set_ef(setting["ef"])
        found, _ = self.index.knn_query(queries, k=K, num_threads=threads)
        return np.asarray(found, np.int64)


@dataclass(frozen=True)
class Usearch:
    """HNSW with vectors of any precision; connectivity 16 and expansion 128 are its defaults."""

    precision: str
    connectivity: int = 16
    expansion: int = 128
    needs = ("usearch",)
    settings = efs(*EFS)
    exhaustive: ClassVar[Setting] = {"exact": 1}

    @property
    def name(self) -> str:
        return f"usearch {self.precision} M{self.connectivity} expansion {self.expansion}"

    @property
    def lossless(self) -> bool:
        return self.precision != "i8"

    def build(self, data: Data, folder: Path) -> float:
        from usearch.index import Index

        index = Index(
            ndim=DIM,
            metric="ip",
            dtype=self.precision,
            connectivity=self.connectivity,
            expansion_add=self.expansion,
        )
        for ids, vectors in data.chunks():
            index.add(ids, vectors, threads=os.cpu_count() or 1)
        index.save(str(folder / "index"))
        return 0

    @contextmanager
    def open(self, folder: Path) -> Iterator[Opened]:
        from usearch.index import Index

        yield _Usearch(Index.restore(str(folder / "index")), folder / "index")


class _Usearch(InProcess):
    def search(self, queries: Floats, setting: Setting, threads: int) -> Ids:
        exact = "exact" in setting
        if not exact:
            self.index.expansion_search = setting["ef"]
        found = self.index.search(queries, K, threads=threads, exact=exact)
        return np.asarray(found.keys, np.int64)
