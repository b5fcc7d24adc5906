"""A real Ray with two nodes on this machine, and catalogs that are embedded with any engine."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from indexer.engines import Engine
from indexer.engines.local import locally
from indexer.engines.ray_cluster import prepare_local
from indexer.ingesting.journey import image_reader
from indexer.ingesting.pipeline import Tally, embed_images
from indexer.progress import Steps
from indexer.sources import read_catalog
from indexer.workbench import Workbench
from search.arrays import Floats
from search.catalog.features import FeatureStore
from search.catalog.records import ProductRow
from search.catalog.syncing import sync
from search.embedding import Embedder
from search.embedding.backbones import load_model
from search.versions import IndexFolder

OBJECTS = 100_000_000
"""Bytes of shared memory that a node may take."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes with a CPU each, to which this process is connected; no URL leads to them."""
    prepare_local()
    ray = pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    from ray.cluster_utils import Cluster

    options = {"num_cpus": 1, "object_store_memory": OBJECTS}
    nodes = Cluster(initialize_head=True, head_node_args={**options, "include_dashboard": False})
    nodes.add_node(**options)
    ray.init(nodes.address, log_to_driver=False, logging_level="error")
    yield nodes
    ray.shutdown()
    nodes.shutdown()


@dataclass
class Run:
    """What an engine did, and the features of each usable image by its source."""

    tally: Tally
    features: dict[str, Floats]
    rejects: dict[tuple[str, str], str]


@dataclass
class Embedding:
    """The images of a catalog file, embedded with a small model; ``during`` sees each block."""

    model: str
    index: Path

    def run(
        self,
        file: Path,
        engine: Engine = locally,
        during: Callable[[int], None] = lambda _: None,
    ) -> Run:
        """Embed what the index does not have; ``during`` is told how many blocks were stored."""
        embedder = Embedder(load_model(self.model), cache=self.index / "cache")
        quiet = Steps(Console(file=io.StringIO()))
        rows = [row for row in read_catalog(file) if isinstance(row, ProductRow)]
        with (
            Workbench.open(IndexFolder(self.index), embedder, quiet) as bench,
            image_reader(file, bench, ("127.0.0.1",)) as reader,
        ):
            sync(bench.catalog.engine, rows, print)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(FeatureStore, "put", _telling(FeatureStore.put, during))
                tally = embed_images(bench, reader, engine)
            rejects = bench.catalog.rejected_images([row.product_id for row in rows])
            return Run(tally, _features(bench), rejects)


def _telling(put: Callable[..., None], during: Callable[[int], None]) -> Callable[..., None]:
    stored = 0

    def telling(*arguments: Any) -> None:
        nonlocal stored
        put(*arguments)
        stored += 1
        during(stored)

    return telling


def _features(bench: Workbench) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for ids, rows in bench.store.chunks():
        images = bench.catalog.images(ids.tolist())
        found |= {images[one].source: row for one, row in zip(ids, rows, strict=True)}
    return found


@pytest.fixture
def embedding(
    tmp_path: Path, tiny_model: str, new_index: Callable[[Path], Path]
) -> Callable[[str], Embedding]:
    """``embedding("a")``: an index folder of that name, in which nothing is embedded yet."""
    return lambda name: Embedding(tiny_model, new_index(tmp_path / name))
