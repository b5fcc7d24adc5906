"""An engine follows its index: its own changes, those of others, new versions and roll-backs."""

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from indexer.build import BuildOptions, build
from indexer.progress import Steps
from search import SearchEngine
from search.answers import Answer
from search.errors import (
    FetchError,
    InvalidImage,
    InvalidProduct,
    LookalikeError,
    ProductNotFound,
    VersionNotFound,
)

COUNT = 8


@dataclass(frozen=True)
class Shop:
    """A catalog file of p0 to p7, each with N.png, and the index built from it."""

    file: Path
    index: Path
    scene: Callable[[int], bytes]

    def write(self, products: dict[str, str], **columns: str) -> None:
        with self.file.open("w", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(["product_id", "image", *columns])
            for name, image in products.items():
                writer.writerow([name, image, *columns.values()])

    def add_picture(self, name: str, seed: int) -> None:
        (self.file.parent / name).write_bytes(self.scene(seed))

    def build(self, **options: Any) -> int:
        with Steps(Console(file=io.StringIO())) as steps:
            return build(self.file, self.index, BuildOptions(**options), steps).version


@pytest.fixture(scope="session")
def scene(draw: Callable[..., Image.Image]) -> Callable[[int], bytes]:
    def encoded(seed: int) -> bytes:
        file = io.BytesIO()
        draw(seed, 96, 96).save(file, "PNG")
        return file.getvalue()

    return encoded


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, scene: Callable[[int], bytes], converted: Path
) -> Shop:
    folder = tmp_path_factory.mktemp("live")
    made = Shop(folder / "shop" / "catalog.csv", folder / "index", scene)
    made.file.parent.mkdir()
    made.index.mkdir()
    (made.index / "cache").symlink_to(converted)
    for number in range(COUNT):
        made.add_picture(f"{number}.png", number)
    made.write({f"p{number}": f"{number}.png" for number in range(COUNT)})
    assert made.build() == 1
    return made


@pytest.fixture
def shop(built: Shop, tmp_path: Path) -> Shop:
    shutil.copytree(built.file.parent, tmp_path / "shop")
    shutil.copytree(built.index, tmp_path / "index", symlinks=True)
    own = Shop(tmp_path / "shop" / "catalog.csv", tmp_path / "index", built.scene)
    own.build()  # notes the new place of the pictures
    return own


@pytest.fixture
def engine(shop: Shop) -> Iterator[SearchEngine]:
    with closing(SearchEngine.open(shop.index)) as made:
        yield made


@pytest.fixture
def other(shop: Shop) -> Iterator[SearchEngine]:
    """An engine of another process, as far as the first one can tell."""
    with closing(SearchEngine.open(shop.index)) as made:
        yield made


def first(engine: SearchEngine, picture: bytes) -> str:
    best = engine.similar(picture).results[0]
    return best.product_id if best.score >= 0.999 else "nothing alike"


def found(answer: Answer) -> set[str]:
    return {result.product_id for result in answer.results}


def test_a_new_product_is_found_at_once_and_by_others_after_a_refresh(
    shop: Shop, engine: SearchEngine, other: SearchEngine
) -> None:
    stored = engine.upsert({"product_id": "new", "title": "New"}, files=[shop.scene(50)])
    assert stored.revision == engine.state.revision > other.state.revision
    assert first(engine, shop.scene(50)) == "new"
    assert first(other, shop.scene(50)) == "nothing alike"
    other.refresh()
    assert first(other, shop.scene(50)) == "new"
    assert other.similar(product_id="new").results[0].score >= 0.999
    assert other.state.revision == engine.state.revision


def test_a_replaced_picture_is_searched_instead_of_the_old_one(
    shop: Shop, engine: SearchEngine
) -> None:
    engine.upsert({"product_id": "p3"}, files=[shop.scene(51)])
    assert first(engine, shop.scene(51)) == "p3"
    assert first(engine, shop.scene(3)) == "nothing alike"


def test_a_deleted_product_is_not_found_again(
    shop: Shop, engine: SearchEngine, other: SearchEngine
) -> None:
    engine.delete("p2")
    other.refresh()
    for one in (engine, other):
        assert found(one.similar(shop.scene(2), k=100)) == {
            f"p{number}" for number in range(COUNT) if number != 2
        }
        with pytest.raises(ProductNotFound):
            one.similar(product_id="p2")
    with pytest.raises(ProductNotFound, match="'p2'"):
        engine.delete("p2")


def test_a_changed_title_shows_and_keeps_the_pictures(shop: Shop, engine: SearchEngine) -> None:
    stored = engine.upsert({"product_id": "p4", "title": "Better", "price": "4.5", "color": "red"})
    assert [one.source for one in stored.images] == ["4.png"]
    best = engine.similar(shop.scene(4)).results[0]
    assert (best.product.title, best.product.price) == ("Better", 4.5)
    assert best.product.attributes == {"color": "red"}


