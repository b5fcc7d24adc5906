"""A million vectors in Milvus through our code, beside FAISS: loading, queries a second, recall.

    python -m benchmarks.milvus_million VECTORS QUERIES TRUTH [--dim 256] [--images N]

The files are plain arrays: float32 (n, dim), float32 (q, dim), and int64 (q, m), the places of
the m nearest among all n. A Milvus server (package milvus) and this process share the cores. No
query is asked twice: Milvus remembers where it ended, so each time they have another length.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console

from indexer.indexing.in_milvus import build_in_milvus
from indexer.indexing.journey import build_index
from indexer.indexing.records import TARGET_RECALL, Effort, IndexReport, Limits, Trial
from indexer.progress import Steps
from search.arrays import Floats, Ids
from search.vectors import VectorIndex
from search.vectors.milvus.address import MilvusAddress
from search.vectors.milvus.collection import Collection
from tests.milvus import started

K = 10
CHUNK = 20_000
CLIENTS = 8
_LIMITS = Limits(TARGET_RECALL, 2**40)
_LENGTHS = count(10_000)


@dataclass(frozen=True)
class FileVectors:
    """The rows of an array on the disk; the id of one is its place."""

    rows: Any

    @property
    def images(self) -> int:
        return len(self.rows)

    @property
    def dim(self) -> int:
        return int(self.rows.shape[1])

    def sample(self, count: int) -> tuple[Ids, Floats]:
        ids = np.sort(np.random.default_rng(0).permutation(self.images)[:count])
        random = np.random.default_rng(1).permutation(ids)
        return random, np.array(self.rows[random])

    def chunks(self) -> Iterator[tuple[Ids, Floats]]:
        for start in range(0, self.images, CHUNK):
            some = np.array(self.rows[start : start + CHUNK])
            print(f"{start:,}", file=sys.stderr)
            yield np.arange(start, start + len(some)), some


def in_faiss(vectors: FileVectors, steps: Steps) -> tuple[VectorIndex, IndexReport]:
    """The graph that ``indexer build`` takes for a million, without trying others first."""
    best = Effort(1, 1, 1.0, 1.0)
    taken = Trial("HNSW16,SQ8", 1, 1, 1.0, 1.0, (best,), best, 1.0, 1.0, 1)
    return build_index(vectors, _LIMITS, np.inf, steps, [taken])


def asked(index: VectorIndex, queries: Floats, truth: Ids) -> dict[str, float]:
    """Recall, and queries a second one after the other and from several threads."""

    def ask(query: Floats) -> Ids:
        found: Ids = index.search(query[None], K).ids[0]
        return found

    anew = queries * np.float32(next(_LENGTHS))
    found, alone = _timed(lambda: [ask(query) for query in anew])
    others = queries * np.float32(next(_LENGTHS))
    with ThreadPoolExecutor(CLIENTS) as threads:
        _, together = _timed(lambda: list(threads.map(ask, others)))
    right = [len(np.intersect1d(one, known[:K])) for one, known in zip(found, truth, strict=True)]
    return {
        "recall@10": round(sum(right) / (K * len(queries)), 4),
        "queries_per_second": round(len(queries) / alone, 1),
        f"queries_per_second_{CLIENTS}_threads": round(len(queries) / together, 1),
    }


def _timed(work: Callable[[], list[Ids]]) -> tuple[list[Ids], float]:
    start = perf_counter()
    return work(), perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name in ("vectors", "queries", "truth"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--images", type=int, help="only the first so many; recall is then low")
    options = parser.parse_args()
    rows = np.memmap(options.vectors, np.float32, "r").reshape(-1, options.dim)
    vectors = FileVectors(rows[: options.images])
    queries = np.fromfile(options.queries, np.float32).reshape(-1, options.dim)
    truth = np.fromfile(options.truth, np.int64).reshape(len(queries), -1)
    found: dict[str, Any] = {"images": vectors.images, "dim": vectors.dim}
    with Steps(Console(stderr=True)) as steps, started() as server:
        address = MilvusAddress.parse(server.new_url())
        place = Collection(address, address.collection)
        index, report = build_in_milvus(vectors, place, "benchmark", lambda _: {}, _LIMITS, steps)
        found["milvus"] = _facts(report) | asked(index, queries, truth)
        print(found, file=sys.stderr)
        faiss, report = in_faiss(vectors, steps)
        found["faiss"] = _facts(report) | asked(faiss, queries, truth)
        again = {"milvus": asked(index, queries, truth), "faiss": asked(faiss, queries, truth)}
    print(json.dumps(found | {"again": again}, indent=2))


def _facts(report: IndexReport) -> dict[str, Any]:
    tuned = report.tuned
    return {
        "index": report.codes,
        "load_seconds": report.build_seconds,
        "effort": tuned.effort if tuned else 0,
        "recall_of_held_out": tuned.recall if tuned else 1.0,
    }


if __name__ == "__main__":
    main()
