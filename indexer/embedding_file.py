"""Vectors for pipelines: a catalog file in, a Parquet file out."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from indexer.asking import open_engine
from indexer.engines import Engine
from indexer.engines.local import locally
from indexer.ingesting.journey import embedded
from indexer.ingesting.rejects import RejectFile
from indexer.outputs import check_place
from indexer.progress import Steps
from indexer.sources import opened, read_rows
from indexer.workbench import Workbench
from search.backends import REMEMBERED, Backends
from search.embedding import Embedder, load_embedder
from search.embedding.backbones import DEFAULT_SPEC
from search.errors import CatalogFileError
from search.versions import IndexFolder


@dataclass(frozen=True, slots=True)
class EmbedReport:
    """What was written: one row for each usable image."""

    images: int
    rejected: int
    dim: int
    model: str
    output: str


def choose_embedder(index: Path, model: str | None, backends: Backends = REMEMBERED) -> Embedder:
    """The live index's embedder when there is an index and no ``model``, else plain features."""
    if model is None and IndexFolder(index).live() is not None:
        with open_engine(index, backends) as engine:
            return engine.embedder
    return load_embedder(model or DEFAULT_SPEC)


def write_embeddings(
    file: Path,
    output: Path,
    embedder: Embedder,
    fetch_allow: tuple[str, ...],
    steps: Steps,
    engine: Engine = locally,
) -> EmbedReport:
    """Embed every image of a catalog file into ``output``, on ``engine``; rejects go beside it.

    Columns: product_id, image_id (1, 2, … in the order of the file, as in a first build),
    source, vector (float32, of unit length). Raises CatalogFileError or EngineUnavailable.
    """
    check_place(output)
    fresh = output.with_name(f".{output.name}.unfinished")
    rows = steps.count("Catalog rows", opened(read_rows(file)))
    rejected = output.with_suffix(".rejects.csv")
    with (
        tempfile.TemporaryDirectory() as scratch,
        RejectFile(rejected) as rejects,
        embedded(
            IndexFolder(Path(scratch)), file, rows, embedder, rejects, fetch_allow, steps, engine
        ) as bench,
    ):
        if not bench.catalog.counts()[1]:
            raise CatalogFileError(
                f"{file}: it has no usable image, so nothing was written; '{rejected}' says what "
                "is wrong."
            )
        try:
            written, dim = _write(bench, fresh)
            fresh.replace(output)
        finally:
            fresh.unlink(missing_ok=True)
    model = f"{embedder.backbone.spec}+{embedder.head.kind}"
    return EmbedReport(written, rejects.count, dim, model, str(output))


def _write(bench: Workbench, output: Path) -> tuple[int, int]:
    """Stream the vectors into the file; returns how many rows of how many numbers."""
    dim = bench.embedder.head.dim(bench.embedder.backbone.dim)
    written = 0
    with pq.ParquetWriter(output, _schema(dim)) as writer:
        for ids, features in bench.store.chunks():
            images = bench.catalog.images(ids.tolist())
            vectors = bench.embedder.head.apply(features)
            found = [images[one] for one in ids.tolist()]
            columns = [
                pa.array([image.product.product_id for image in found], pa.string()),
                pa.array(ids),
                pa.array([image.source for image in found], pa.string()),
                pa.FixedSizeListArray.from_arrays(pa.array(np.ravel(vectors)), dim),
            ]
            writer.write_table(pa.table(columns, schema=_schema(dim)))
            written += len(ids)
    return written, dim


def _schema(dim: int) -> pa.Schema:
    return pa.schema(
        [
            ("product_id", pa.string()),
            ("image_id", pa.int64()),
            ("source", pa.string()),
            ("vector", pa.list_(pa.float32(), dim)),
        ]
    )
