"""How long does tuning take, in a build and in a catalog of a million images?

    python benchmarks/tuning.py INDEX [--images 1000000] [--rounds 3]

INDEX is a built index. Measures the choice of a head from its features, first in a fresh process
and then again; with ``--images``, in a copy whose products are repeated, under other names and with
noise on their features, until there are so many images. Prints one JSON object.
"""

import argparse
import json
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from sqlalchemy import Connection, Table, select

from indexer.build import live_model
from indexer.progress import Steps
from indexer.tuning.choosing import choose_head
from indexer.tuning.sampling import read_sample
from indexer.workbench import Workbench
from search.catalog.database import writing
from search.catalog.features import STORED
from search.catalog.tables import features, images, products
from search.embedding import Embedder
from search.embedding.backbones import load_model
from search.versions import IndexFolder

_NOISE = 0.05
"""Of a feature, as a share of its size: copies are near, but not the same."""


def main() -> None:
    """Time the choice, in the index itself or in a larger copy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--images", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Steps(Console(quiet=True)) as steps:
        copy = Path(folder) / "index"
        shutil.copytree(arguments.index, copy)
        index = IndexFolder(copy)
        embedder = Embedder(load_model(live_model(index)))
        with Workbench.open(index, embedder, steps) as bench:
            if arguments.images:
                _multiply(bench, arguments.images)
            count = bench.catalog.counts()[1]
            rounds = [_timed(bench, count) for _ in range(arguments.rounds)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"images": count, "rounds": rounds, "peak_gib": round(peak, 2)}))


def _timed(bench: Workbench, count: int) -> dict[str, Any]:
    start = perf_counter()
    sample = read_sample(bench.catalog.engine, bench.store, count)
    report = choose_head(bench, sample, count).report
    seconds = perf_counter() - start
    return {
        "seconds": round(seconds, 2),
        "seconds_per_1000": round(seconds / count * 1000, 3),
        "chosen": report.chosen,
        "looked_at": report.images,
    }


def _multiply(bench: Workbench, wanted: int) -> None:
    """Add copies of every product until there are ``wanted`` images or a few more."""
    random = np.random.default_rng(0)
    with writing(bench.catalog.engine) as connection:
        rows = {table: _rows(connection, table) for table in (products, images, features)}
        vectors = np.stack([np.frombuffer(row["data"], STORED) for row in rows[features]])
        for copy in range(1, -(-wanted // len(rows[images]))):
            noise = random.standard_normal(vectors.shape, np.float32) * _NOISE
            noisy = (vectors * (1 + noise)).astype(STORED)
            data = iter([row.tobytes() for row in noisy])
            for table, found in rows.items():
                connection.execute(table.insert(), list(_renamed(found, copy, data)))


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(table))]


def _renamed(rows: list[dict[str, Any]], copy: int, data: Iterator[bytes]) -> Iterator[Any]:
    """The rows of copied products, of their images, or of these images' features."""
    for row in rows:
        new = {**row}
        new.pop("image_id", None)
        if "product_id" in row:
            new["product_id"] = f"{copy}-{row['product_id']}"
        if row.get("sha256"):
            new["sha256"] = f"{copy:08x}{row['sha256'][8:]}"
        if "data" in row:
            new["data"] = next(data)
        yield new


if __name__ == "__main__":
    main()
