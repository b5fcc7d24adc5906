"""When a version is published, what it says of itself, and what is kept beside it."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Engine, select, update

from indexer.build import BuildReport
from indexer.indexing import journey, trials
from indexer.indexing.records import TARGET_RECALL, Limits
from indexer.indexing.remembered import limits_for, read_index_report, trials_for
from indexer.progress import Step, Steps
from indexer.sealing import heads
from indexer.sealing.journey import seal
from indexer.tuning import choosing
from indexer.workbench import Workbench
from search import SearchEngine
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url, writing
from search.catalog.revisions import next_revision
from search.catalog.tables import products, versions
from search.embedding import Embedder
from search.embedding.backbones import load_backbone
from search.errors import IndexDamaged
from search.versions import IndexFolder

Build = Callable[..., BuildReport]
Edit = Callable[[Path, Callable[[list[dict[str, str]]], Any]], Path]


@pytest.fixture
def built(shop: Path, index: Path, build: Build) -> IndexFolder:
    build(shop, index)
    return IndexFolder(index)


def change_a_picture(shop: Path, seed: int, draw: Callable[..., Any]) -> None:
    draw(seed, 64, 64).save(shop.parent / "images/0.png")


def test_a_changed_title_keeps_the_version(
    shop: Path, built: IndexFolder, build: Build, edit: Edit
) -> None:
    before = built.require_live()
    edit(shop, lambda rows: rows[3].update(title="Better"))
    assert build(shop, built.path).version == 1
    assert built.require_live() == before


def test_a_changed_picture_makes_a_version(
    shop: Path, built: IndexFolder, build: Build, draw: Callable[..., Any]
) -> None:
    change_a_picture(shop, 77, draw)
    assert build(shop, built.path).version == 2
    assert [one.version for one in built.manifests()] == [2, 1]


def test_a_folder_of_images_that_moved_makes_a_version(
    shop: Path, built: IndexFolder, build: Build
) -> None:
    moved = shop.parent.rename(shop.parent.with_name("moved"))
    assert build(moved / shop.name, built.path).version == 2
    assert built.require_live().image_root == str(moved)


def test_another_model_makes_a_version_and_the_old_one_can_be_served_again(
    shop: Path, built: IndexFolder, build: Build, tiny_model: str
) -> None:
    build(shop, built.path, model=tiny_model)
    photo = shop.parent / "images/4.png"
    for number, spec in ((2, tiny_model), (1, "efficientnet_lite0"), (2, tiny_model)):
        made = built.rollback(number)
        assert made.spec == spec
        engine = SearchEngine.open(built.path)
        answer = engine.similar(photo, k=1)
        engine.close()
        assert answer.index.version == number
        assert answer.results[0].product_id == "p4"
        assert answer.results[0].score >= 0.999


def test_the_grade_is_in_the_manifest_and_in_the_table(
    shop: Path, index: Path, build: Build, edit: Edit
) -> None:
    edit(shop, lambda rows: rows[0].update(image="images/0.png|images/1.png"))
    build(shop, index)
    grade = IndexFolder(index).require_live().grade
    assert grade is not None
    catalog = Catalog.open(sqlite_url(index / "catalog.sqlite"))
    with catalog.engine.connect() as connection:
        assert connection.execute(select(versions.c.version, versions.c.grade)).all() == [
            (1, grade)
        ]
    catalog.close()


class WritingMeanwhile(Steps):
    """Somebody changes a product when the features begin to be read."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(Console(file=io.StringIO()))
        self._engine = engine

    def start(self, name: str, total: int) -> Step:
        with writing(self._engine) as connection:
            connection.execute(update(products).values(revision=next_revision(connection)))
        return super().start(name, total)


def test_a_change_while_the_features_are_read_counts_as_newer_than_the_version(
    built: IndexFolder, shop: Path
) -> None:
    embedder = Embedder(load_backbone("efficientnet_lite0"), cache=built.cache)
    with (
        built.lock(),
        Workbench.open(built, embedder, Steps(Console(file=io.StringIO()))) as quiet,
    ):
        before = quiet.catalog.revision()
        steps = WritingMeanwhile(quiet.catalog.engine)
        bench = Workbench(built, quiet.catalog, quiet.store, embedder, steps)
        made = seal(bench, None, shop.parent)
        assert made.revision == before < quiet.catalog.revision()


