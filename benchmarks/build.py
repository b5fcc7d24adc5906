"""How close a build comes to the machine's limit, measured in the same run.

The limit is 1 / (1/decode rate + 1/inference rate), each on all cores and on the same photos:
what a program could do that spends no time on anything else. Prints one JSON object.

    python benchmarks/build.py [CATALOG] [--rounds N]
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from indexer.sources import read_catalog
from search.arrays import Pixels
from search.catalog.records import ProductRow
from search.embedding import Embedder, load_embedder

SAMPLE = Path(__file__).parent.parent / "data" / "sample" / "catalog.csv"


def main() -> None:
    """Measure in turn: decoding alone, inference alone, a whole build; then again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    paths = _paths(arguments.catalog)
    embedder = load_embedder()
    pixels = _decode(embedder, paths)
    embedder.features(pixels[: embedder.runtime.block])  # starts the runtime
    measures = {
        "decode": lambda: _timed(lambda: _decode(embedder, paths), len(paths)),
        "inference": lambda: _timed(lambda: embedder.features(pixels), len(paths)),
        "build": lambda: _build_rate(arguments.catalog),
    }
    rates: dict[str, list[float]] = {name: [] for name in measures}
    for turn in range(arguments.rounds):
        order = list(measures) if turn % 2 == 0 else list(reversed(measures))
        for name in order:
            rates[name].append(measures[name]())
    print(json.dumps(_summary(rates, len(paths), embedder)))


def _summary(rates: dict[str, list[float]], images: int, embedder: Embedder) -> dict[str, object]:
    limits = [1 / (1 / d + 1 / i) for d, i in zip(rates["decode"], rates["inference"], strict=True)]
    ratios = [built / limit for built, limit in zip(rates["build"], limits, strict=True)]
    middle = {f"{name}_images_per_second": round(median(found)) for name, found in rates.items()}
    return {
        "images": images,
        "cores": os.cpu_count(),
        "runtime": embedder.runtime.name,
        **middle,
        "limit_images_per_second": round(median(limits)),
        "build_over_limit": round(median(ratios), 3),
        "build_over_limit_each_round": [round(ratio, 3) for ratio in ratios],
    }


def _build_rate(catalog: Path) -> float:
    """A build into an empty index, by its own figure: first read to last feature stored."""
    with tempfile.TemporaryDirectory() as index, Steps(Console(stderr=True, quiet=True)) as steps:
        return build(catalog, Path(index), BuildOptions(), steps).images_per_second


def _paths(catalog: Path) -> list[Path]:
    rows = [row for row in read_catalog(catalog) if isinstance(row, ProductRow)]
    return [catalog.parent / source for row in rows for source in row.images]


def _decode(embedder: Embedder, paths: list[Path]) -> Pixels:
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.stack(list(threads.map(embedder.prepare, paths)))


def _timed(work: Callable[[], object], images: int) -> float:
    start = perf_counter()
    work()
    return images / (perf_counter() - start)


if __name__ == "__main__":
    main()
