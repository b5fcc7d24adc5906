"""What is searched, what it is searched with, and what the right answers are."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.vectors import CHUNK, QUERIES, mixed, nearest, numbered, photos
from search.arrays import Floats, Ids

QUERY_COUNT = 1000
_NEIGHBOURS = 100


@dataclass(frozen=True, eq=False)
class Data:
    """(n, d) unit vectors, mapped from disk, whose ids are their row numbers; (m, d) held-out
    queries; (m, 100) exact neighbours of each, best first."""

    gallery: Floats
    queries: Floats
    truth: Ids

    def chunks(self) -> Iterator[tuple[Ids, Floats]]:
        """Ids and vectors, in memory one chunk at a time."""
        starts = range(0, len(self.gallery), CHUNK)
        return numbered(np.array(self.gallery[start : start + CHUNK]) for start in starts)

    def recall(self, found: Ids, k: int) -> float:
        """Share of the ``k`` exact neighbours of the first len(found) queries that were found."""
        right = self.truth[: len(found), :k]
        hits = sum(len(np.intersect1d(*pair)) for pair in zip(found[:, :k], right, strict=True))
        return float(hits / right.size)


def prepare(catalogs: Sequence[Path], count: int, work: Path) -> Path:
    """The folder under ``work`` with ``count`` vectors, made if it is not there yet."""
    pictures = photos(catalogs, work)
    queries = np.concatenate(list(mixed(pictures, QUERY_COUNT, QUERIES)))
    folder = work / f"{count}-{hashlib.sha256(queries.tobytes()).hexdigest()[:8]}"
    if not (folder / "truth.npy").exists():
        folder.mkdir(exist_ok=True)
        np.save(folder / "queries.npy", queries)
        with (folder / "gallery.f32").open("wb") as file:
            for chunk in mixed(pictures, count):
                file.write(chunk.tobytes())
        neighbours = nearest(queries, numbered(mixed(pictures, count)), min(_NEIGHBOURS, count))
        np.save(folder / "truth.npy", neighbours)  # last: with it the folder is complete
    return folder


def load(folder: Path) -> Data:
    """What ``prepare`` made."""
    queries = np.load(folder / "queries.npy")
    gallery = np.memmap(folder / "gallery.f32", np.float32, "r").reshape(-1, queries.shape[1])
    return Data(gallery, queries, np.load(folder / "truth.npy"))
