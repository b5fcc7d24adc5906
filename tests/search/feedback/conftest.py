"""A shop of eight products, one of them with two pictures, and an engine on an index of its own."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import SearchEngine
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.versions import IndexFolder


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, draw: Callable[..., Image.Image], converted: Path
) -> Path:
    """Products p0 to p7 with N.png; p0 has also one much like that of p7."""
    folder = tmp_path_factory.mktemp("judged")
    index = folder / "index"
    index.mkdir()
    (index / "cache").symlink_to(converted)
    for number in range(8):
        draw(number, 96, 96).save(folder / f"{number}.png")
    draw(7, 96, 96).rotate(3).save(folder / "0-too.png")
    rows = [
        {
            "product_id": f"p{number}",
            "image": "0.png|0-too.png" if number == 0 else f"{number}.png",
            "category": f"Things > {'Round' if number % 2 else 'Square'}",
        }
        for number in range(8)
    ]
    catalog = folder / "catalog.jsonl"
    catalog.write_text("\n".join(map(json.dumps, rows)))
    build(catalog, index, BuildOptions(), Steps(Console(quiet=True)))
    return index


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "index", symlinks=True)
    return tmp_path / "index"


@pytest.fixture
def engine(index: Path) -> Iterator[SearchEngine]:
    with closing(SearchEngine.open(index)) as made:
        yield made


@pytest.fixture
def catalog(index: Path) -> Iterator[Catalog]:
    """The index's catalog, as another program opens it."""
    with closing(Catalog.open(sqlite_url(IndexFolder(index).catalog))) as made:
        yield made


@pytest.fixture
def photo(built: Path) -> Callable[[int], Path]:
    """``photo(3)``: the picture of p3."""
    return lambda number: built.parent / f"{number}.png"
