"""How often each key asked: a few numbers for each, shared by all processes of a server."""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from mmap import mmap
from pathlib import Path
from struct import Struct
from threading import Lock
from typing import NamedTuple

MINUTE, DAY = 60, 86_400
"""Seconds."""

_RECORD = Struct("=qqq")
"""When all requests so far will have been paid for, in nanoseconds; a day, and requests on it."""

_PLACES = 2**20
"""Keys whose numbers are so far apart would share a place."""

_SECOND = 10**9


class Now(NamedTuple):
    """A moment: of the machine's clock in nanoseconds, and in the calendar of UTC.

    ``left`` is how many whole seconds of the day are left, 1 to 86,400.
    """

    nanoseconds: int
    day: date
    left: int

    @classmethod
    def read(cls) -> "Now":
        """This moment."""
        here = datetime.now(UTC)
        passed = here.hour * 3600 + here.minute * 60 + here.second
        return cls(time.monotonic_ns(), here.date(), DAY - passed)


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


class Counters:
    """What the processes that share a ``folder`` count together, or a process alone.

    A minute's limit of ``n`` lets so many requests pass at once, and then one more every ``60 / n``
    seconds: the generic cell rate algorithm (ITU-T I.371), a leaky bucket. A day's limit counts.
    The numbers are in a file that is mapped into the memory of all, and locked for as long as those
    of a key are read and written.
    """

    def __init__(self, folder: Path | None = None) -> None:
        size = _PLACES * _RECORD.size  # of which only what is used takes memory
        self._lock = Lock()
        self._file: int | None = None
        if folder is not None:
            self._file = os.open(folder / "counters", os.O_RDWR | os.O_CREAT, 0o600)
            os.ftruncate(self._file, size)
        self._memory = mmap(-1 if self._file is None else self._file, size)

    def close(self) -> None:
        """The file may be deleted."""
        self._memory.close()
        if self._file is not None:
            os.close(self._file)

    def take(
        self, number: int, per_minute: int | None, per_day: int | None, now: Now
    ) -> list[Standing]:
        """Count a request of a key unless a limit is reached, which is then all that is given."""
        found: list[Standing] = []
        with self._record(number) as place:
            paid, day, used = _RECORD.unpack_from(self._memory, place)
            if day < (today := now.day.toordinal()):  # at midnight others may be ahead
                day, used = today, 0
            if per_day is not None:
                if used >= per_day:
                    return [Standing(per_day, DAY, 0, now.left, now.left)]
                found.append(Standing(per_day, DAY, per_day - used - 1, now.left))
            if per_minute is not None:
                paid, standing = _paid(paid, per_minute, now.nanoseconds)
                if standing.wait is not None:
                    return [standing]
                found.append(standing)
            _RECORD.pack_into(self._memory, place, paid, day, used + 1)
        return found

    def raise_to(self, counts: Mapping[int, int], day: date) -> None:
        """Learn of requests on a day, by key's number: others counted some of them."""
        for number, count in counts.items():
            with self._record(number) as place:
                paid, of, used = _RECORD.unpack_from(self._memory, place)
                if of < day.toordinal():
                    used = 0
                if of <= day.toordinal() and used < count:
                    _RECORD.pack_into(self._memory, place, paid, day.toordinal(), count)

    @contextmanager
    def _record(self, number: int) -> Iterator[int]:
        """A key's place, which is nobody else's meanwhile: no other thread's or process's."""
        with self._lock:
            if self._file is not None:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield number % _PLACES * _RECORD.size
            finally:
                if self._file is not None:
                    fcntl.lockf(self._file, fcntl.LOCK_UN)


def _paid(paid: int, per_minute: int, now: int) -> tuple[int, Standing]:
    """When all is paid for after another request, and the key's standing with its rate."""
    minute = MINUTE * _SECOND
    gap = minute // per_minute
    ahead = max(paid - now, 0)
    if ahead + gap > minute:
        wait = _seconds(ahead + gap - minute)
        return paid, Standing(per_minute, MINUTE, 0, _seconds(ahead), wait)
    ahead += gap
    return now + ahead, Standing(per_minute, MINUTE, (minute - ahead) // gap, _seconds(ahead))


def _seconds(nanoseconds: int) -> int:
    """Rounded up: who waits so long has waited long enough."""
    return -(-nanoseconds // _SECOND)
