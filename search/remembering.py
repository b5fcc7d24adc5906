"""What is kept in memory for a while: bounded in time and in bytes, the oldest forgotten first."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from search.peers import Peers

Item = TypeVar("Item")


class Recent(Generic[Item]):
    """Items by key, each for ``lifetime`` seconds at most; many threads may share it.

    All together they take no more than ``memory`` bytes. ``peers`` find them too, by the ``name``
    that they have in every process, and here is found what those have.
    """

    def __init__(
        self,
        name: str,
        lifetime: float,
        memory: int,
        clock: Callable[[], float] = monotonic,
        peers: Peers | None = None,
    ) -> None:
        self._name = name
        self._lifetime = lifetime
        self._memory = memory
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, int, Item]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()
        self._peers = peers
        if peers:
            peers.share(name, self._own)

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
        found = self._own(key)
        if found is None and self._peers:
            return next(iter(self._peers.ask(self._name, key)), None)
        return found

    def _own(self, key: str) -> Item | None:
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
