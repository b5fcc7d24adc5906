"""What is examined: the pictures of an index, or of a catalog file that is embedded aside."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from indexer.build import live_model
from indexer.doctoring.records import Shown
from indexer.ingesting.journey import embedded
from indexer.ingesting.rejects import RejectFile
from indexer.progress import Steps
from indexer.sources import opened, read_rows
from indexer.workbench import Workbench
from search.arrays import Floats
from search.catalog.catalog import Catalog
from search.catalog.features import FeatureStore
from search.catalog.places import open_catalog
from search.catalog.records import CatalogImage
from search.embedding import load_embedder
from search.embedding.backbones import load_model
from search.embedding.head import ENOUGH_IMAGES, Head, fit_whitening
from search.errors import CatalogFileError, InvalidImage
from search.sources import is_url
from search.uploads import ImagePlaces
from search.versions import IndexFolder


@dataclass(frozen=True, slots=True)
class Subject:
    """A catalog with features, and where its pictures are; nothing of it is changed."""

    name: str
    model: str
    catalog: Catalog
    store: FeatureStore
    places: ImagePlaces
    rejected: int

    @classmethod
    def aside(cls, name: str, bench: Workbench, root: Path, rejected: int) -> Self:
        """A catalog that was embedded into a folder of its own."""
        model = bench.embedder.backbone.spec
        places = ImagePlaces(root, bench.folder.path)
        return cls(name, model, bench.catalog, bench.store, places, rejected)

    def read(self) -> "tuple[list[Shown], Floats]":
        """Every usable image: n of them, and their (n, d) float32 unit vectors.

        The vectors are half-whitened features, where there are enough images for that: no label
        shapes them, and they take as much memory as an index does. Raises CatalogFileError when
        there is none.
        """
        images: list[Shown] = []
        blocks: list[Floats] = []
        head = self._head()
        for ids, features in self.store.chunks():
            found = self.catalog.images(ids.tolist())
            kept = np.isfinite(features).all(axis=1) & np.isin(ids, list(found))
            images += [self._shown(found[one]) for one in ids[kept].tolist()]
            blocks.append(head.apply(features[kept]))
        if not images:
            raise CatalogFileError(f"{self.name}: it has no usable image.")
        return images, np.concatenate(blocks)

    def _head(self) -> Head:
        if self.catalog.counts()[1] < ENOUGH_IMAGES:
            return Head()
        return fit_whitening(rows[np.isfinite(rows).all(axis=1)] for _, rows in self.store.chunks())

    def _shown(self, image: CatalogImage) -> Shown:
        product = image.product
        return Shown(
            image_id=image.image_id,
            product_id=product.product_id,
            source=image.source,
            place=self._place(image.source),
            sha256=image.sha256 or "",
            size=image.size,
            title=product.title,
            category=product.category,
        )

    def _place(self, source: str) -> str:
        if is_url(source):
            return source
        try:
            return str(self.places.path(source))
        except InvalidImage:  # it led elsewhere when it was read: reading it says so again
            return source


@contextmanager
def from_index(index: Path, database: str | None = None) -> Iterator[Subject]:
    """The catalog of the live version. Raises IndexNotFound, IndexDamaged or ModelError."""
    folder = IndexFolder(index)
    live = folder.require_live()
    backbone = load_model(live.spec)
    with closing(open_catalog(folder, database)) as catalog:
        store = FeatureStore(catalog.engine, backbone.fingerprint, backbone.dim)
        places = ImagePlaces(Path(live.image_root), index)
        rejected = catalog.count_images() - catalog.counts()[1]
        yield Subject(str(index), live.spec, catalog, store, places, rejected)


@contextmanager
def from_file(
    file: Path, index: Path, model: str | None, fetch_allow: tuple[str, ...], steps: Steps
) -> Iterator[Subject]:
    """A catalog file, embedded in a temporary folder, by default with the model of the index.

    Raises CatalogFileError or ModelError.
    """
    embedder = load_embedder(model or live_model(IndexFolder(index)))
    rows = steps.count("Catalog rows", opened(read_rows(file)))
    with tempfile.TemporaryDirectory() as scratch:
        folder = IndexFolder(Path(scratch))
        with (
            RejectFile(folder.rejects) as rejects,
            embedded(folder, file, rows, embedder, rejects, fetch_allow, steps) as bench,
        ):
            yield Subject.aside(str(file), bench, file.parent, rejects.count)
