"""The query journey: a picture or a product in, its look-alikes out."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Self

import numpy as np

from search.answers import Answer, IndexState, Query, Result, Took
from search.arrays import Floats
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.catalog.records import CatalogImage
from search.embedding.backbones import load_backbone
from search.embedding.embedder import Embedder
from search.embedding.head import Head
from search.embedding.runtimes import RuntimeName
from search.errors import BadParameter, IndexMismatch, ProductNotFound
from search.fetching import Fetcher
from search.images import ImageSource, decode, load
from search.manifest import Manifest
from search.predictions import NEIGHBOURS, predict_categories
from search.sources import local_path, named, read_bytes
from search.vectors import VectorIndex
from search.vectors.faiss_index import FaissIndex
from search.versions import HEAD, VECTORS, IndexFolder

MOST_RESULTS = 100

_IMAGES_PER_PRODUCT = 4
"""How many images are searched at first for each product wanted."""


class SearchEngine:
    """One version of an index, ready to answer; safe to use from many threads."""

    def __init__(
        self,
        manifest: Manifest,
        embedder: Embedder,
        vectors: VectorIndex,
        catalog: Catalog,
        fetcher: Fetcher,
    ) -> None:
        self.manifest = manifest
        self.embedder = embedder
        self._vectors = vectors
        self._catalog = catalog
        self._fetcher = fetcher

    @classmethod
    def open(
        cls,
        index: str | Path = "index",
        model: str | None = None,
        runtime: RuntimeName = "auto",
        fetch_allow: Sequence[str] = (),
    ) -> Self:
        """Open the live version of an index folder.

        ``fetch_allow`` names hosts or networks that image URLs may reach although they are not
        public. Raises IndexNotFound, IndexDamaged, IndexMismatch (``model``, or what its
        specification loads today, is not what the version was made with) or ModelError.
        """
        folder = IndexFolder(Path(index))
        manifest = folder.require_live()
        backbone = load_backbone(model or manifest.spec)
        if backbone.fingerprint != manifest.backbone:
            raise IndexMismatch(
                f"The index in '{index}' was built with {manifest.spec} ({manifest.backbone}), "
                f"not with {backbone.spec} ({backbone.fingerprint}); leave --model out, or build "
                "an index with that model."
            )
        folder.verify(manifest)
        files = folder.folder(manifest.version)
        head = Head.load(files / HEAD, manifest.head_kind)
        embedder = Embedder(backbone, head, runtime, folder.cache)
        vectors = FaissIndex.load(files / VECTORS)
        catalog = Catalog.open(sqlite_url(folder.catalog))
        return cls(manifest, embedder, vectors, catalog, Fetcher(allow=fetch_allow))

    def close(self) -> None:
        """Close the catalog's and the fetcher's connections."""
        self._catalog.close()
        self._fetcher.close()

    def similar(
        self, source: ImageSource | None = None, *, product_id: str | None = None, k: int = 10
    ) -> Answer:
        """The ``k`` products most like a picture, or like a product of the catalog.

        ``source`` is a path, an http(s) URL, bytes, a PIL image or an (h, w, 3) uint8 array.
        The indexed image itself comes first. Raises InvalidImage, FetchError, ProductNotFound
        or BadParameter.
        """
        if not 1 <= k <= MOST_RESULTS:
            raise BadParameter(f"k is {k}; it must be from 1 to {MOST_RESULTS}.")
        if (source is None) == (product_id is None):
            raise BadParameter("Give either a picture or a product_id.")
        start = perf_counter()
        if product_id is not None:
            fetched = start
            query, vectors = self._product_query(product_id)
        else:
            assert source is not None  # noqa: S101 - checked above
            query, vectors, fetched = self._picture_query(source)
        embedded = perf_counter()
        nearest = self._nearest(vectors, max(k, NEIGHBOURS), product_id)
        done = perf_counter()
        took = (fetched - start, embedded - fetched, done - embedded, done - start)
        votes = [(one.product.category, one.score) for one in nearest[:NEIGHBOURS]]
        return Answer(
            query=query,
            categories=predict_categories(votes),
            results=nearest[:k],
            index=self.state,
            took_ms=Took(*(round(1000 * seconds, 2) for seconds in took)),
        )

    @property
    def state(self) -> IndexState:
        """Which version answers."""
        made = self.manifest
        return IndexState(made.version, made.revision, made.model, made.built_at)

    def catalog_path(self, source: str) -> Path:
        """The file of a relative image source; raises InvalidImage if it leaves the image root."""
        return local_path(Path(self.manifest.image_root), source)

    def image(self, image_id: int) -> CatalogImage | None:
        """A usable image of the catalog, None when there is none of that id."""
        return self._catalog.images([image_id]).get(image_id)

    def _picture_query(self, source: ImageSource) -> tuple[Query, Floats, float]:
        """The query, its vector, and when its bytes were there."""
        at_least = self.embedder.backbone.preprocessing.decode_at_least
        if isinstance(source, str | Path):
            data = read_bytes(source, self._fetcher)
            fetched = perf_counter()
            picture = decode(data, named(source), at_least)
        else:
            fetched = perf_counter()
            picture = load(source, at_least=at_least)
        return _query(picture.size), self.embedder.vector(picture), fetched

    def _product_query(self, product_id: str) -> tuple[Query, Floats]:
        images = self._catalog.images_of(product_id)
        vectors = self._vectors.vectors(np.array([one.image_id for one in images], np.int64))
        if not len(vectors):
            raise ProductNotFound(
                f"Product '{product_id}' has no image in version {self.manifest.version}; "
                "it is searchable after the next build."
            )
        return _query(images[0].size, product_id), vectors

    def _nearest(self, vectors: Floats, wanted: int, own: str | None) -> list[Result]:
        """The best image of each of the ``wanted`` nearest products, looking deeper as needed."""
        depth = _IMAGES_PER_PRODUCT * wanted
        while True:
            scores = self._best_images(vectors, depth)
            results = _best_of_each(scores, self._catalog.images(list(scores)), own)
            # Products that share a picture tie: the one asked for must be among those found.
            is_there = own is None or any(result.product_id == own for result in results)
            if (len(results) >= wanted and is_there) or depth >= len(self._vectors):
                return results[:wanted]
            depth *= _IMAGES_PER_PRODUCT

    def _best_images(self, vectors: Floats, depth: int) -> dict[int, float]:
        """Image id → its best score against any of the query's vectors."""
        hits = self._vectors.search(vectors, depth)
        best: dict[int, float] = {}
        for one, score in zip(hits.ids.ravel().tolist(), hits.scores.ravel().tolist(), strict=True):
            best[one] = max(score, best.get(one, -1.0))
        return best


def _query(size: tuple[int, int], product_id: str | None = None) -> Query:
    return Query(size, (0, 0, *size), product_id)


def _best_of_each(
    scores: dict[int, float], images: dict[int, CatalogImage], own: str | None
) -> list[Result]:
    """One result for each product, best first; of equals, the product asked for comes first."""
    best: dict[str, Result] = {}
    for image_id, score in sorted(scores.items(), key=lambda item: -item[1]):
        found = images.get(image_id)
        if found and found.product.product_id not in best:
            product = found.product
            shown = round(min(score, 1.0), 6)
            best[product.product_id] = Result(
                product.product_id, shown, image_id, found.source, product
            )
    return sorted(best.values(), key=lambda result: (-result.score, result.product_id != own))
