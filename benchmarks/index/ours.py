"""Our own indexes, as a build makes them, at every effort rather than the one that was tuned."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import faiss
import numpy as np

from benchmarks.index.data import Data
from benchmarks.index.engines import K, Opened, Setting
from indexer.indexing.candidates import EXACT, is_graph, lists_for, sample_for
from search.arrays import Floats, Ids
from search.vectors.faiss_building import ApproximateBuilder
from search.vectors.faiss_index import FaissIndex


@dataclass(frozen=True)
class Ours:
    """``codes`` as ``indexer.indexing`` names them; inverted lists get as many as suit the size."""

    codes: str
    needs = ("faiss",)
    lossless = True

    @property
    def name(self) -> str:
        return f"ours: {self.codes}"

    @property
    def settings(self) -> list[Setting]:
        if self.codes == EXACT:
            return [{}]
        if is_graph(self.codes):
            efforts = (20, 32, 64, 96, 128, 160, 192, 256, 384, 512, 800)
            return [{"effort": effort, "depth": 2} for effort in efforts]
        pairs = [(4, 4), (8, 4), (16, 4), (16, 8), (32, 8), (64, 8), (64, 16), (128, 16), (256, 16)]
        return [{"effort": effort, "depth": depth} for effort, depth in pairs]

    @property
    def exhaustive(self) -> Setting:
        return {} if self.codes == EXACT else {"effort": 4000, "depth": 40}

    def build(self, data: Data, folder: Path) -> float:
        self._built(data).save(folder / "index")
        return 0

    def _built(self, data: Data) -> FaissIndex:
        if self.codes == EXACT:
            return FaissIndex.build(data.chunks())
        count = len(data.gallery)
        sample = np.random.default_rng(0).choice(count, sample_for(count), replace=False)
        codes = self.codes.replace("IVF", f"IVF{lists_for(count)}")
        builder = ApproximateBuilder(codes, np.array(data.gallery[np.sort(sample)]))
        for ids, vectors in data.chunks():
            builder.add(ids, vectors)
        return builder.finished()

    @contextmanager
    def open(self, folder: Path) -> Iterator[Opened]:
        index = FaissIndex.load(folder / "index")
        yield _Opened(index, (folder / "index").stat().st_size)


class _Opened:
    servers: ClassVar[tuple[int, ...]] = ()

    def __init__(self, index: FaissIndex, size: int) -> None:
        self._index = index
        self.size = size

    def search(self, queries: Floats, setting: Setting, threads: int) -> Ids:
        faiss.omp_set_num_threads(threads)
        if setting:
            self._tune(setting)
        return self._index.search(queries, K).ids

    def _tune(self, setting: Setting) -> None:
        """As ``ApproximateBuilder.tune`` does before an index is saved."""
        refined: Any = faiss.downcast_index(self._index._index.index)
        base: Any = faiss.downcast_index(refined.base_index)
        refined.k_factor = setting["depth"]
        if hasattr(base, "hnsw"):
            base.hnsw.efSearch = setting["effort"]
        else:
            base.nprobe = setting["effort"]
