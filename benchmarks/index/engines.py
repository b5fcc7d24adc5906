"""What the benchmark asks of an engine."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from benchmarks.index.data import Data
from search.arrays import Floats, Ids

K = 10

Setting = dict[str, int]
"""What is turned to trade speed for recall, such as ``{"ef": 64}``."""


class Opened(Protocol):
    """An index that is ready to be searched."""

    @property
    def servers(self) -> Sequence[int]:
        """Processes beside this one that do the work; their children count too."""
        ...

    @property
    def size(self) -> int:
        """Bytes that hold all that a search needs.

        Of files, or of memory where an engine's files hold more than that.
        """
        ...

    def search(self, queries: Floats, setting: Setting, threads: int) -> Ids:
        """(m, d) → (m, 10) ids, best first; -1 where there is none."""
        ...


class Engine(Protocol):
    """One way to index and search."""

    @property
    def name(self) -> str:
        """What it is and how it is set up."""
        ...

    @property
    def needs(self) -> Sequence[str]:
        """Modules that must be importable."""
        ...

    @property
    def settings(self) -> Sequence[Setting]:
        """From quick to thorough."""
        ...

    @property
    def exhaustive(self) -> Setting:
        """One at which the exact neighbours must be found, however long it takes."""
        ...

    @property
    def lossless(self) -> bool:
        """Whether vectors of half precision or better have the last word on the order."""
        ...

    def build(self, data: Data, folder: Path) -> float:
        """Index the gallery into ``folder``, on all cores.

        Returns the CPU seconds of servers that are no children of this process.
        """
        ...

    def open(self, folder: Path) -> AbstractContextManager[Opened]:
        """Ready to be searched, until the context ends."""
        ...


def folder_size(folder: Path) -> int:
    """Bytes of all files below it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def efs(*values: int, name: str = "ef") -> list[Setting]:
    """One setting for each value of the one parameter that there is."""
    return [{name: value} for value in values]
