"""How often a key may ask: one number for each key, shared by all processes of a server."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from struct import Struct

_NUMBER = Struct("=q")

_PLACES = 2**20
"""Keys whose numbers are so far apart would share a place."""

_SECOND = 10**9
_MINUTE = 60 * _SECOND


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a key stands with one of its limits, which is of ``window`` seconds.

    ``remaining`` requests may follow at once; after ``reset`` seconds it may make all ``limit`` of
    them. ``wait`` is after how many seconds a refused one may be repeated, None if it was let in.
    """

    limit: int
    window: int
    remaining: int
    reset: int
    wait: int | None = None


class Rates:
    """Lets ``n`` requests pass at once, and then one more every ``60 / n`` seconds.

    This is the generic cell rate algorithm (ITU-T I.371), a leaky bucket: it keeps the moment at
    which all requests of a key will have been paid for. Processes that share a ``folder`` share
    these moments: they are in a file that is mapped into the memory of all, and locked for as long
    as one is read and written. Their clock is the machine's.
    """

    def __init__(self, folder: Path | None = None) -> None:
        size = _PLACES * _NUMBER.size  # of which only what is used takes memory
        self._file: int | None = None
        if folder is not None:
            self._file = os.open(folder / "rates", os.O_RDWR | os.O_CREAT, 0o600)
            os.ftruncate(self._file, size)
        self._paid = mmap(-1 if self._file is None else self._file, size)

    def close(self) -> None:
        """The file may be deleted."""
        self._paid.close()
        if self._file is not None:
            os.close(self._file)

    def take(self, number: int, per_minute: int, now: int | None = None) -> Standing:
        """Count a request of a key unless it has none left; ``now`` is in nanoseconds."""
        place = number % _PLACES * _NUMBER.size
        gap = _MINUTE // per_minute
        now = time.monotonic_ns() if now is None else now
        with self._locked():
            ahead = max(_NUMBER.unpack_from(self._paid, place)[0] - now, 0)
            if ahead + gap > _MINUTE:
                wait = _seconds(ahead + gap - _MINUTE)
                return Standing(per_minute, 60, 0, _seconds(ahead), wait)
            ahead += gap
            _NUMBER.pack_into(self._paid, place, now + ahead)
        return Standing(per_minute, 60, (_MINUTE - ahead) // gap, _seconds(ahead))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self._file is None:
            yield
            return
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)


def _seconds(nanoseconds: int) -> int:
    """Rounded up: who waits so long has waited long enough."""
    return -(-nanoseconds // _SECOND)
