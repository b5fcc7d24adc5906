"""A sealed index of any size that needs no pictures: for measurements of what comes after."""

import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.console import Console
from sqlalchemy import insert

from indexer.grading.journey import Assessment
from indexer.indexing.remembered import limits_for
from indexer.progress import Steps
from indexer.sealing.heads import FittedHead
from indexer.sealing.journey import publish
from indexer.workbench import Workbench
from search.arrays import Floats, Ids
from search.catalog.database import writing
from search.catalog.features import FeatureStore
from search.catalog.tables import images, products
from search.embedding import load_embedder
from search.embedding.embedder import Embedder
from search.embedding.head import DIM, Head
from search.versions import IndexFolder

SIZE = 1_000_000
_ROWS = 10_000
_CHUNK = 4_096
_DIRECTIONS = 2_000
_COLOURS = ("red", "green", "blue", "black", "white", "brown")


def name_of(number: int) -> str:
    """The id of a product, counted from 0."""
    return f"sku-{number:08}"


def make_index(path: Path, count: int) -> None:
    """``count`` products with an image each, as a build leaves them, but for their features."""
    folder = IndexFolder(path)
    embedder = Embedder(load_embedder().backbone, cache=folder.cache)
    steps = Steps(Console(file=io.StringIO()))
    with Workbench.open(folder, embedder, steps) as bench, folder.lock():
        _fill(bench, count)
        embedder.start()  # converts the network, as the first build does
        head = _head(embedder.backbone.dim)
        fitted = FittedHead(head, bench.catalog.revision(), None, _assessment())
        made = replace(bench, store=_Mixed(bench, count))
        print("sealing", file=sys.stderr)
        publish(made, fitted, path, None, limits_for(None))


def any_picture(path: Path) -> None:
    """A JPEG of 348 pixels a side."""
    random = np.random.default_rng(1).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    Image.fromarray(random).resize((348, 348), Image.Resampling.BICUBIC).save(path, quality=90)


class _Mixed(FeatureStore):
    """Features of a weighted pair of random directions and noise, worked out when asked for."""

    def __init__(self, bench: Workbench, count: int) -> None:
        backbone = bench.embedder.backbone
        super().__init__(bench.catalog.engine, backbone.fingerprint, backbone.dim)
        self._count = count
        self._width = backbone.dim

    def chunks(self, size: int = _CHUNK) -> Iterator[tuple[Ids, Floats]]:
        random = np.random.default_rng(0)
        drawn = random.standard_normal((3 * _DIRECTIONS, self._width), np.float32)
        directions, noise = drawn[:_DIRECTIONS], drawn[_DIRECTIONS:]
        for start in range(0, self._count, size):
            ids = np.arange(start + 1, min(start + size, self._count) + 1)
            first, second = random.integers(0, _DIRECTIONS, (2, len(ids)))
            share = random.random((len(ids), 1), np.float32)
            rows = directions[first] * (1 - share) + directions[second] * share
            rows += noise[random.integers(0, len(noise), len(ids))] * np.float32(0.3)
            rows += np.roll(noise, start, axis=1)[random.integers(0, len(noise), len(ids))] / 4
            yield ids, rows

    def sample(self, count: int) -> Iterator[tuple[Ids, Floats]]:
        """The first ones: all are drawn alike, so they are as good as any."""
        for ids, rows in self.chunks():
            left = count - int(ids[0]) + 1
            if left <= 0:
                return
            yield ids[:left], rows[:left]


def _fill(bench: Workbench, count: int) -> None:
    for start in range(0, count, _ROWS):
        numbers = range(start, min(start + _ROWS, count))
        with writing(bench.catalog.engine) as connection:
            connection.execute(insert(products), [_product(one) for one in numbers])
            connection.execute(insert(images), [_image(one) for one in numbers])
        if start % 100_000 == 0:
            print(start, "products", file=sys.stderr)


def _product(number: int) -> dict[str, Any]:
    colour = _COLOURS[number % len(_COLOURS)]
    kind = number % 1_000
    return {
        "product_id": name_of(number),
        "title": f"{colour.title()} thing number {number}",
        "description": f"A {colour} thing of kind {kind}, sold by itself, with all that it needs.",
        "category": f"Group {kind // 100} > Family {kind // 10} > Kind {kind}",
        "brand": f"Brand {number % 500}",
        "price": number % 9_000 / 10,
        "currency": "EUR",
        "in_stock": number % 7 > 0,
        "url": f"https://shop.example/{number}",
        "attributes": {"colour": colour, "size": number % 50},
        "row_digest": f"{number:032x}",
        "revision": 1,
        "deleted": False,
    }


def _image(number: int) -> dict[str, Any]:
    return {
        "image_id": number + 1,
        "product_id": name_of(number),
        "position": 0,
        "source": f"{number // 1_000}/{number}.jpg",
        "sha256": f"{number:064x}",
        "bytes": 40_000,
        "mtime_ns": 1,
        "width": 500,
        "height": 500,
        "status": "ok",
        "reason": "",
        "revision": 1,
    }


def _head(width: int) -> Head:
    random = np.random.default_rng(2).standard_normal((width, DIM), np.float32)
    return Head("whitened", np.zeros(width, np.float32), random / np.float32(width**0.5))


def _assessment() -> Assessment:
    """Of a small catalog of groceries: what a start reads of it is as long for any other."""
    weights = {"mean": 4.0, "nearest": 16.0, "votes": 0.5, "far": -100.0}
    matching = {
        "first": [-5.0, 8.0, 6.0],
        "later": [-7.0, 8.0, 6.0, -0.5],
        "same": 0.6,
        "none": 0.2,
        "categories": {},
    }
    calibration = {
        "matching": matching,
        "reason": "",
        "category": weights,
        "temperatures": [1.0, 1.0, 1.0],
        "attributes": {"colour": weights},
    }
    return Assessment({"metrics": {"recall@1": None}}, calibration, None)
