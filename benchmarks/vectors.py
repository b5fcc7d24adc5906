"""Vectors for benchmarks: as many as wanted, mixed from the features of real photos.

A vector is the unit mean of two to four whitened photos in random proportions, all among the 200
most like one of them, plus noise. (Photos that have nothing in common make a set in which graphs
lose their way: recall@10 of FAISS's HNSW32 was 0.77 at efSearch 32 and only 0.92 at 512.)
The constants are chosen so that the set is hard: of the ten nearest of 1,000,000, FAISS's HNSW32
(efConstruction 40, its default) finds 0.00 at efSearch 32.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.sources import read_catalog
from search.arrays import Floats, Ids, unit_rows
from search.catalog.records import ProductRow
from search.embedding import load_embedder
from search.embedding.head import DIM, fit_whitening

CHUNK = 50_000
"""Each chunk has a random generator of its own: a larger set begins with the smaller one."""

GALLERY, QUERIES = 1, 2
"""Seeds: queries are made as the gallery is, but are not in it."""

_FEWEST, _MOST = 2, 4
_ALIKE = 200
_NOISE = 0.4
"""Length of the noise, where the photos have length 1."""


def photos(catalogs: Sequence[Path], work: Path | None = None) -> Floats:
    """(n, 256) unit vectors of all the pictures, whitened together.

    Features are kept in the folder ``work``. Without catalogs, 2,640 random vectors.
    """
    if not catalogs:
        return unit_rows(np.random.default_rng(0).standard_normal((2640, DIM), np.float32))
    features = np.concatenate([_features(catalog, work) for catalog in catalogs])
    return fit_whitening([features], DIM).apply(features)


def mixed(photos: Floats, count: int, seed: int = GALLERY) -> Iterator[Floats]:
    """``count`` unit vectors (n, d) in chunks; the same ones for the same seed."""
    alike = np.argsort(-(photos @ photos.T), axis=1)[:, :_ALIKE]
    for start in range(0, count, CHUNK):
        random = np.random.default_rng([seed, start // CHUNK])
        yield _mix(photos, alike, random)[: count - start]


def numbered(chunks: Iterable[Floats], first: int = 0) -> Iterator[tuple[Ids, Floats]]:
    """Chunks with ids that count on from ``first``, as an index is built from."""
    for chunk in chunks:
        yield np.arange(first, first + len(chunk)), chunk
        first += len(chunk)


def nearest(queries: Floats, chunks: Iterable[tuple[Ids, Floats]], k: int) -> Ids:
    """(n, k) ids of the exact nearest neighbours, best first."""
    import faiss

    heap = faiss.ResultHeap(len(queries), k, keep_max=True)
    for ids, chunk in chunks:
        scores, places = faiss.knn(queries, chunk, min(k, len(chunk)), faiss.METRIC_INNER_PRODUCT)
        heap.add_result(scores, ids[places])
    heap.finalize()
    return np.asarray(heap.I, np.int64)


def _mix(photos: Floats, alike: NDArray[np.intp], random: np.random.Generator) -> Floats:
    mixed = random.standard_normal((CHUNK, photos.shape[1]), np.float32)
    mixed *= _NOISE / np.sqrt(np.float32(photos.shape[1]))
    # Proportions from a flat Dirichlet distribution over as many photos as are mixed.
    weights = random.standard_exponential((CHUNK, _MOST), np.float32)
    weights *= np.arange(_MOST) < random.integers(_FEWEST, _MOST + 1, size=(CHUNK, 1))
    weights /= weights.sum(axis=1, keepdims=True)
    rows = alike[random.integers(len(photos), size=CHUNK)]
    for weight in weights.T:
        one = rows[np.arange(CHUNK), random.integers(rows.shape[1], size=CHUNK)]
        mixed += weight[:, None] * photos[one]
    return unit_rows(mixed)


def _features(catalog: Path, work: Path | None) -> Floats:
    embedder = load_embedder()
    name = hashlib.sha256(
        f"{catalog.resolve()} {embedder.backbone.fingerprint}".encode()
    ).hexdigest()[:16]
    kept = work / f"features-{name}.npy" if work else None
    if kept and kept.exists():
        return np.asarray(np.load(kept), np.float32)
    rows = [row for row in read_catalog(catalog) if isinstance(row, ProductRow)]
    features = embedder.embed([catalog.parent / image for row in rows for image in row.images])
    if kept:
        np.save(kept, features)
    return features
