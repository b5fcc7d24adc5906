"""The query journey on a real index: a picture that is in it comes back first (invariant 1)."""

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import SearchEngine
from search.answers import Answer
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.catalog.records import ProductRow
from search.catalog.syncing import sync
from search.embedding.backbones import load_backbone
from search.errors import (
    BadParameter,
    FetchError,
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
    InvalidImage,
    ModelError,
    ProductNotFound,
)
from search.images import ImageSource, load
from search.querying.ranking import Group
from search.versions import VECTORS, IndexFolder

Draw = Callable[..., Image.Image]
SINGLES = 12
SHARED = 45  # more than are searched at first


def opened(path: Path) -> Image.Image:
    """Upright, as an application that shows pictures has them."""
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image)


OPEN: dict[str, Callable[[Path], ImageSource]] = {
    "path": lambda path: path,
    "text": str,
    "bytes": Path.read_bytes,
    "PIL image": opened,
    "array": lambda path: np.asarray(load(path).pixels),
}


@dataclass(frozen=True)
class Shop:
    """A catalog file, its index, and what it says."""

    file: Path
    index: Path
    products: dict[str, list[Path]]

    @property
    def photos(self) -> Path:
        return self.file.parent

    def open(self, **options: Any) -> SearchEngine:
        return SearchEngine.open(self.index, **options)


def write_photos(folder: Path, draw: Draw) -> dict[str, list[str]]:
    """product_id → image names: ordinary ones, odd ones, and those that are hard to rank."""
    products = {f"p{seed:02}": [f"{seed}.jpg"] for seed in range(SINGLES)}
    for seed in range(SINGLES):
        draw(seed).save(folder / f"{seed}.jpg", quality=90)
    draw(50, 1600, 1200).save(folder / "large.jpg", quality=90)
    exif = Image.Exif()
    exif[0x0112] = 6
    draw(51, 400, 300).save(folder / "turned.jpg", exif=exif.tobytes())
    clear = draw(52).convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(clear.size))
    clear.save(folder / "clear.png")
    draw(53).convert("L").save(folder / "grey.png")
    draw(54, 9, 9).save(folder / "tiny.png")
    odd = ("large.jpg", "turned.jpg", "clear.png", "grey.png", "tiny.png")
    products |= {name.partition(".")[0]: [name] for name in odd}
    draw(60).save(folder / "twin.png")
    shutil.copy(folder / "twin.png", folder / "twin-copy.png")
    products |= {"twin-a": ["twin.png"], "twin-b": ["twin-copy.png"], "twin-c": ["twin.png"]}
    draw(70).save(folder / "placeholder.png")
    products |= {f"shared-{number:02}": ["placeholder.png"] for number in range(SHARED)}
    several = [f"side-{number}.png" for number in range(SHARED)]
    for number, name in enumerate(several):
        draw(80).crop((0, 0, 320 - number, 240)).save(folder / name)
    return products | {"many": several}


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, draw: Draw, converted: Path) -> Shop:
    folder = tmp_path_factory.mktemp("shop")
    products = write_photos(folder, draw)
    file, index = folder / "catalog.csv", tmp_path_factory.mktemp("indexes") / "index"
    with file.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["product_id", "image", "title", "category", "price", "colour"])
        for number, (name, names) in enumerate(products.items()):
            category = f"Things > Kind {number % 3}" if name.startswith("p") else ""
            writer.writerow([name, "|".join(names), name.title(), category, number, "red"])
    shutil.copytree(converted, index / "cache")
    with Steps(Console(file=io.StringIO())) as steps:
        report = build(file, index, BuildOptions(), steps)
    assert report.products == len(products)
    assert report.rejected == 0
    paths = {name: [folder / one for one in names] for name, names in products.items()}
    return Shop(file, index, paths)


@pytest.fixture(scope="session")
def engine(shop: Shop) -> Iterator[SearchEngine]:
    with closing(shop.open()) as made:
        yield made


@pytest.fixture
def own(shop: Shop, tmp_path: Path) -> Shop:
    """A copy that the test may spoil."""
    shutil.copytree(shop.index, tmp_path / "index")
    return Shop(shop.file, tmp_path / "index", shop.products)


