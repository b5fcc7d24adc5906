"""A pipeline whose answers a person can check: its backbone is the mean colour."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from sqlalchemy import delete

from indexer.ingesting.downloads import Downloads
from indexer.ingesting.pipeline import Tally, embed_images
from indexer.ingesting.reading import Reader
from indexer.progress import Steps
from indexer.workbench import Workbench
from search.arrays import Floats, Pixels
from search.catalog.records import ProductRow
from search.catalog.syncing import sync
from search.catalog.tables import colours
from search.embedding import Embedder
from search.embedding.backbone import Backbone
from search.embedding.preprocessing import Preprocessing
from search.fetching.fetcher import Fetcher
from search.uploads import ImagePlaces
from search.versions import IndexFolder


class MeanColour:
    """A runtime with answers that a person can check: the average red, green and blue."""

    name = "mean colour"
    block = 16

    def __init__(self) -> None:
        self.embedded = 0

    def features(self, pixels: Pixels) -> Floats:
        self.embedded += len(pixels)
        return np.asarray(pixels.mean(axis=(1, 2)) + 1, np.float32)


class Pipeline:
    """A catalog in a folder, with the mean colour as its backbone."""

    def __init__(
        self, folder: Path, model: str = "mean", downloads: Downloads | None = None
    ) -> None:
        preprocessing = Preprocessing(32, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
        self.runtime = MeanColour()
        backbone = Backbone("mean", 3, preprocessing, model, lambda: pytest.fail("not needed"))
        embedder = Embedder(backbone)
        embedder.__dict__["runtime"] = self.runtime
        self.bench = Workbench.open(
            IndexFolder(folder / "index"), embedder, Steps(Console(file=io.StringIO()))
        )
        self.reader = Reader(
            ImagePlaces(folder, folder / "index"),
            Fetcher(allow=["127.0.0.1"]),
            preprocessing,
            downloads,
        )

    def run(self, *sources: str) -> Tally:
        """Make the catalog hold a product for each source, and embed what is new."""
        rows = [ProductRow(n, f"p{n}", (source,)) for n, source in enumerate(sources)]
        sync(self.bench.catalog.engine, rows, lambda _: None, allow_shrink=True)
        return embed_images(self.bench, self.reader)

    def vectors(self) -> dict[str, list[float]]:
        """Source → features of each usable image."""
        found: dict[str, list[float]] = {}
        for ids, rows in self.bench.store.chunks():
            images = self.bench.catalog.images(ids.tolist())
            found |= {images[one].source: row.tolist() for one, row in zip(ids, rows, strict=True)}
        return found

    def colours(self) -> dict[str, list[str]]:
        """Source → names of the colours of each usable image."""
        catalog = self.bench.catalog
        images = catalog.images([int(one) for ids, _ in self.bench.store.chunks() for one in ids])
        return {image.source: [one.name for one in image.colours] for image in images.values()}

    def forget_colours(self) -> None:
        """As it is where an earlier release made the index."""
        with self.bench.catalog.engine.begin() as connection:
            connection.execute(delete(colours))

    def would_read(self) -> list[str]:
        """What the next run would open."""
        backbone = self.bench.embedder.backbone.fingerprint
        refs = [ref for refs in self.bench.catalog.images_to_read(backbone, 99) for ref in refs]
        return [one.source for one in refs if not self.reader.is_unchanged(one)]


def save(path: Path, colour: int) -> str:
    """A plain picture in a shade of its own."""
    Image.new("RGB", (16, 16), (colour, 255 - colour, 7)).save(path)
    return path.name
