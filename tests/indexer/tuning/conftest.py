"""A catalog of made-up features: what a head can learn of them is known."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from sqlalchemy import insert

from indexer.progress import Steps
from indexer.tuning.labels import Labelled
from indexer.tuning.sampling import read_sample
from indexer.workbench import Workbench
from search.arrays import Floats
from search.catalog.database import writing
from search.catalog.tables import images, products
from search.embedding import Embedder
from search.embedding.backbone import Backbone
from search.embedding.head import Head
from search.embedding.preprocessing import Preprocessing
from search.versions import IndexFolder

DIM = 24


@dataclass(frozen=True)
class Photo:
    """One image: what its row of a catalog file would say of it, and its features."""

    product: str
    features: Floats
    category: str = ""
    brand: str = ""
    attributes: tuple[tuple[str, Any], ...] = ()
    content: str = ""


Made = Callable[..., Workbench]


@pytest.fixture
def bench_of(tmp_path: Path) -> Iterator[Made]:
    """``bench_of(photos, head=…)``: an index folder whose catalog holds these images."""
    opened: list[Workbench] = []

    def make(photos: Sequence[Photo], head: Head | None = None) -> Workbench:
        backbone = Backbone(
            "made-up",
            DIM,
            Preprocessing(32, (0.5,) * 3, (0.5,) * 3),
            "none",
            _no_network,
            head=head or Head(),
        )
        folder = IndexFolder(tmp_path / f"index{len(opened)}")
        steps = Steps(Console(file=io.StringIO()))
        bench = Workbench.open(folder, Embedder(backbone), steps)
        opened.append(bench)
        _store(bench, photos)
        return bench

    yield make
    for bench in opened:
        bench.catalog.close()


@pytest.fixture
def labelled_of(bench_of: Made) -> Callable[[Sequence[Photo]], Labelled]:
    """What is read of a catalog with these images."""

    def read(photos: Sequence[Photo]) -> Labelled:
        bench = bench_of(photos)
        return read_sample(bench.catalog.engine, bench.store, len(photos)).labelled

    return read


def photos_of(
    classes: int,
    each: int,
    signal: float = 0.6,
    seed: int = 0,
    product: Callable[[int, int], str] = lambda one, _: f"p{one}",
    **facts: Callable[[int, int], Any],
) -> list[Photo]:
    """``each`` images of each class: a weak mark of the class under strong noise elsewhere.

    ``facts`` are functions of the class and the number in it: category, brand, attributes.
    """
    random = np.random.default_rng(seed)
    marks = random.normal(size=(classes, DIM // 3)) * signal
    found = []
    for one in range(classes):
        for number in range(each):
            features = random.normal(size=DIM)
            features[: DIM // 3] = marks[one] + 0.1 * random.normal(size=DIM // 3)
            made = {name: fact(one, number) for name, fact in facts.items()}
            found.append(Photo(product(one, number), features.astype(np.float32), **made))
    return found


def _no_network() -> Any:
    raise AssertionError("tuning needs no network")


def _store(bench: Workbench, photos: Sequence[Photo]) -> None:
    if not photos:
        return
    contents = [photo.content or f"{number:064d}" for number, photo in enumerate(photos)]
    rows = {photo.product: _product(photo) for photo in photos}
    positions: dict[str, int] = {}
    with writing(bench.catalog.engine) as connection:
        connection.execute(insert(products), list(rows.values()))
        for photo, content in zip(photos, contents, strict=True):
            position = positions[photo.product] = positions.get(photo.product, -1) + 1
            connection.execute(insert(images), _image(photo, content, position))
    bench.store.put(contents, np.stack([photo.features for photo in photos]))


def _product(photo: Photo) -> dict[str, Any]:
    texts = dict.fromkeys(("title", "description", "currency", "url"), "")
    return texts | {
        "product_id": photo.product,
        "category": photo.category,
        "brand": photo.brand,
        "attributes": dict(photo.attributes),
        "revision": 1,
        "deleted": False,
    }


def _image(photo: Photo, content: str, position: int) -> dict[str, Any]:
    return {
        "product_id": photo.product,
        "position": position,
        "source": f"{position}.png",
        "sha256": content,
        "width": 9,
        "height": 9,
        "status": "ok",
        "reason": "",
        "revision": 1,
    }
