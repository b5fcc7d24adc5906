"""What a build works with."""

import gc
from dataclasses import dataclass, replace
from typing import Self

from indexer.progress import Steps
from search.backends import REMEMBERED, Backends
from search.catalog.catalog import Catalog
from search.catalog.features import FeatureStore
from search.catalog.places import make_catalog
from search.embedding import Embedder
from search.vectors.milvus.address import MilvusAddress
from search.vectors.places import remember_vectors, vectors_address
from search.versions import IndexFolder
from search.versions.store import VersionStore


@dataclass(frozen=True, slots=True)
class Workbench:
    """An index folder with its catalog and features, opened and closed together.

    ``milvus`` is where new versions' vectors go, None for files; ``published`` is the version store
    of the index, if it has one.
    """

    folder: IndexFolder
    catalog: Catalog
    store: FeatureStore
    embedder: Embedder
    steps: Steps
    milvus: MilvusAddress | None = None
    published: VersionStore | None = None

    @classmethod
    def open(
        cls,
        folder: IndexFolder,
        embedder: Embedder,
        steps: Steps,
        backends: Backends = REMEMBERED,
        published: VersionStore | None = None,
    ) -> Self:
        """Make the folder and the tables where needed.

        The catalog and the vectors that are named are remembered by the folder. Raises
        VectorsUnavailable, and what ``make_catalog`` raises.
        """
        address = vectors_address(folder, backends.vectors)
        if address is not None:
            with address.client():  # before the work, not after it
                pass
        gc.freeze()  # what was imported stays: looking through it again costs two fifths of a sync
        folder.create()
        made = make_catalog(folder, backends.catalog)
        if backends.vectors:
            remember_vectors(folder, address)
        return cls(folder, made, _store(made, embedder), embedder, steps, address, published)

    def versions(self) -> set[int]:
        """Those that may be served, from the folder or from the version store."""
        there = self.published.numbers() if self.published else []
        return {*self.folder.numbers(), *there}

    def with_embedder(self, embedder: Embedder) -> Self:
        """The same catalog, for another model."""
        return replace(self, embedder=embedder, store=_store(self.catalog, embedder))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.catalog.close()


def _store(catalog: Catalog, embedder: Embedder) -> FeatureStore:
    backbone = embedder.backbone
    return FeatureStore(catalog.engine, backbone.fingerprint, backbone.dim)
