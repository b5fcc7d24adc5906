"""Latency and requests/s of a real server, beside embedding and search alone in the same run.

At 1, 8 and 64 clients, by product id and by upload of 348 px JPEGs; in turns, in alternating order.
Every answer of a first pass must have the same ten products as the engine's in this process. Prints
one JSON object.

    python -m benchmarks.serve CATALOG [--seconds 10] [--index DIR] [--workers 1] [--plot FILE]
"""

import argparse
import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.serve.asking import Asked, asked_of, different
from benchmarks.serve.measuring import CLIENTS, KINDS, alone, loaded, report_of
from benchmarks.serve.plot import draw
from benchmarks.serve.server import serving
from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import SearchEngine
from search.threads import use_threads


def main() -> None:
    """Index, serve, check, measure in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = options.index or Path(folder)
        if not (index / "CURRENT").exists():
            build(options.catalog, index, BuildOptions(), Steps(Console(stderr=True)))
        report = _measured(index, asked_of(options.catalog), options)
    print(json.dumps(report))
    if options.plot:
        draw(report, options.plot)


def _measured(index: Path, asked: Asked, options: argparse.Namespace) -> dict[str, Any]:
    use_threads(None)  # as servers do
    engine = SearchEngine.open(index)
    with (
        serving(index, options.workers) as server,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as load,
    ):
        wrong = different(engine, server, asked)
        measures = alone(engine, asked, options.seconds)
        for kind in KINDS:
            for count in CLIENTS:
                ask = partial(loaded, load, server, asked, kind, count, options.seconds)
                measures[f"{kind} {count}"] = ask
        for turn in range(options.rounds):
            for name in list(measures) if turn % 2 == 0 else list(reversed(measures)):
                print(f"round {turn + 1}: {name}", file=sys.stderr)
                asked.figures.setdefault(name, []).append(measures[name]())
    report = report_of(asked, options.workers) | {"answers_different": wrong}
    return report | {"runtime": engine.embedder.runtime.name}


if __name__ == "__main__":
    main()
