"""What is kept in memory for a while: bounded in time and in bytes, the oldest forgotten first."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Recent(Generic[Item]):
    """Items by key, each for ``lifetime`` seconds at most; many threads may share it.

    All together they take no more than ``memory`` bytes.
    """

    def __init__(
        self, lifetime: float, memory: int, clock: Callable[[], float] = monotonic
    ) -> None:
        self._lifetime = lifetime
        self._memory = memory
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, int, Item]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def keep(self, key: str, item: Item, size: int) -> None:
        """Keep an item of so many bytes, instead of what had the key before."""
        with self._lock:
            if key in self._kept:
                self._drop(key)
            self._kept[key] = self._clock() + self._lifetime, size, item
            self._bytes += size
            self._forget()

    def get(self, key: str) -> Item | None:
        """None when it was never there or is there no more."""
        with self._lock:
            self._forget()
            found = self._kept.get(key)
        return None if found is None else found[2]

    def _forget(self) -> None:
        now = self._clock()
        while self._kept:
            oldest = next(iter(self._kept))
            if self._kept[oldest][0] > now and self._bytes <= self._memory:
                return
            self._drop(oldest)

    def _drop(self, key: str) -> None:
        _, size, _ = self._kept.pop(key)
        self._bytes -= size
