"""Embedding on Ray against embedding here: the same images, in turn, on the same cores.

The embedding is timed from the first read to the last feature stored: the first worker has loaded
the model by then, others may be about to. The whole adds what the engine needs before and after
it: loading the model from a converted network, for Ray also shipping it, and starting and ending
the workers. One Ray runs for all rounds; how long it takes to start and to end is a figure of its
own, which a command without ``--ray-address`` pays once. Processor times are of the embedding, for
Ray with all of its processes: on a machine that is shared they say more than the clock. Prints one
JSON object.

    python -m benchmarks.engines CATALOG [--rounds N] [--workers 1 2] [--model SPEC]
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import psutil
from rich.console import Console

from indexer.engines import Embeds, Engine
from indexer.engines.local import locally
from indexer.engines.ray import on_ray
from indexer.engines.ray_cluster import connected
from indexer.ingesting.journey import image_reader
from indexer.ingesting.pipeline import embed_images
from indexer.ingesting.reading import Reader
from indexer.progress import Steps
from indexer.sources import read_catalog
from indexer.workbench import Workbench
from search.catalog.records import ProductRow
from search.catalog.syncing import sync
from search.embedding import Embedder
from search.embedding.backbones import DEFAULT_SPEC, load_model
from search.versions import IndexFolder


class Timed(NamedTuple):
    """Seconds of the embedding, and with all that a command needs for it; images embedded.

    ``processor`` are those of all cores together, of the embedding.
    """

    embedding: float
    processor: float
    whole: float
    images: int


def main() -> None:
    """Measure each engine in turn, in alternating order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take each so-many-th product only")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--model", default=DEFAULT_SPEC, help="a faster one shows more of Ray")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        embedder = Embedder(load_model(arguments.model), cache=cache)
        embedder.start()
        start = perf_counter()
        with connected(None):
            started = perf_counter()
            found = _rounds(arguments, cache)
            ending = perf_counter()
        seconds = {"start": round(started - start, 2), "end": round(perf_counter() - ending, 2)}
    found["ray_seconds"] = seconds
    print(json.dumps({"cores": os.cpu_count(), "runtime": embedder.runtime.name, **found}))


def _rounds(arguments: argparse.Namespace, cache: Path) -> dict[str, Any]:
    engines: dict[str, Engine] = {"local": locally}
    engines |= {f"ray {n}": partial(on_ray, workers=n) for n in arguments.workers}
    seconds: dict[str, list[Timed]] = {name: [] for name in engines}
    for turn in range(arguments.rounds):
        for name in list(engines) if turn % 2 == 0 else list(reversed(engines)):
            seconds[name].append(_timed(arguments, engines[name], cache))
            print(name, seconds[name][-1], file=sys.stderr)
    return _summary(seconds)


def _summary(seconds: dict[str, list[Timed]]) -> dict[str, Any]:
    images = seconds["local"][0].images
    assert all(one.images == images for found in seconds.values() for one in found)
    return {
        "images": images,
        "images_per_second": {
            name: round(images / median(one.embedding for one in found), 1)
            for name, found in seconds.items()
        },
        "embedding_over_local": _ratios(seconds, lambda one: one.embedding),
        "processor_over_local": _ratios(seconds, lambda one: one.processor),
        "whole_over_local": _ratios(seconds, lambda one: one.whole),
        "whole_seconds": {
            name: round(median(one.whole for one in found), 2) for name, found in seconds.items()
        },
    }


def _ratios(seconds: dict[str, list[Timed]], of: Callable[[Timed], float]) -> dict[str, Any]:
    """How many times as long each takes, of the rounds: what disturbs one disturbs the other."""
    found = {}
    for name in list(seconds)[1:]:
        pairs = zip(seconds[name], seconds["local"], strict=True)
        ratios = [of(one) / of(local) for one, local in pairs]
        found[name] = {
            "median": round(median(ratios), 3),
            "each_round": [round(one, 3) for one in ratios],
        }
    return found


def _timed(arguments: argparse.Namespace, engine: Engine, cache: Path) -> Timed:
    catalog: Path = arguments.catalog
    rows = [row for row in read_catalog(catalog) if isinstance(row, ProductRow)]
    rows = rows[:: arguments.every]
    with tempfile.TemporaryDirectory() as index:
        shutil.copytree(cache, Path(index) / "cache")
        embedder = Embedder(load_model(arguments.model), cache=Path(index) / "cache")
        with (
            Steps(Console(stderr=True, quiet=True)) as steps,
            Workbench.open(IndexFolder(Path(index)), embedder, steps) as bench,
            image_reader(catalog, bench, ()) as reader,
        ):
            sync(bench.catalog.engine, rows, print)
            start, spent = perf_counter(), list[float]()
            tally = embed_images(bench, reader, partial(_counted, engine, spent))
            return Timed(tally.seconds, spent[0], perf_counter() - start, tally.embedded)


@contextmanager
def _counted(
    engine: Engine, spent: list[float], bench: Workbench, reader: Reader
) -> Iterator[Embeds]:
    """The engine, and what it takes of the processors while it embeds."""
    with engine(bench, reader) as embeds:
        is_here = engine is locally
        before = _processor_seconds(is_here)
        yield embeds
        spent.append(_processor_seconds(is_here) - before)


def _processor_seconds(is_here: bool) -> float:
    this = psutil.Process()
    others = [] if is_here else this.children(recursive=True)
    times = [process.cpu_times() for process in (this, *others)]
    return float(sum(one.user + one.system for one in times))


if __name__ == "__main__":
    main()