@pytest.mark.parametrize(("keep", "there"), [(0, [4]), (1, [4, 3]), (2, [4, 3, 2])])
def test_old_versions_are_kept_as_many_as_wanted(
    shop: Path,
    built: IndexFolder,
    build: Build,
    draw: Callable[..., Any],
    keep: int,
    there: list[int],
) -> None:
    for seed in (71, 72, 73):
        change_a_picture(shop, seed, draw)
        build(shop, built.path, keep=5)
    assert [one.version for one in built.manifests()] == [4, 3, 2, 1]
    assert build(shop, built.path, keep=keep).version == 4, "nothing changed"
    assert [one.version for one in built.manifests()] == there


def test_a_build_after_a_rollback_goes_on_from_the_live_version(
    shop: Path, built: IndexFolder, build: Build, tiny_model: str, draw: Callable[..., Any]
) -> None:
    build(shop, built.path, model=tiny_model)
    built.rollback(1)
    assert build(shop, built.path).version == 1
    change_a_picture(shop, 74, draw)
    assert build(shop, built.path).version == 3
    assert built.require_live().spec == "efficientnet_lite0"
    assert [one.version for one in built.manifests()] == [3, 2, 1]


def test_a_head_is_kept_until_more_than_a_few_images_are_new(
    shop: Path,
    index: Path,
    build: Build,
    draw: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choosing, "ENOUGH_IMAGES", 2)
    count = build(shop, index).images
    monkeypatch.setattr(heads, "_FEW", 1 / count)
    first = IndexFolder(index).require_live()
    assert first.head_kind == "whitened"

    change_a_picture(shop, 77, draw)
    build(shop, index)
    second = IndexFolder(index).require_live()
    assert (second.version, second.head, second.head_revision) == (2, first.head, first.revision)

    draw(78, 64, 64).save(shop.parent / "images/1.png")
    build(shop, index)
    third = IndexFolder(index).require_live()
    assert third.head != first.head
    assert third.head_revision == third.revision


def test_a_version_says_how_its_index_was_made(built: IndexFolder) -> None:
    report = read_index_report(built.require_live())
    assert report is not None
    assert (report.codes, report.images, report.target_recall) == ("exact", 6, TARGET_RECALL)


def test_other_limits_make_a_version_that_keeps_to_them_from_then_on(
    shop: Path, built: IndexFolder, build: Build, draw: Callable[..., Any]
) -> None:
    assert build(shop, built.path, target_recall=0.9).version == 2
    assert build(shop, built.path).version == 2
    change_a_picture(shop, 74, draw)
    assert build(shop, built.path, max_memory=10**9).version == 3
    assert limits_for(built.require_live()) == Limits(0.9, 10**9)


def test_a_version_of_a_release_that_tried_no_index_has_the_default_limits(
    built: IndexFolder,
) -> None:
    old = replace(built.require_live(), index=None)
    assert read_index_report(old) is None
    assert limits_for(old).target_recall == TARGET_RECALL
    assert trials_for(old, 5, limits_for(old)) == ()


def test_a_manifest_with_another_index_report_is_damaged(built: IndexFolder) -> None:
    with pytest.raises(IndexDamaged, match="says of its index"):
        read_index_report(replace(built.require_live(), index={"codes": 7}))


def test_a_large_catalog_gets_an_index_that_is_tuned_and_answers_the_same(
    shop: Path,
    built: IndexFolder,
    build: Build,
    draw: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact = SearchEngine.open(built.path)
    expected = [one.product_id for one in exact.similar(product_id="p1").results]
    exact.close()
    monkeypatch.setattr(journey, "EXACT_BELOW", 2)
    monkeypatch.setattr(journey, "QUERIES", 1)
    monkeypatch.setattr(journey, "candidates", lambda _: ["HNSW4,SQ8"])
    monkeypatch.setattr(trials, "QUERIES", 1)
    build(shop, built.path, target_recall=0.9)
    report = read_index_report(built.require_live())
    assert report is not None
    assert report.codes == "HNSW4,SQ8"
    assert report.tuned is not None
    engine = SearchEngine.open(built.path)
    answer = engine.similar(product_id="p1")
    assert [one.product_id for one in answer.results] == expected
    assert answer.results[0].score >= 0.999
    engine.upsert({"product_id": "new", "image": "images/0.png"})
    engine.delete("p1")
    found = {one.product_id for one in engine.similar(shop.parent / "images/0.png").results}
    engine.close()
    assert "new" in found
    assert "p1" not in found
