"""Requests that this process let in and has not stored yet."""

from datetime import UTC, date, datetime
from threading import Lock

from sqlalchemy import Engine

from api.access.counters import Counters
from search.access.usage import add_usage, usage_of


class Usage:
    """Stores what this process counts, and tells ``counters`` what everybody has stored."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._lock = Lock()
        self._new: dict[tuple[int, date], int] = {}

    def add(self, number: int, day: date) -> None:
        """Count a request of the key with this number."""
        with self._lock:
            self._new[number, day] = self._new.get((number, day), 0) + 1

    def store(self, engine: Engine) -> None:
        """What is new here; if that fails, it stays."""
        with self._lock:
            mine = dict(self._new)
        add_usage(engine, mine)
        with self._lock:
            for key, count in mine.items():
                self._new[key] -= count
                if not self._new[key]:
                    del self._new[key]
        self.learn(engine)

    def learn(self, engine: Engine) -> None:
        """What has been stored of today."""
        today = datetime.now(UTC).date()
        self._counters.raise_to(usage_of(engine, today), today)
