"""What is sold, and what each version must say of it."""

import csv
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from threading import Lock

import numpy as np

LISTINGS = Path(__file__).parents[3] / "shared" / "datasets" / "grocery" / "listings.csv"
STABLE = 1_060
"""With those, every version has a head of its own: a mixture of two versions would show."""

ASKED, EDITED = 40, 40
"""How many of the stable products readers ask for, and how many products builds edit."""

SPARE, WATCHED = 200, 1_000

Row = dict[str, str]


@dataclass
class Shop:
    """``stable`` rows are in every version, ``edited`` ones change; ``spare`` pictures go in
    live, and ``watched`` ones to see how fast. ``catalog`` is held by whoever builds, or has moved
    the database away."""

    folder: Path
    stable: list[Row]
    edited: list[Row]
    spare: list[bytes]
    watched: list[bytes]
    catalog: Lock = field(default_factory=Lock)

    def write(self, number: int) -> None:
        """The catalog file of one build: other pictures, other products, other prices."""
        random = Random(number)  # noqa: S311
        pictures = random.sample(self.edited, EDITED)
        rows = [
            {**row, "image": picture["image"], "price": f"{number % 90 + 1}.5"}
            for row, picture in zip(self.edited, pictures, strict=True)
        ]
        with (self.folder / "catalog.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows([*self.stable, *random.sample(rows, EDITED * 3 // 4)])

    @contextmanager
    def cut(self) -> Iterator[None]:
        """The database is away meanwhile."""
        index, away = self.folder / "index", self.folder / "away"
        away.mkdir(exist_ok=True)
        names = [f"catalog.sqlite{end}" for end in ("", "-wal", "-shm")]
        with self.catalog:
            moved = [name for name in names if (index / name).exists()]
            for name in moved:
                (index / name).rename(away / name)
            try:
                yield
            finally:
                for name in reversed(moved):  # the log first: without it the file is an old one
                    (away / name).rename(index / name)

    def integrity(self) -> str:
        """What SQLite itself says of the database in the end: ``ok``."""
        connection = sqlite3.connect(self.folder / "index" / "catalog.sqlite")
        try:
            return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        finally:
            connection.close()


def made_shop(folder: Path, listings: Path) -> Shop:
    """Of listings with different pictures, in an order of chance."""
    with listings.open(newline="") as file:
        rows = list(csv.DictReader(file))
    Random(0).shuffle(rows)  # noqa: S311
    by_content: dict[bytes, tuple[Row, bytes]] = {}
    for row in rows:
        data = (listings.parent / row["image"]).read_bytes()
        by_content.setdefault(hashlib.sha256(data).digest(), (row, data))
    ends = np.cumsum([0, STABLE, EDITED, SPARE, WATCHED])
    stable, edited, spare, watched = (
        list(by_content.values())[start:end] for start, end in pairwise(ends)
    )
    for row, data in [*stable, *edited]:
        path = folder / row["image"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    parts = [row for row, _ in stable], [row for row, _ in edited]
    return Shop(folder, *parts, [data for _, data in spare], [data for _, data in watched])