def test_an_upload_outlives_the_engine(shop: Shop, engine: SearchEngine) -> None:
    engine.upsert({"product_id": "new"}, files=[shop.scene(50), shop.scene(52)])
    with closing(SearchEngine.open(shop.index)) as later:
        assert first(later, shop.scene(52)) == "new"
        image = later.product("new").images[1]
        assert later.catalog_path(image.source).read_bytes() == shop.scene(52)


def test_a_product_of_urls_is_fetched(shop: Shop) -> None:
    picture = shop.scene(53)

    class Shelf(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/a.png" else 404)
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *_: Any) -> None:
            """Tests need no access log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as web:
        thread = Thread(target=web.serve_forever)
        thread.start()
        place = f"http://127.0.0.1:{web.server_port}"
        with closing(SearchEngine.open(shop.index, fetch_allow=["127.0.0.1"])) as engine:
            engine.upsert({"product_id": "web", "image": [f"{place}/a.png"]})
            assert first(engine, picture) == "web"
            with pytest.raises(FetchError):
                engine.upsert({"product_id": "web", "image": f"{place}/a.png|{place}/b.png"})
            assert first(engine, picture) == "web"
        web.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("product", "files", "error"),
    [
        ({"product_id": "new"}, [], InvalidProduct),
        ({"product_id": ""}, [b"x"], InvalidProduct),
        ({"product_id": "new", "price": "cheap", "image": "1.png"}, [], InvalidProduct),
        ({"product_id": "new", "image": "../outside.png"}, [], InvalidProduct),
        ({"product_id": "new", "image": "missing.png"}, [], InvalidImage),
        ({"product_id": "new", "image": "upload:x"}, [], InvalidImage),
        ({"product_id": "new", "image": 7}, [], InvalidProduct),
        ({"product_id": "new", "image": [f"{one}.png" for one in range(51)]}, [], InvalidProduct),
        ({"product_id": "p1", "image": "2.png"}, [b"no picture"], InvalidImage),
    ],
)
def test_what_cannot_be_stored_changes_nothing(
    shop: Shop,
    engine: SearchEngine,
    product: dict[str, Any],
    files: list[bytes],
    error: type[LookalikeError],
) -> None:
    before = engine.product("p1"), engine.state
    with pytest.raises(error) as caught:
        engine.upsert(product, files)
    assert str(shop.index) not in str(caught.value)
    engine.refresh()
    assert (engine.product("p1"), engine.state) == before
    assert not (shop.index / "uploads").exists()


def test_a_new_version_is_taken_over_and_holds_what_was_changed_live(
    shop: Shop, engine: SearchEngine
) -> None:
    engine.upsert({"product_id": "p3"}, files=[shop.scene(51)])
    shop.add_picture("8.png", 8)
    shop.write({f"p{number}": f"{number}.png" for number in range(COUNT + 1)})
    version = shop.build()
    assert engine.state.version < version
    engine.refresh()
    assert engine.state.version == version
    assert first(engine, shop.scene(8)) == "p8"
    assert first(engine, shop.scene(3)) == "p3", "the file is the catalog: it says 3.png"
    assert first(engine, shop.scene(51)) == "nothing alike"


def test_after_a_roll_back_the_catalog_of_today_is_searched(
    shop: Shop, engine: SearchEngine
) -> None:
    before = engine.state.version
    shop.add_picture("8.png", 8)
    shop.write({f"p{number}": f"{number}.png" for number in range(1, COUNT + 1)})
    assert shop.build(allow_shrink=True) > before
    with closing(SearchEngine.open(shop.index, version=before)) as old:
        assert old.state.version == before
        assert first(old, shop.scene(8)) == "p8"
        assert found(old.similar(shop.scene(0), k=100)) == {
            f"p{one}" for one in range(1, COUNT + 1)
        }
    with pytest.raises(VersionNotFound, match="99"):
        SearchEngine.open(shop.index, version=99)


def test_answers_never_fail_or_mix_while_versions_are_published(
    shop: Shop, engine: SearchEngine
) -> None:
    over, trouble = Event(), list[str]()

    def ask() -> None:
        seen = (0, 0)
        while not over.is_set():
            answer = engine.similar(shop.scene(1))
            now = (answer.index.version, answer.index.revision)
            if now < seen or answer.results[0].product_id != "p1" or len(answer.results) < 7:
                trouble.append(f"{seen} {now} {answer.results[0]} {len(answer.results)}")
            seen = now

    def follow() -> None:
        while not over.is_set():
            engine.refresh()

    threads = [Thread(target=ask) for _ in range(3)] + [Thread(target=follow)]
    for thread in threads:
        thread.start()
    for round_ in range(4):
        shop.add_picture("0.png", 100 + round_)
        shop.build()
        engine.upsert({"product_id": "p7"}, files=[shop.scene(200 + round_)])
    over.set()
    for thread in threads:
        thread.join()
    assert not trouble
    assert first(engine, shop.scene(103)) == "p0"
