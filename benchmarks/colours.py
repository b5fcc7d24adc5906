"""What measuring colours costs: a picture alone, in blocks as a build does it, and a whole build.

    python benchmarks/colours.py [CATALOG] [--rounds N]

Builds with and without it read and embed the same photos into new indexes, in alternating order.
``speed`` is the pictures a second of a build with colours over those of one without; ``cpu`` is
the time on all cores, which other programs disturb less. Prints one JSON object.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from unittest.mock import patch

import numpy as np
from rich.console import Console

from indexer.ingesting.journey import ingest
from indexer.ingesting.rejects import RejectFile
from indexer.progress import Steps
from indexer.sources import opened, read_catalog, read_rows
from indexer.workbench import Workbench
from search.arrays import Pixels
from search.catalog.records import ProductRow
from search.colours import measure_all, thumbnail
from search.embedding import Embedder, load_embedder
from search.images import load
from search.versions import IndexFolder

SAMPLE = Path(__file__).parent.parent / "data" / "sample" / "catalog.csv"
BLOCK = 32
PICTURES = 256


def main() -> None:
    """Measure pictures in memory, then builds in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    embedder = load_embedder()
    embedder.start()
    alone = _alone(arguments.catalog, embedder)
    builds: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    _build(arguments.catalog, embedder, measured=True)  # what is read from the disk first
    for turn in range(arguments.rounds):
        for measured in (True, False) if turn % 2 else (False, True):
            builds[measured].append(_build(arguments.catalog, embedder, measured=measured))
    pairs = list(zip(builds[True], builds[False], strict=True))
    report = {
        "cores": os.cpu_count(),
        "runtime": embedder.runtime.name,
        "cpu_microseconds_per_picture": alone,
        "build_cpu_milliseconds_per_picture": {
            "with": round(1000 * median(one[1] for one in builds[True]), 2),
            "without": round(1000 * median(one[1] for one in builds[False]), 2),
        },
        "images_per_second": {
            "with": round(median(one[0] for one in builds[True]), 1),
            "without": round(median(one[0] for one in builds[False]), 1),
        },
        "speed": round(median(new[0] / old[0] for new, old in pairs), 3),
        "speed_each_round": [round(new[0] / old[0], 3) for new, old in pairs],
        "cpu": round(median(new[1] / old[1] for new, old in pairs), 3),
        "cpu_each_round": [round(new[1] / old[1], 3) for new, old in pairs],
    }
    print(json.dumps(report))


def _alone(catalog: Path, embedder: Embedder) -> dict[str, float]:
    rows = [row for row in read_catalog(catalog) if isinstance(row, ProductRow)]
    paths = [catalog.parent / source for row in rows for source in row.images][:PICTURES]
    at_least = embedder.backbone.preprocessing.decode_at_least
    pictures = [load(path, at_least=at_least).pixels for path in paths]
    thumbnails = [thumbnail(picture) for picture in pictures]
    measure_all(np.stack(thumbnails[:1]))  # makes the tables
    return {
        "thumbnail": _cost(lambda: [thumbnail(one) for one in pictures], len(paths)),
        "one": _cost(lambda: _measure(thumbnails, 1), len(paths)),
        f"in blocks of {BLOCK}": _cost(lambda: _measure(thumbnails, BLOCK), len(paths)),
    }


def _measure(thumbnails: list[Pixels], size: int) -> None:
    for start in range(0, len(thumbnails), size):
        measure_all(np.stack(thumbnails[start : start + size]))


def _cost(work: Callable[[], object], pictures: int) -> float:
    """The median of several runs, in microseconds of CPU."""
    costs = []
    for _ in range(7):
        start = process_time()
        work()
        costs.append(1e6 * (process_time() - start) / pictures)
    return round(median(costs), 1)


def _build(catalog: Path, embedder: Embedder, *, measured: bool) -> tuple[float, float]:
    """Pictures a second, and seconds of CPU for each of them."""
    off = (
        nullcontext() if measured else patch("indexer.ingesting.reading.thumbnail", lambda _: None)
    )
    rows = opened(read_rows(catalog))
    with (
        tempfile.TemporaryDirectory() as scratch,
        Steps(Console(stderr=True, quiet=True)) as steps,
        Workbench.open(IndexFolder(Path(scratch)), embedder, steps) as bench,
        RejectFile(Path(scratch) / "rejects.csv") as rejects,
        off,
    ):
        start, cpu = perf_counter(), process_time()
        _, tally = ingest(catalog, rows, bench, rejects, ())
        seconds, cpu = perf_counter() - start, process_time() - cpu
    return tally.embedded / seconds, cpu / tally.embedded


if __name__ == "__main__":
    main()
