"""An index that is lost comes back from its backup, whichever databases held its catalog."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from click.testing import Result

from indexer.backing_up import back_up, restore
from search import SearchEngine
from search.backends import Backends
from search.catalog.places import open_catalog
from search.errors import BackupRefused, IndexBusy, IndexNotFound, ProductNotFound
from search.versions import IndexFolder
from tests.postgresql import PostgresServer

Build = Callable[..., Any]


def a_database(request: pytest.FixtureRequest) -> str | None:
    """The URL of a new one: SQLite's is the folder's own, and has none."""
    if request.param == "sqlite":
        return None
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database().render_as_string()


@pytest.fixture
def source(request: pytest.FixtureRequest) -> str | None:
    return a_database(request)


@pytest.fixture
def target(request: pytest.FixtureRequest) -> str | None:
    return a_database(request)


alike = pytest.mark.parametrize(
    ("source", "target"),
    [("sqlite", "sqlite"), ("postgresql", "postgresql")],
    indirect=True,
)
crossed = pytest.mark.parametrize(
    ("source", "target"),
    [("sqlite", "postgresql"), ("postgresql", "sqlite")],
    indirect=True,
)


@pytest.fixture
def picture_of(draw: Callable[..., Any]) -> Callable[[int], bytes]:
    def encoded(seed: int) -> bytes:
        from io import BytesIO

        file = BytesIO()
        draw(seed, 64, 64).save(file, "PNG")
        return file.getvalue()

    return encoded


class Changes:
    """Products that come one after the other, each acknowledged before the next."""

    def __init__(self, index: Path, picture_of: Callable[[int], bytes]) -> None:
        self.acknowledged: list[str] = []
        self._index = index
        self._picture_of = picture_of
        self._some = Event()
        self._done = Event()
        self._thread = Thread(target=self._change)

    def __enter__(self) -> "Changes":
        self._thread.start()
        assert self._some.wait(120)
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _change(self) -> None:
        with closing(SearchEngine.open(self._index)) as engine:
            while not self._done.is_set():
                name = f"live{len(self.acknowledged)}"
                picture = self._picture_of(100 + len(self.acknowledged))
                engine.upsert({"product_id": name, "title": name}, files=[picture])
                self.acknowledged.append(name)
                if len(self.acknowledged) == 3:
                    self._some.set()


def answers(index: Path, pictures: list[Path]) -> list[Any]:
    with closing(SearchEngine.open(index)) as engine:
        found = [engine.similar(one, k=20, facets=["category"]) for one in pictures]
    return [
        (one.index, one.categories, one.facets, [(row.image, row.score) for row in one.results])
        for one in found
    ]


@alike
def test_a_lost_index_comes_back_as_it_was(
    shop: Path,
    index: Path,
    build: Build,
    tmp_path: Path,
    source: str | None,
    target: str | None,
    picture_of: Callable[[int], bytes],
) -> None:
    build(shop, index, backends=Backends(source))
    shutil.copy(shop.parent / "images" / "0.png", shop.parent / "images" / "new.png")
    shop.write_text(shop.read_text() + "p9,images/new.png,Nine,Things > Kind 1,9.5\n")
    build(shop, index)
    with Changes(index, picture_of) as changes:
        before = list(changes.acknowledged)
        report = back_up(index, tmp_path / "backup")
    assert report.version == 2
    cache = (index / "cache").readlink()
    shutil.rmtree(index)
    pictures = sorted((shop.parent / "images").iterdir())
    kept = answers(tmp_path / "backup", pictures)

    again = tmp_path / "again"
    restored = restore(tmp_path / "backup", again, target)
    (again / "cache").symlink_to(cache)
    assert (restored.version, restored.revision) == (2, report.revision)
    assert answers(again, pictures) == kept
    with closing(SearchEngine.open(again)) as engine:
        for number, name in enumerate(before):
            assert engine.similar(picture_of(100 + number)).results[0].product_id == name
        stored = engine.upsert({"product_id": "after"}, files=[picture_of(500)])
        assert stored.revision == report.revision + 1
    made = build(shop, again, allow_shrink=True)
    assert (made.embedded, made.version) == (0, 3)
    rolled = IndexFolder(again).rollback(2)
    assert rolled.version == 2
    assert answers(again, pictures[:1])[0][0].version == 2


@crossed
def test_ids_that_were_given_out_never_come_back(
    shop: Path, index: Path, build: Build, tmp_path: Path, source: str | None, target: str | None,
    picture_of: Callable[[int], bytes],
) -> None:  # fmt: skip
    build(shop, index, backends=Backends(source))
    with closing(SearchEngine.open(index)) as engine:
        first = engine.upsert({"product_id": "x"}, files=[picture_of(100)]).images[0].image_id
        engine.delete("x")
    build(shop, index)  # its image is forgotten
    back_up(index, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again", target)
    (tmp_path / "again" / "cache").symlink_to((index / "cache").readlink())
    with closing(SearchEngine.open(tmp_path / "again")) as engine:
        fresh = engine.upsert({"product_id": "y"}, files=[picture_of(101)]).images[0].image_id
        assert fresh > first
        with pytest.raises(ProductNotFound):
            engine.product("x")


def test_nothing_is_ever_overwritten(
    shop: Path, index: Path, build: Build, tmp_path: Path, postgres: PostgresServer
) -> None:
    build(shop, index)
    back_up(index, tmp_path / "backup")
    for refused in (back_up, restore):
        with pytest.raises(BackupRefused, match="is there already"):
            refused(index, tmp_path / "backup")
    url = postgres.new_database().render_as_string()
    restore(tmp_path / "backup", tmp_path / "one", url)
    with pytest.raises(BackupRefused, match="is not empty"):
        restore(tmp_path / "backup", tmp_path / "two", url)
    assert not (tmp_path / "two").exists()
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(IndexNotFound):
        back_up(tmp_path / "nothing", tmp_path / "more")


def test_a_build_and_a_backup_exclude_each_other(
    shop: Path, index: Path, build: Build, tmp_path: Path
) -> None:
    build(shop, index)
    with IndexFolder(index).lock(), pytest.raises(IndexBusy):
        back_up(index, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_the_commands_say_what_they_did(
    shop: Path, index: Path, build: Build, tmp_path: Path, cli: Callable[..., Result]
) -> None:
    build(shop, index)
    done = cli("backup", tmp_path / "backup", "--index", index)
    assert done.exit_code == 0
    assert "version 1, 6 products with 6 images, catalog revision" in done.stdout
    again = cli("restore", tmp_path / "backup", "--index", tmp_path / "again")
    assert again.exit_code == 0
    with closing(open_catalog(IndexFolder(tmp_path / "again"))) as catalog:
        assert catalog.counts() == (6, 6)


@pytest.fixture(autouse=True)
def no_catalog_of_ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("LOOKALIKE_CATALOG", raising=False)
    yield