@pytest.mark.parametrize("how", OPEN)
def test_every_indexed_image_comes_back_first(shop: Shop, engine: SearchEngine, how: str) -> None:
    paths = {path.read_bytes(): path for paths in shop.products.values() for path in paths}
    for data, path in paths.items():
        best = engine.similar(OPEN[how](path)).results[0]
        assert best.score >= 0.999, path
        found = engine.catalog_path(best.image)
        near = found.parent.glob("side-*") if path.name.startswith("side-") else [found]
        assert data in {one.read_bytes() for one in near}


def test_every_product_comes_back_first_for_its_own_id(shop: Shop, engine: SearchEngine) -> None:
    """Also one of many that share a picture, more than are searched at first."""
    for name in shop.products:
        best = engine.similar(product_id=name, k=1).results[0]
        assert (best.product_id, best.score >= 0.999) == (name, True)


@pytest.mark.parametrize("how", OPEN)
def test_products_with_one_picture_come_first_together(
    shop: Shop, engine: SearchEngine, how: str
) -> None:
    results = engine.similar(OPEN[how](shop.photos / "twin.png"), k=4).results
    assert {result.product_id for result in results[:3]} == {"twin-a", "twin-b", "twin-c"}
    assert all(result.score >= 0.999 for result in results[:3])
    assert results[3].score < 0.999


@pytest.mark.parametrize("k", [1, 2, 10, 17, 60, 100])
def test_k_different_products_are_found_best_first(
    shop: Shop, engine: SearchEngine, k: int
) -> None:
    """Also where the nearest images all belong to one product, or to dozens with one picture."""
    for name in ("0.jpg", "side-3.png", "placeholder.png"):
        results = engine.similar(shop.photos / name, k=k).results
        assert len({result.product_id for result in results}) == len(results)
        assert len(results) == min(k, len(shop.products))
        scores = [result.score for result in results]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("size", [1, 7, 10, 33, 100])
@pytest.mark.parametrize("group", ["product", "image"])
def test_pages_of_any_size_make_up_the_same_list(
    shop: Shop, engine: SearchEngine, size: int, group: Group
) -> None:
    """45 products share one picture, so that pages end in the midst of equal scores."""
    whole = [
        row
        for offset in (0, 100)
        for row in engine.similar(
            shop.photos / "placeholder.png", k=100, offset=offset, group=group
        ).results
    ]
    key = [(-row.score, row.product_id, row.image_id) for row in whole]
    assert key == sorted(key)
    pages = [
        engine.similar(shop.photos / "placeholder.png", k=size, offset=at, group=group).results
        for at in range(0, 60, size)
    ]
    together = [row for page in pages for row in page]
    assert together == whole[: len(together)]


def test_grouped_by_image_the_same_bytes_count_once_in_a_product(shop: Shop, own: Shop) -> None:
    with closing(own.open()) as engine:
        engine.upsert({"product_id": "p00", "image": ["twin.png", "twin-copy.png", "0.jpg"]})
        rows = engine.similar(shop.photos / "twin.png", k=100, group="image").results
        assert [row.product_id for row in rows[:4]].count("p00") == 1
        rows += engine.similar(shop.photos / "twin.png", k=100, offset=100, group="image").results
        assert [row.product_id for row in rows].count("p00") == 2
        assert len(engine.similar(product_id="p00", k=100).results) == len(shop.products)


def test_a_filter_and_a_group_do_not_change_what_the_picture_shows(
    shop: Shop, engine: SearchEngine
) -> None:
    picture = shop.photos / "5.jpg"
    plain = engine.similar(picture).categories
    assert engine.similar(picture, filter=["category:Things > Kind 1"]).categories == plain
    assert engine.similar(picture, group="image", offset=20).categories == plain


@pytest.mark.parametrize("passing", ["price:0..2", "price:..30", "-price:7", "colour:red"])
def test_a_filter_never_starves_the_answer(shop: Shop, engine: SearchEngine, passing: str) -> None:
    whole = engine.similar(shop.photos / "0.jpg", k=100).results
    found = engine.similar(shop.photos / "0.jpg", k=100, filter=[passing]).results
    low, high = {"price:0..2": (0, 2), "price:..30": (0, 30)}.get(passing, (0, 999))
    skipped = 7 if passing == "-price:7" else -1
    expected = [
        row
        for row in whole
        if low <= (row.product.price or 0) <= high and row.product.price != skipped
    ]
    assert found == expected


