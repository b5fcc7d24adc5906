"""``rejects.csv``: what the last command that read a catalog file turned away, and why."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from search.catalog.records import Reject

HEADER = ("row", "product_id", "source", "reason")


@dataclass(frozen=True, slots=True)
class Rejects:
    """Some of ``count`` rows and images; ``written_at`` is UTC in ISO 8601, None without a file."""

    count: int
    written_at: str | None
    rejects: list[Reject]


def read_rejects(path: Path, k: int, offset: int) -> Rejects:
    """Those from ``offset`` on, ``k`` at most, in the file's order."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            rows = csv.reader(file)
            next(rows, None)  # the header
            skipped = sum(1 for _ in islice(rows, offset))
            shown = [_reject(row) for row in islice(rows, k) if len(row) == len(HEADER)]
            count = skipped + len(shown) + sum(1 for _ in rows)
    except FileNotFoundError:
        return Rejects(0, None, [])
    return Rejects(count, written.isoformat(timespec="seconds"), shown)


def _reject(row: list[str]) -> Reject:
    return Reject(int(row[0]) if row[0].isdigit() else 0, *row[1:])
