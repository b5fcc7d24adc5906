"""How the time and the memory of an index grow with its size.

    python benchmarks/scale.py [--catalog FILE …] [--sizes 10000 100000 1000000] [--work DIR]
                               [--max-memory 1.5GB] [--target-recall 0.95] [--plot FILE]

For each size a process of its own builds an index as a build does (choosing, streaming, tuning)
from made-up vectors, saves it, and another one opens it, without a byte of it in memory, and asks.
Prints one JSON object: seconds, bytes, peak memory, recall and milliseconds for each size, and the
power of the size by which each grows.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.vectors import CHUNK, QUERIES, mixed, photos
from indexer.cli.options import parse_size
from indexer.indexing.journey import build_index
from indexer.indexing.records import Limits
from indexer.progress import Steps
from search.arrays import Floats, Ids
from search.vectors.faiss_index import FaissIndex

_ASKED = 500
_GROWING = ("build_seconds", "bytes", "peak_mb", "query_ms")


@dataclass(frozen=True, eq=False, slots=True)
class MadeVectors:
    """``images`` vectors that are made anew whenever they are needed."""

    photos: Floats
    images: int

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return int(self.photos.shape[1])

    def sample(self, count: int) -> tuple[Ids, Floats]:
        """So many at random."""
        drawn = np.sort(np.random.default_rng(0).permutation(self.images)[:count])
        rows = [vectors[np.isin(ids, drawn, assume_unique=True)] for ids, vectors in self.chunks()]
        order = np.random.default_rng(1).permutation(len(drawn))
        return drawn[order], np.concatenate(rows)[order]

    def chunks(self) -> Iterator[tuple[Ids, Floats]]:
        """All of them."""
        for number, vectors in enumerate(mixed(self.photos, self.images)):
            start = number * CHUNK
            yield np.arange(start, start + len(vectors)), vectors


def main() -> None:
    """Each size in turn, in processes of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalog", type=Path, nargs="*", default=[])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--max-memory", type=parse_size, default=parse_size("8GB"))
    parser.add_argument("--target-recall", type=float, default=0.95)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        print(json.dumps(_part(arguments)))
        return
    with tempfile.TemporaryDirectory() as folder:
        work = arguments.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        np.save(work / "photos.npy", photos(arguments.catalog, work))
        found = {size: _measured(size, work) for size in arguments.sizes}
    report = {"sizes": found, "growth": _growth(found)}
    if arguments.plot:
        _plot(found, arguments.plot)
    print(json.dumps(report))


def _measured(size: int, work: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in ("build", "ask"):
        command = [sys.executable, "-m", "benchmarks.scale", *sys.argv[1:]]
        command += ["--work", str(work), "--part", part, str(size)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        found |= json.loads(done.stdout)
    print(size, found, file=sys.stderr)
    return found


def _part(arguments: argparse.Namespace) -> dict[str, Any]:
    part, size = arguments.part[0], int(arguments.part[1])
    known = np.load(arguments.work / "photos.npy")
    path = arguments.work / f"scale-{size}.faiss"
    if part == "ask":
        return _ask(path, known)
    limits = Limits(arguments.target_recall, arguments.max_memory)
    return _build(MadeVectors(known, size), limits, path)


def _build(vectors: MadeVectors, limits: Limits, path: Path) -> dict[str, Any]:
    start = perf_counter()
    index, report = build_index(vectors, limits, inf, Steps(Console(quiet=True)))
    took = perf_counter() - start
    index.save(path)
    size = path.stat().st_size
    return {
        "codes": report.codes,
        "build_seconds": round(took, 2),
        "of_which_adding_seconds": report.build_seconds,
        "bytes": size,
        "bytes_per_vector": round(size / len(index), 1),
        "peak_mb": _peak(),
        "peak_over_file_mb": round(_peak() - size / 1e6),
        "recall": report.tuned.recall if report.tuned else 1.0,
    }


def _ask(path: Path, known: Floats) -> dict[str, Any]:
    queries = np.concatenate(list(mixed(known, _ASKED, QUERIES)))
    before = _peak()
    start = perf_counter()
    index = FaissIndex.load(path)
    opened = perf_counter() - start
    index.search(queries[:1], 10)
    first = perf_counter() - start
    times = []
    for query in queries:
        start = perf_counter()
        index.search(query[None], 10)
        times.append(1000 * (perf_counter() - start))
    return {
        "open_ms": round(1000 * opened, 1),
        "first_answer_ms": round(1000 * first, 1),
        "query_ms": round(float(np.median(times)), 3),
        "query_p95_ms": round(float(np.quantile(times, 0.95)), 3),
        "serving_peak_mb": round(_peak() - before),
    }


def _peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, 1)


def _growth(found: dict[int, dict[str, Any]]) -> dict[str, float]:
    """The slope of each figure over the size, both as logarithms; none for a single size."""
    if len(found) < 2:
        return {}
    sizes = np.log([float(size) for size in found])
    return {
        name: round(
            float(np.polyfit(sizes, np.log([one[name] for one in found.values()]), 1)[0]), 2
        )
        for name in _GROWING
    }


def _plot(found: dict[int, dict[str, Any]], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 2.8), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(_GROWING)), _GROWING, strict=True):
        axes.loglog(list(found), [one[name] for one in found.values()], marker="o")
        axes.set_title(name.replace("_", " "))
        axes.set_xlabel("vectors")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