def test_a_result_names_the_products_best_image(shop: Shop, engine: SearchEngine) -> None:
    best = engine.similar(shop.photos / "side-40.png").results[0]
    assert best.product_id == best.product.product_id == "many"
    assert best.image in {f"side-{number}.png" for number in range(38, 43)}
    image = engine.image(best.image_id)
    assert image is not None
    assert (image.source, image.product) == (best.image, best.product)
    assert engine.image(10**12) is None


def test_an_answer_says_what_was_asked_and_which_version_answered(
    shop: Shop, engine: SearchEngine
) -> None:
    answer = engine.similar(shop.photos / "turned.jpg")
    assert (answer.query.size, answer.query.box) == ((300, 400), (0, 0, 300, 400))
    assert answer.query.product_id is None
    assert engine.similar(product_id="p03").query.product_id == "p03"
    made = IndexFolder(shop.index).require_live()
    assert answer.index == engine.state
    assert (answer.index.version, answer.index.revision) == (1, made.revision)
    assert answer.index.model == "efficientnet_lite0+plain"
    took = answer.took_ms
    assert min(took.fetch, took.embed, took.search) >= 0
    assert took.total == pytest.approx(took.fetch + took.embed + took.search, abs=0.05)


def test_the_result_carries_the_whole_product(engine: SearchEngine) -> None:
    [result] = engine.similar(product_id="p04", k=1).results
    product = result.product
    assert (product.title, product.category, product.price) == ("P04", "Things > Kind 1", 4.0)
    assert product.attributes == {"colour": "red"}


def test_categories_are_those_of_the_ten_nearest_whatever_k(engine: SearchEngine) -> None:
    one, twenty = (engine.similar(product_id="p05", k=k) for k in (1, 20))
    assert one.categories == twenty.categories
    assert one.categories[0].path == "Things > Kind 2"
    assert sum(share.p for share in one.categories) == pytest.approx(1, abs=1e-3)


def test_a_product_with_several_images_is_compared_by_each(
    shop: Shop, engine: SearchEngine
) -> None:
    """The best of its images counts: no other image of it makes a neighbour look worse."""
    of_all = engine.similar(product_id="many", k=100).results
    scores = {result.product_id: result.score for result in of_all}
    for result in engine.similar(shop.photos / "side-7.png", k=100).results:
        assert scores[result.product_id] >= result.score - 2e-3


def test_answers_are_equal_from_many_threads(shop: Shop, engine: SearchEngine) -> None:
    names = [f"p{seed:02}" for seed in range(SINGLES)]

    def ask(name: str) -> tuple[Answer, Answer]:
        return engine.similar(product_id=name), engine.similar(shop.products[name][0])

    alone = [ask(name) for name in names]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(ask, names * 3))
    for (by_id, by_path), (id_alone, path_alone) in zip(together, alone * 3, strict=True):
        assert by_id == id_alone
        assert [one.product_id for one in by_path.results] == [
            one.product_id for one in path_alone.results
        ]
        one, other = ([found.score for found in each.results] for each in (by_path, path_alone))
        np.testing.assert_allclose(one, other, atol=1e-3)


@pytest.mark.parametrize("k", [0, -1, 101])
def test_k_must_be_from_1_to_100(engine: SearchEngine, k: int) -> None:
    with pytest.raises(BadParameter, match=rf"k is {k}; it must be from 1 to 100"):
        engine.similar(product_id="p01", k=k)


def test_exactly_one_thing_is_asked_for(shop: Shop, engine: SearchEngine) -> None:
    for ask in ({}, {"source": shop.photos / "0.jpg", "product_id": "p01"}):
        with pytest.raises(BadParameter, match="exactly one of a picture, a product_id"):
            engine.similar(**ask)  # type: ignore[arg-type]


def test_what_is_not_there_is_said(shop: Shop, engine: SearchEngine) -> None:
    with pytest.raises(ProductNotFound, match="no product 'nobody'"):
        engine.similar(product_id="nobody")
    with pytest.raises(InvalidImage, match=r"missing\.jpg"):
        engine.similar(shop.photos / "missing.jpg")
    with pytest.raises(InvalidImage, match="the given bytes"):
        engine.similar(b"no picture")
    with pytest.raises(InvalidImage) as caught:
        engine.catalog_path("../secret.jpg")
    assert caught.value.code == "path_outside_root"


