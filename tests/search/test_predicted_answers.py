"""A real index of products with several pictures: what its answers say, and how surely."""

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import SearchEngine
from search.errors import BadParameter

Draw = Callable[..., Image.Image]
CATEGORIES = {
    "Home > Plate": "#c02020",
    "Home > Vase": "#20a020",
    "Toy > Car": "#2030c0",
    "Toy > Doll": "#e0c020",
}
PRODUCTS = 32
VIEWS = 5
ASKED = range(0, PRODUCTS, 3)  # of every category


@dataclass(frozen=True)
class Shop:
    """Products p0 to p31, every fourth of one category."""

    index: Path
    draw: Draw

    def view(self, product: int, view: int, frame: str | None = None) -> bytes:
        """A photo of a product: turned, cut and lit in another way each time.

        The frame is what the products of a category have in common.
        """
        random = Random(1000 * product + view)  # noqa: S311 - no secret
        path = list(CATEGORIES)[product % len(CATEGORIES)]
        image = Image.new("RGB", (128, 128), frame or CATEGORIES[path])
        image.paste(self.draw(product, 84, 84), (22, 22))
        image = image.rotate(random.uniform(-12, 12), fillcolor="white")
        left, top = random.randint(0, 14), random.randint(0, 14)
        image = image.crop((left, top, left + 112, top + 112))
        file = io.BytesIO()
        ImageEnhance.Brightness(image).enhance(random.uniform(0.7, 1.3)).save(file, "PNG")
        return file.getvalue()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, draw: Draw, converted: Path) -> Shop:
    folder = tmp_path_factory.mktemp("several")
    made = Shop(folder / "index", draw)
    made.index.mkdir()
    (made.index / "cache").symlink_to(converted)
    with (folder / "catalog.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["product_id", "image", "category", "framed", "serial"])
        for product in range(PRODUCTS):
            names = [f"{product}-{view}.png" for view in range(VIEWS)]
            for view, name in enumerate(names):
                (folder / name).write_bytes(made.view(product, view))
            path = list(CATEGORIES)[product % len(CATEGORIES)]
            colour = ("red", "green", "blue", "yellow")[product % len(CATEGORIES)]
            writer.writerow([f"p{product}", "|".join(names), path, colour, f"s{product}"])
    with Steps(Console(file=io.StringIO())) as steps:
        build(folder / "catalog.csv", made.index, BuildOptions(), steps)
    return made


@pytest.fixture(scope="module")
def engine(shop: Shop) -> Iterator[SearchEngine]:
    with closing(SearchEngine.open(shop.index)) as made:
        yield made


@pytest.fixture
def own(shop: Shop, tmp_path: Path) -> Iterator[SearchEngine]:
    """An engine on a copy that the test may change."""
    shutil.copytree(shop.index, tmp_path / "index", symlinks=True)
    with closing(SearchEngine.open(tmp_path / "index")) as made:
        yield made


def test_a_new_photo_of_a_product_is_called_the_same(shop: Shop, engine: SearchEngine) -> None:
    called = []
    for product in ASKED:
        first = engine.similar(shop.view(product, 99)).results[0]
        assert first.p_same is not None
        assert 0 <= first.p_same <= 1
        called.append((first.product_id == f"p{product}", first.match))
    assert sum(is_right for is_right, _ in called) >= 0.8 * len(ASKED)
    assert sum(is_right and match == "same" for is_right, match in called) >= 0.7 * len(ASKED)


def test_a_category_and_what_pictures_tell_come_with_it(shop: Shop, engine: SearchEngine) -> None:
    right = statuses = 0
    for product in ASKED:
        path = list(CATEGORIES)[product % len(CATEGORIES)]
        answer = engine.similar(shop.view(product, 99))
        right += answer.categories[0].path == path
        statuses += answer.category_status == "ok"
        assert [one.p for one in answer.category] == sorted(
            (one.p for one in answer.category), reverse=True
        )
        if answer.category:
            assert answer.category[0].path in ("Home", "Toy")
        assert "serial" not in answer.attributes  # of each product another one
    assert right >= 0.9 * len(ASKED)
    assert statuses >= 0.8 * len(ASKED)
    framed = engine.similar(shop.view(0, 99)).attributes["framed"]
    assert (framed[0].value, framed[0].p > 0.5) == ("red", True)


def test_what_is_likely_of_a_row_does_not_depend_on_page_filter_or_group(
    shop: Shop, engine: SearchEngine
) -> None:
    photo = shop.view(3, 99)
    every = engine.similar(photo, k=PRODUCTS)
    known = {one.product_id: (one.p_same, one.match) for one in every.results}
    assert len(known) == PRODUCTS
    for options in (
        {"k": 1},
        {"k": 5, "offset": 20},
        {"filter": ["category:Toy > Car"]},
        {"filter": ["framed:blue"], "k": 2},
    ):
        answer = engine.similar(photo, **options)
        assert answer.results
        assert answer.categories == every.categories
        for one in answer.results:
            assert (one.p_same, one.match) == known[one.product_id]


def test_min_match_leaves_unlikely_rows_out(shop: Shop, engine: SearchEngine) -> None:
    photo = shop.view(5, 99)
    every = engine.similar(photo, k=PRODUCTS).results
    likely = engine.similar(photo, k=PRODUCTS, min_match=0.3).results
    assert likely == [one for one in every if one.p_same is not None and one.p_same >= 0.3]
    assert 0 < len(likely) < len(every)
    with pytest.raises(BadParameter, match="from 0 to 1"):
        engine.similar(photo, min_match=1.5)


def test_a_picture_of_nothing_is_no_product(engine: SearchEngine) -> None:
    for seed in range(5):
        noise = np.random.default_rng(seed).integers(0, 256, (128, 128, 3), np.uint8)
        answer = engine.similar(noise)
        assert answer.results[0].match == "none"
        assert answer.category_status == "abstained"


def test_a_new_category_is_told_after_its_products_came_without_a_build(
    shop: Shop, own: SearchEngine
) -> None:
    photo = shop.view(101, 99, frame="#f080f0")
    before = own.similar(photo)
    assert all(one.path != "Garden > Gnome" for one in before.categories)
    for product in range(101, 105):
        files = [shop.view(product, view, frame="#f080f0") for view in range(3)]
        own.upsert({"product_id": f"n{product}", "category": "Garden > Gnome"}, files=files)
    after = own.similar(photo)
    assert after.results[0].product_id == "n101"
    assert after.categories[0].path == "Garden > Gnome"
    assert after.category[-1].path == "Garden > Gnome"
    assert own.state.version == 1
