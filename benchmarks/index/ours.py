"""Our own indexes, through the protocol that every part of the program searches by."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import faiss

from benchmarks.index.data import Data
from benchmarks.index.engines import K, Opened, Setting
from search.arrays import Floats, Ids
from search.vectors import VectorIndex


def _no_setting(index: Any, setting: Setting) -> None:
    """The index is as it is."""


@dataclass(frozen=True)
class Ours:
    """``turn`` changes an opened index to a setting."""

    name: str
    engine: type[VectorIndex]
    settings: tuple[Setting, ...] = ({},)
    exhaustive: Setting = field(default_factory=dict)
    lossless: bool = True
    turn: Callable[[Any, Setting], None] = _no_setting
    needs: ClassVar = ("faiss",)

    def build(self, data: Data, folder: Path) -> float:
        self.engine.build(data.chunks()).save(folder / "index")
        return 0

    @contextmanager
    def open(self, folder: Path) -> Iterator[Opened]:
        index = self.engine.load(folder / "index")
        yield _Opened(index, self.turn, (folder / "index").stat().st_size)


class _Opened:
    servers = ()

    def __init__(self, index: VectorIndex, turn: Callable[[Any, Setting], None], size: int) -> None:
        self._index = index
        self._turn = turn
        self.size = size

    def search(self, queries: Floats, setting: Setting, threads: int) -> Ids:
        faiss.omp_set_num_threads(threads)
        self._turn(self._index, setting)
        return self._index.search(queries, K).ids