def test_a_url_is_fetched_and_its_secrets_are_not_shown(shop: Shop) -> None:
    class Photos(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            good = self.path.startswith("/0.jpg")
            self.wfile.write((shop.photos / "0.jpg").read_bytes() if good else b"oops")

        def log_message(self, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Photos) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with closing(shop.open(fetch_allow=["127.0.0.1"])) as allowed:
            best = allowed.similar(f"{url}/0.jpg").results[0]
            with pytest.raises(InvalidImage) as bad:
                allowed.similar(f"{url}/bad.jpg?token=hidden")
        with closing(shop.open()) as public, pytest.raises(FetchError) as blocked:
            public.similar(f"{url}/0.jpg?token=hidden")
        server.shutdown()
    assert (best.product_id, best.score >= 0.999) == ("p00", True)
    assert blocked.value.code == "fetch_blocked"
    assert "hidden" not in f"{bad.value} {blocked.value}"


def test_a_folder_without_an_index_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="indexer build CATALOG"):
        SearchEngine.open(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_another_model_is_refused_and_both_are_named(shop: Shop, tmp_path: Path) -> None:
    from search.embedding.torchvision_ops import declare_missing_operators

    declare_missing_operators()
    import timm
    import torch

    torch.save(timm.create_model("test_vit").state_dict(), tmp_path / "tiny.pth")
    spec = f"timm:test_vit/{tmp_path / 'tiny.pth'}"
    with pytest.raises(IndexMismatch) as caught:
        shop.open(model=spec)
    default = load_backbone("efficientnet_lite0")
    for said in ("efficientnet_lite0", default.fingerprint, spec, load_backbone(spec).fingerprint):
        assert said in str(caught.value)
    with pytest.raises(ModelError):
        shop.open(model="nonsense")
    shop.open(model="efficientnet_lite0").close()


@pytest.mark.parametrize("name", [VECTORS, "head.safetensors"])
def test_a_damaged_index_is_refused_and_the_file_named(own: Shop, name: str) -> None:
    path = own.index / "versions" / "1" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(IndexDamaged, match=str(path)):
        own.open()


def test_a_missing_catalog_is_said(own: Shop) -> None:
    (own.index / "catalog.sqlite").unlink()
    with pytest.raises(IndexNotFound, match="run 'indexer build'"):
        own.open()


def change(shop: Shop, keep: Callable[[str], bool], *more: str) -> None:
    """Make the index's catalog hold only some products, and ``more``; no version is built."""
    names = [name for name in shop.products if keep(name)]
    rows = [
        ProductRow(2, name, tuple(path.name for path in shop.products[name])) for name in names
    ] + [ProductRow(2, name, ("0.jpg",)) for name in more]
    with closing(Catalog.create(sqlite_url(shop.index / "catalog.sqlite"))) as catalog:
        sync(catalog.engine, rows, print, allow_shrink=True)


def test_a_product_that_left_the_catalog_appears_no_more_after_a_refresh(own: Shop) -> None:
    with closing(own.open()) as engine:
        assert engine.similar(product_id="p00").results[0].product_id == "p00"
        change(own, lambda name: name != "p00")
        engine.refresh()
        results = engine.similar(own.photos / "0.jpg", k=100).results
        assert len(results) == len(own.products) - 1
        assert "p00" not in {result.product_id for result in results}
        with pytest.raises(ProductNotFound):
            engine.similar(product_id="p00")


def test_removed_products_leave_no_gap_in_the_answer(own: Shop) -> None:
    with closing(own.open()) as engine:
        change(own, lambda name: not name.startswith("shared-") and name != "many")
        assert len(engine.similar(own.photos / "placeholder.png", k=10).results) == 10


def test_a_product_newer_than_the_version_says_when_it_can_be_found(own: Shop) -> None:
    change(own, lambda _: True, "newcomer")
    with (
        closing(own.open()) as engine,
        pytest.raises(ProductNotFound, match=r"newcomer.*after the next build"),
    ):
        engine.similar(product_id="newcomer")
