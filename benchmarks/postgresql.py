"""Syncing a catalog and storing features in PostgreSQL beside SQLite, alternating.

python -m benchmarks.postgresql [--products 100000] [--rounds 3]
"""

import argparse
import gc
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.sync import _Memory
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.catalog.features import FeatureStore
from search.catalog.records import ProductRow
from search.catalog.syncing import sync
from tests.postgresql import PostgresServer, started

_DIM = 1_280
_BATCH = 256
_BATCHES = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with started(durable=True) as server:
        found = _measured(server, given.products, given.rounds)
    print(json.dumps({"products": given.products, "rounds": given.rounds, **found}, indent=2))


def _measured(server: PostgresServer, products: int, rounds: int) -> dict[str, object]:
    runs: dict[str, list[dict[str, float]]] = {"sqlite": [], "postgresql": []}
    for number in range(rounds):
        for kind in sorted(runs, reverse=number % 2 == 0):
            with tempfile.TemporaryDirectory() as scratch:
                is_file = kind == "sqlite"
                path = Path(scratch) / "catalog.sqlite"
                url = sqlite_url(path) if is_file else server.new_database().render_as_string()
                runs[kind].append(_apart(url, products))
            print(number, kind, runs[kind][-1], file=sys.stderr)
    medians = {
        kind: {name: round(median(one[name] for one in several), 1) for name in several[0]}
        for kind, several in runs.items()
    }
    ratio = {
        name: round(value / medians["sqlite"][name], 2)
        for name, value in medians["postgresql"].items()
    }
    return {**medians, "postgresql_over_sqlite": ratio}


def _apart(url: str, products: int) -> dict[str, float]:
    """In a process of its own: what it takes in memory is nobody else's."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_run, url, products).result()


def _run(url: str, products: int) -> dict[str, float]:
    gc.collect()
    with closing(Catalog.create(url)) as catalog, _Memory() as memory:

        def rate(rows: Callable[[], Iterator[ProductRow]]) -> float:
            start = perf_counter()
            sync(catalog.engine, rows(), print)
            return products / (perf_counter() - start)

        first = rate(lambda: _rows(products))
        again = rate(lambda: _rows(products))
        changed = rate(lambda: _rows(products, every=100))
        stored = _stored(catalog)
    return {
        "first_sync_rows_per_second": first,
        "same_sync_rows_per_second": again,
        "one_percent_changed_rows_per_second": changed,
        "features_per_second": stored,
        "peak_megabytes_over_start": memory.peak - memory.start,
    }


def _rows(count: int, every: int = 0) -> Iterator[ProductRow]:
    for number in range(count):
        title = f"Product {number}" + (" new" if every and number % every == 0 else "")
        yield ProductRow(
            number + 2,
            f"p{number}",
            (f"images/{number}.jpg",),
            title=title,
            description="A thing of some use, in several colours and sizes. " * 3,
            category=f"Things > Kind {number % 40} > Sort {number % 400}",
            brand=f"brand {number % 300}",
            price=number % 500 + 0.5,
            currency="EUR",
            in_stock=number % 3 == 0,
            attributes={"size": number % 50, "material": f"m{number % 20}"},
        )


def _stored(catalog: Catalog) -> float:
    store = FeatureStore(catalog.engine, "backbone", _DIM)
    rows = np.random.default_rng(0).normal(size=(_BATCH, _DIM)).astype(np.float32)
    start = perf_counter()
    for batch in range(_BATCHES):
        store.put([f"{batch * _BATCH + one:064x}" for one in range(_BATCH)], rows)
    return _BATCH * _BATCHES / (perf_counter() - start)


if __name__ == "__main__":
    main()
