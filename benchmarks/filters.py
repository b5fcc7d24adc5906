"""What a filter costs in recall and time, the narrower it gets.

    python -m benchmarks.filters [CATALOG] [--vectors N] [--queries N]

N unit vectors mixed from the photos of CATALOG, or from random ones without it, as
``benchmarks/vectors.py`` says; single queries, filter after filter in alternating order. Recall is
against exact search with NumPy, and equals count as right. Prints a table for people on stderr and
one JSON object on stdout. To compare another index, add it to ``ENGINES``.
"""

import argparse
import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.vectors import QUERIES, mixed, numbered, photos
from search.arrays import Floats, Ids
from search.vectors import Neighbours, VectorIndex
from search.vectors.faiss_index import FaissIndex
from search.vectors.ids import IdSet

ENGINES: dict[str, type[FaissIndex]] = {"faiss_flat": FaissIndex}
SHARES = (1.0, 0.5, 0.1, 0.01, 0.001)
K = 10

Report = dict[str, dict[str, float]]


def main() -> None:
    """Make the vectors once, then measure each index on them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path, nargs="?")
    parser.add_argument("--vectors", type=int, default=500_000)
    parser.add_argument("--queries", type=int, default=200)
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    pictures = photos([arguments.catalog] if arguments.catalog else [])
    queries = np.concatenate(list(mixed(pictures, arguments.queries, QUERIES)))
    chunks = list(numbered(mixed(pictures, arguments.vectors), first=1))
    ids = np.arange(1, arguments.vectors + 1)
    sets = {
        f"{share:.1%}": IdSet(random.choice(ids, int(share * len(ids)), replace=False))
        for share in SHARES
    }
    cosines = np.concatenate([queries @ chunk.T for _, chunk in chunks], axis=1)
    report = {}
    for name, engine in ENGINES.items():
        index = engine.build(chunks)
        report[name] = _measure(index, queries, {"none": None, **sets}, cosines)
        _print_table(name, report[name])
    print(json.dumps({"vectors": len(ids), "photos": len(pictures), "engines": report}))


def _measure(
    index: VectorIndex, queries: Floats, sets: dict[str, IdSet | None], cosines: Floats
) -> Report:
    """``cosines`` (queries, vectors) are what every query scores with the ids 1, 2, 3…"""
    times, firsts, recalls = ({name: list[float]() for name in sets} for _ in range(3))
    for name, allowed in sets.items():  # a set that the index has not seen yet
        for query in queries[:5]:
            fresh = None if allowed is None else IdSet(allowed.ids)
            firsts[name].append(_timed(index, query, fresh)[0])
    for turn, query in enumerate(queries):
        for name in list(sets) if turn % 2 else list(reversed(sets)):
            took, found = _timed(index, query, sets[name])
            times[name].append(took)
            recalls[name].append(_recall(found.ids[0], cosines[turn], sets[name]))
    unfiltered = np.median(times["none"])
    return {
        name: {
            "recall_at_10": round(float(np.mean(recalls[name])), 4),
            "median_ms": round(float(np.median(times[name])), 3),
            "p95_ms": round(float(np.quantile(times[name], 0.95)), 3),
            "ratio": round(float(np.median(times[name]) / unfiltered), 3),
            "first_ms": round(float(np.median(firsts[name])), 3),
        }
        for name in sets
    }


def _timed(index: VectorIndex, query: Floats, allowed: IdSet | None) -> tuple[float, Neighbours]:
    start = perf_counter()
    found = index.search(query[None], K, allowed)
    return 1000 * (perf_counter() - start), found


def _recall(found: Ids, cosines: Floats, allowed: IdSet | None) -> float:
    """Of the K best, how many were found; ``found`` that is not allowed counts as missed."""
    if allowed is not None:
        found = found[allowed.contains(found)]
        gallery = cosines[allowed.ids - 1]
    else:
        gallery = cosines
    worst = np.partition(gallery, -K)[-K]
    return float(np.count_nonzero(cosines[np.unique(found) - 1] >= worst - 1e-6) / K)


def _print_table(name: str, report: Report) -> None:
    columns = list(report["none"])
    print(f"{name:12}" + "".join(f"{column:>14}" for column in columns), file=sys.stderr)
    for kept, figures in report.items():
        row = "".join(f"{figures[column]:>14}" for column in columns)
        print(f"{kept:12}{row}", file=sys.stderr)


if __name__ == "__main__":
    main()
