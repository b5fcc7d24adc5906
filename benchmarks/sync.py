"""How fast a build finds that nothing changed, and in how much memory. Prints one JSON object.

The catalog has 10 columns and a small file for each product. The first sync is real; instead of
embedding a million pictures, what reading them would have found is then filled in by SQL. Each
measurement is a process of its own; its peak is sampled, and compared with what it held before.

    python -m benchmarks.sync [--rows N] [--rounds N]
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING, Self

import numpy as np
from rich.console import Console

from benchmarks.made_catalog import CATALOG, fill_in, write_catalog
from indexer.ingesting.pipeline import embed_images
from indexer.ingesting.reading import Reader
from indexer.progress import Steps
from indexer.sources import read_rows
from indexer.workbench import Workbench
from search.catalog.syncing import sync
from search.catalog.syncing.comparing import Changes
from search.embedding import Embedder
from search.embedding.backbone import Backbone
from search.embedding.preprocessing import Preprocessing
from search.fetching.fetcher import Fetcher
from search.uploads import ImagePlaces
from search.versions import IndexFolder

if TYPE_CHECKING:
    from torch import nn

_DIM = 8


def main() -> None:
    """Compare an unchanged catalog, and a quarter of it, several times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(_measure(arguments.measure)))
        return
    found = {}
    for rows in (arguments.rows // 4, arguments.rows):
        with tempfile.TemporaryDirectory() as folder:
            first = _prepare(Path(folder), rows)
            rounds = [_measured_apart(Path(folder)) for _ in range(arguments.rounds)]
        middle = {name: round(median(one[name] for one in rounds), 2) for name in rounds[0]}
        seconds = middle["rows_seconds"] + middle["images_seconds"]
        found[str(rows)] = {
            "first_sync_rows_per_second": round(rows / first),
            "unchanged_rows_per_second": round(rows / seconds),
            **middle,
        }
    print(json.dumps({"cores": os.cpu_count(), "rounds": arguments.rounds, "by_rows": found}))


def _prepare(folder: Path, rows: int) -> float:
    """A catalog of which everything is known; returns the seconds of the first sync."""
    write_catalog(folder, rows, lambda n: b"%d" % n)
    with _bench(folder) as bench:
        start = perf_counter()
        sync(bench.catalog.engine, read_rows(folder / CATALOG), print)
        seconds = perf_counter() - start
        fill_in(bench, folder, lambda ids: np.zeros((len(ids), _DIM), np.float32))
    return seconds


def _measured_apart(folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.sync", "--measure", str(folder)]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(found))


def _measure(folder: Path) -> dict[str, float]:
    with _bench(folder) as bench, closing(Fetcher()) as fetcher, _Memory() as memory:
        start = perf_counter()
        changes = sync(bench.catalog.engine, read_rows(folder / CATALOG), print)
        compared = perf_counter()
        assert changes == Changes(0, 0, 0, changes.unchanged)
        places = ImagePlaces(folder, bench.folder.path)
        tally = embed_images(bench, Reader(places, fetcher, bench.embedder.backbone.preprocessing))
        assert (tally.embedded, tally.rejected) == (0, 0)
        done = perf_counter()
    return {
        "rows_seconds": compared - start,
        "images_seconds": done - compared,
        "peak_megabytes_over_start": memory.peak - memory.start,
    }


class _Memory:
    """The most memory of its own that the process holds; the mapped catalog is the system's."""

    def __enter__(self) -> Self:
        self.start = self.peak = _megabytes()
        self._done = Event()
        self._thread = Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self.peak = max(self.peak, _megabytes())


def _bench(folder: Path) -> Workbench:
    half = (0.5, 0.5, 0.5)
    backbone = Backbone("none", _DIM, Preprocessing(32, half, half), "none", _no_network)
    steps = Steps(Console(file=io.StringIO()))
    return Workbench.open(IndexFolder(folder / "index"), Embedder(backbone), steps)


def _no_network() -> "nn.Module":
    raise AssertionError("there was something to embed")


def _megabytes() -> float:
    status = Path("/proc/self/status").read_text().splitlines()
    (line,) = (one for one in status if one.startswith("RssAnon"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
