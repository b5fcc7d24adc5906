"""What was worked out from the catalog, and is brought up to date instead of worked out again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine

from search.catalog.revisions import current_revision
from search.errors import LookalikeError

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT", bound=Sized)

MOST_ITEMS = 16_000_000
"""Items in all values of one ``Kept``; those used longest ago are forgotten first."""

MOST_VALUES = 32


@dataclass(frozen=True, slots=True)
class Known(Generic[ValueT]):
    """A value with every change of the catalog up to ``revision``, and perhaps later ones."""

    value: ValueT
    revision: int


@dataclass(eq=False, slots=True)
class _Slot(Generic[ValueT]):
    known: Known[ValueT] | None = None
    lock: Lock = field(default_factory=Lock)


class Kept(Generic[KeyT, ValueT]):
    """Values by key; many threads may share it, and none waits for another one's key.

    ``read`` gets what was known of a key, None at first, and gives what is true now.
    """

    def __init__(
        self, engine: Engine, read: Callable[[Connection, KeyT, Known[ValueT] | None], ValueT]
    ) -> None:
        self._engine = engine
        self._read = read
        self._slots: OrderedDict[KeyT, _Slot[ValueT]] = OrderedDict()
        self._lock = Lock()

    def has(self, key: KeyT, revision: int) -> bool:
        """Whether ``at`` need not read anything."""
        with self._lock:
            slot = self._slots.get(key)
        known = slot.known if slot else None
        return known is not None and known.revision >= revision

    def at(self, key: KeyT, revision: int) -> Known[ValueT]:
        """The value with every change up to ``revision``; raises what ``read`` raises."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
        with slot.lock:
            known = slot.known
            if known is None or known.revision < revision:
                try:
                    known = slot.known = self._now(key, known)
                except LookalikeError:
                    self._drop(key)
                    raise
                self._forget()
        return known

    def _now(self, key: KeyT, known: Known[ValueT] | None) -> Known[ValueT]:
        with self._engine.connect() as connection:
            # First: what changes after this is looked at again.
            revision = current_revision(connection)
            return Known(self._read(connection, key, known), revision)

    def _drop(self, key: KeyT) -> None:
        with self._lock:
            self._slots.pop(key, None)

    def _forget(self) -> None:
        with self._lock:
            while len(self._slots) > 1 and (len(self._slots) > MOST_VALUES or self._is_full()):
                self._slots.popitem(last=False)

    def _is_full(self) -> bool:
        kept = (slot.known for slot in self._slots.values())
        return sum(len(known.value) for known in kept if known) > MOST_ITEMS
