"""A small index of two versions, to be damaged: copies of it are."""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import SearchEngine
from search.answers import Answer

PRODUCTS = 16

Said = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """``said`` is what each version answers, by the query; ``early`` the catalog as version 1 was
    published, before version 2."""

    index: Path
    early: Path
    pictures: dict[str, bytes]
    said: dict[int, dict[str, Said]] = field(default_factory=dict)

    def ask(self, engine: SearchEngine, *, upload: bool = False) -> dict[str, tuple[int, Said]]:
        """Each answer's version and what it says."""
        found = {name: engine.similar(product_id=name, k=8) for name in list(self.pictures)[::3]}
        found["red"] = engine.similar(product_id="p0", k=8, filter=["color:red"], facets=["color"])
        if upload:
            found["upload"] = engine.similar(self.pictures["p5"], k=8)
        return {name: (answer.index.version, _said(answer)) for name, answer in found.items()}


def _said(answer: Answer) -> Said:
    return {
        "results": [
            (one.product_id, round(one.score, 4), one.match, one.p_same, one.product.title)
            for one in answer.results
        ],
        "categories": [(one.path, round(one.p, 4)) for one in answer.categories],
        "status": answer.category_status,
        "facets": answer.facets,
        "revision": answer.index.revision,
        "model": answer.index.model,
    }


@pytest.fixture(scope="session")
def shop(
    tmp_path_factory: pytest.TempPathFactory, draw: Callable[..., Image.Image], converted: Path
) -> Shop:
    folder = tmp_path_factory.mktemp("attacked")
    index = folder / "index"
    shutil.copytree(converted, index / "cache")
    made = Shop(index, folder / "early.sqlite", {})
    for number in range(PRODUCTS):
        path = folder / f"{number}.png"
        draw(number, 96, 96).save(path)
        made.pictures[f"p{number}"] = path.read_bytes()
    for version in (1, 2):
        _build(folder, index, version)
        with closing(SearchEngine.open(index)) as engine:
            asked = made.ask(engine, upload=True)
        assert {number for number, _ in asked.values()} == {version}
        made.said[version] = {name: said for name, (_, said) in asked.items()}
        if version == 1:
            shutil.copyfile(index / "catalog.sqlite", made.early)
    return made


def _build(folder: Path, index: Path, version: int) -> None:
    """In version 2 the products have each other's pictures."""
    rows = [
        {
            "product_id": f"p{number}",
            "image": f"{number if version == 1 else PRODUCTS - 1 - number}.png",
            "title": f"Product {number} of {version}",
            "category": f"Things > Kind {number % 3}",
            "color": ("red", "blue")[number % 2],
        }
        for number in range(PRODUCTS)
    ]
    file = folder / "catalog.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    build(file, index, BuildOptions(), Steps(Console(quiet=True)))


@pytest.fixture
def index(shop: Shop, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    copy = tmp_path / "index"
    shutil.copytree(shop.index, copy)
    return copy
