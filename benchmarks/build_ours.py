"""A build as a benchmark needs it: into an empty index, from the first read to the last feature."""

import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np
from rich.console import Console

from benchmarks.build_photos import Photos
from indexer.ingesting.journey import image_reader
from indexer.ingesting.pipeline import embed_images
from indexer.progress import Steps
from indexer.sources import read_catalog
from indexer.workbench import Workbench
from search.arrays import Floats
from search.catalog.records import ProductRow
from search.catalog.syncing import sync
from search.embedding import Embedder
from search.versions import IndexFolder


class Timed(NamedTuple):
    """Seconds on the clock, and of all cores together."""

    wall: float
    processor: float


class Built(NamedTuple):
    """What it took, and (n, dim) float32 features in the order of the photos."""

    timed: Timed
    features: Floats


def built(embedder: Embedder, photos: Photos) -> Built:
    """Embed all photos of a catalog, with a runtime that has started."""
    rows = [row for row in read_catalog(photos.catalog) if isinstance(row, ProductRow)]
    with (
        tempfile.TemporaryDirectory() as index,
        Steps(Console(stderr=True, quiet=True)) as steps,
        Workbench.open(IndexFolder(Path(index)), embedder, steps) as bench,
        image_reader(photos.catalog, bench, ()) as reader,
    ):
        sync(bench.catalog.engine, rows, print)
        start, spent = perf_counter(), process_time()
        embed_images(bench, reader)
        timed = Timed(perf_counter() - start, process_time() - spent)
        ids, features = (np.concatenate(parts) for parts in zip(*bench.store.chunks(), strict=True))
        found = bench.catalog.images(ids.tolist())
        places = {found[one].source: place for place, one in enumerate(ids.tolist())}
        return Built(timed, features[[places[path.name] for path in photos.paths]])
