"""What a build works with."""

import gc
from dataclasses import dataclass
from typing import Self

from indexer.progress import Steps
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.catalog.features import FeatureStore
from search.embedding import Embedder
from search.versions import IndexFolder


@dataclass(frozen=True, slots=True)
class Workbench:
    """An index folder with its catalog and features, opened and closed together."""

    folder: IndexFolder
    catalog: Catalog
    store: FeatureStore
    embedder: Embedder
    steps: Steps

    @classmethod
    def open(cls, folder: IndexFolder, embedder: Embedder, steps: Steps) -> Self:
        """Make the folder and the tables where needed."""
        gc.freeze()  # what was imported stays: looking through it again costs two fifths of a sync
        folder.create()
        catalog = Catalog.create(sqlite_url(folder.catalog))
        backbone = embedder.backbone
        store = FeatureStore(catalog.engine, backbone.fingerprint, backbone.dim)
        return cls(folder, catalog, store, embedder, steps)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.catalog.close()
