"""The build journey: what is embedded, what is kept, what is published, what is refused."""

import csv
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.build import BuildReport
from search import SearchEngine
from search.errors import IndexDamaged, RejectsRefused, ShrinkRefused
from search.sources import read_file
from search.vectors.faiss_index import FaissIndex
from search.versions import VECTORS, IndexFolder
from search.versions.manifest import Manifest

Build = Callable[..., BuildReport]
Edit = Callable[[Path, Callable[[list[dict[str, str]]], Any]], Path]
Save = Callable[[Path, int], Path]

GROCERY = Path(__file__).parents[3] / "shared" / "datasets" / "grocery"


def live(index: Path) -> Manifest:
    return IndexFolder(index).require_live()


def vectors(index: Path) -> dict[tuple[str, str], np.ndarray[Any, Any]]:
    """(product_id, source) → vector, of everything that can be found."""
    engine = SearchEngine.open(index)
    sealed = FaissIndex.load(IndexFolder(index).folder(engine.state.version) / VECTORS)
    found = {one: image for one in sealed.ids.tolist() if (image := engine.image(one))}
    rows = sealed.vectors(np.array(list(found), np.int64))
    engine.close()
    names = [(image.product.product_id, image.source) for image in found.values()]
    return dict(zip(names, rows, strict=True))


def best(index: Path, picture: Path) -> tuple[str, float]:
    engine = SearchEngine.open(index)
    (result, *_) = engine.similar(picture, k=1).results
    engine.close()
    return result.product_id, result.score


class TestFirstBuild:
    def test_makes_one_vector_for_each_usable_image(
        self, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        edit(shop, lambda rows: rows[0].update(image="images/0.png|images/1.png|images/gone.png"))
        build(shop, index)
        assert set(vectors(index)) == {
            ("p0", "images/0.png"),
            ("p0", "images/1.png"),
            *((f"p{number}", f"images/{number}.png") for number in range(1, 6)),
        }

    def test_reports_what_it_did(self, shop: Path, index: Path, build: Build, edit: Edit) -> None:
        edit(shop, lambda rows: rows[0].update(image="images/0.png|images/1.png|images/gone.png"))
        report = build(shop, index)
        assert (report.products, report.images, report.version) == (6, 7, 1)
        assert (report.embedded, report.reused) == (6, 1), "images/1.png is there twice"
        assert (report.rejected, report.removed) == (1, 0)
        assert report.seconds > 0
        assert report.images_per_second > 0

    def test_every_indexed_image_is_found_first(
        self, shop: Path, index: Path, build: Build
    ) -> None:
        build(shop, index)
        for number in range(6):
            product, score = best(index, shop.parent / f"images/{number}.png")
            assert product == f"p{number}"
            assert score >= 0.999

    def test_records_what_the_version_was_made_of(
        self, shop: Path, index: Path, build: Build
    ) -> None:
        build(shop, index)
        made = live(index)
        assert (made.spec, made.head_kind) == ("efficientnet_lite0", "plain")
        assert (made.products, made.images) == (6, 6)
        assert made.image_root == str(shop.parent)
        assert {file.name for file in made.files} == {
            "vectors.faiss",
            "head.safetensors",
            "categories.safetensors",
        }

    def test_a_catalog_reached_through_a_link_has_its_images_beside_the_link(
        self, shop: Path, index: Path, build: Build
    ) -> None:
        (shop.parent.parent / "linked").symlink_to(shop.parent)
        report = build(shop.parent.parent / "linked" / "catalog.csv", index)
        assert (report.images, report.rejected) == (6, 0)


class TestSecondBuild:
    @pytest.fixture(autouse=True)
    def built(self, shop: Path, index: Path, build: Build) -> BuildReport:
        return build(shop, index)

    def test_of_the_same_file_embeds_nothing_and_keeps_the_version(
        self, shop: Path, index: Path, build: Build
    ) -> None:
        again = build(shop, index)
        assert (again.embedded, again.reused, again.version) == (0, 6, 1)
        assert again.images_per_second == 0

    def test_a_renamed_image_keeps_its_vector(
        self, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        before = vectors(index)["p2", "images/2.png"]
        (shop.parent / "images/2.png").rename(shop.parent / "images/renamed.png")
        edit(shop, lambda rows: rows[2].update(image="images/renamed.png"))
        again = build(shop, index)
        assert (again.embedded, again.version) == (0, 2)
        np.testing.assert_array_equal(vectors(index)["p2", "images/renamed.png"], before)

    def test_an_image_that_moves_to_another_product_keeps_its_vector(
        self, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        edit(shop, lambda rows: rows[2].update(product_id="new"))
        assert build(shop, index).embedded == 0
        assert best(index, shop.parent / "images/2.png")[0] == "new"

    def test_a_changed_image_is_embedded_again(
        self, shop: Path, index: Path, build: Build, picture: Save
    ) -> None:
        picture(shop.parent / "images/2.png", seed := 99)
        again = build(shop, index)
        assert (again.embedded, again.reused, again.version) == (1, 5, 2)
        product, score = best(index, picture(shop.parent / "elsewhere.png", seed))
        assert product == "p2"
        assert score >= 0.999

    def test_an_image_that_changes_back_is_not_embedded_again(
        self, shop: Path, index: Path, build: Build, picture: Save
    ) -> None:
        picture(shop.parent / "images/2.png", 99)
        build(shop, index)
        picture(shop.parent / "images/2.png", 2)
        assert build(shop, index).embedded == 0

    def test_a_changed_title_embeds_nothing_and_publishes_nothing(
        self, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        edit(shop, lambda rows: rows[3].update(title="Better"))
        again = build(shop, index)
        assert (again.embedded, again.reused, again.version) == (0, 6, 1)
        assert (again.added, again.changed, again.removed) == (0, 1, 0)
        engine = SearchEngine.open(index)
        assert engine.similar(product_id="p3", k=1).results[0].product.title == "Better"
        engine.close()

    def test_of_the_same_files_opens_no_picture(
        self, shop: Path, index: Path, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("indexer.ingesting.reading.read_file", pytest.fail)
        assert build(shop, index).reused == 6

    def test_a_touched_file_is_hashed_once_and_changes_nothing(
        self, shop: Path, index: Path, build: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        os.utime(shop.parent / "images/2.png", ns=(7, 7))
        opened: list[str] = []

        def noting(source: Path) -> bytes:
            opened.append(source.name)
            return read_file(source)

        monkeypatch.setattr("indexer.ingesting.reading.read_file", noting)
        revision = SearchEngine.open(index).state.revision
        for _ in range(2):
            assert (build(shop, index).embedded, opened) == (0, ["2.png"])
        assert SearchEngine.open(index).state.revision == revision

    def test_a_change_that_keeps_the_size_is_seen_by_its_time(
        self, shop: Path, index: Path, build: Build
    ) -> None:
        path = shop.parent / "images/2.png"
        data = path.read_bytes()
        padding = b"\0" * (len((shop.parent / "images/3.png").read_bytes()) - len(data))
        path.write_bytes(data + padding + b"\0")
        build(shop, index)
        stat = path.stat()
        other = (shop.parent / "images/3.png").read_bytes()
        path.write_bytes(other + b"\0" * (stat.st_size - len(other)))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
        assert path.stat().st_size == stat.st_size
        assert build(shop, index).embedded == 1

    def test_a_new_product_is_added(
        self, shop: Path, index: Path, build: Build, picture: Save, edit: Edit
    ) -> None:
        fresh = picture(shop.parent / "images/6.png", 6)
        edit(shop, lambda rows: rows.append({"product_id": "p6", "image": "images/6.png"}))
        again = build(shop, index)
        assert (again.embedded, again.products) == (1, 7)
        assert best(index, fresh)[0] == "p6"

    def test_an_image_that_became_unreadable_is_left_out_and_comes_back(
        self, shop: Path, index: Path, build: Build, picture: Save
    ) -> None:
        (shop.parent / "images/2.png").write_bytes(b"")
        without = build(shop, index)
        assert (without.products, without.images, without.rejected) == (5, 5, 1)
        picture(shop.parent / "images/2.png", 2)
        again = build(shop, index)
        assert (again.products, again.rejected, again.embedded) == (6, 0, 0)

    def test_a_damaged_live_version_is_repaired_without_embedding(
        self, shop: Path, index: Path, build: Build
    ) -> None:
        (index / "versions/1/vectors.faiss").write_bytes(b"\0" * 100)
        with pytest.raises(IndexDamaged, match="run 'indexer build'"):
            SearchEngine.open(index)
        again = build(shop, index)
        assert (again.embedded, again.version) == (0, 2)
        assert best(index, shop.parent / "images/4.png")[0] == "p4"

    @pytest.mark.parametrize("content", ["", "seven", "9999"])
    def test_a_damaged_current_file_is_repaired_without_embedding(
        self, shop: Path, index: Path, build: Build, content: str
    ) -> None:
        (index / "CURRENT").write_text(content)
        with pytest.raises(IndexDamaged, match="run 'indexer build'"):
            SearchEngine.open(index)
        again = build(shop, index)
        assert (again.embedded, again.version) == (0, 2)
        assert live(index).version == 2

    def test_a_catalog_in_another_folder_moves_the_image_root(
        self, shop: Path, index: Path, build: Build
    ) -> None:
        moved = shop.parent.rename(shop.parent.with_name("moved"))
        again = build(moved / "catalog.csv", index)
        assert (again.embedded, again.version) == (0, 2)
        assert live(index).image_root == str(moved)

    def test_what_an_interrupted_build_left_half_written_is_removed(
        self, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        (index / "versions/2").mkdir()
        (index / "versions/2.unfinished").touch()
        edit(shop, lambda rows: rows.pop())
        assert build(shop, index).version == 2
        assert {path.name for path in (index / "versions").iterdir()} == {"1", "2"}

    def test_a_few_newest_versions_stay_on_disk(
        self, shop: Path, index: Path, build: Build, picture: Save
    ) -> None:
        for number in range(2, 6):
            picture(shop.parent / "images/0.png", 100 + number)
            assert build(shop, index).version == number
        assert {path.name for path in (index / "versions").iterdir()} == {"3", "4", "5"}


class TestRemoving:
    @pytest.fixture(autouse=True)
    def built(self, shop: Path, index: Path, build: Build) -> None:
        build(shop, index)

    def test_products_missing_from_the_file_are_removed_and_counted(
        self, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        edit(shop, lambda rows: rows.pop())  # 1 of 6 is under 20 %
        again = build(shop, index)
        assert (again.removed, again.products, again.embedded) == (1, 5, 0)
        assert ("p5", "images/5.png") not in vectors(index)

    def test_a_removed_product_that_returns_is_not_embedded_again(
        self, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        kept: list[dict[str, str]] = []
        edit(shop, lambda rows: kept.append(rows.pop()))
        build(shop, index)
        edit(shop, lambda rows: rows.extend(kept))
        again = build(shop, index)
        assert (again.products, again.embedded) == (6, 0)

    def test_a_file_that_would_remove_over_20_percent_is_refused_and_changes_nothing(
        self, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        before = vectors(index)
        edit(shop, lambda rows: (rows.pop(), rows.pop(), rows[0].update(title="Other")))
        with pytest.raises(ShrinkRefused, match=r"remove 2 of 6 products.*--allow-shrink"):
            build(shop, index)
        assert live(index).version == 1
        assert set(vectors(index)) == set(before)
        engine = SearchEngine.open(index)
        assert engine.similar(product_id="p0", k=1).results[0].product.title == "Product 0"
        engine.close()

    def test_allow_shrink_lets_it(self, shop: Path, index: Path, build: Build, edit: Edit) -> None:
        edit(shop, lambda rows: (rows.pop(), rows.pop()))
        again = build(shop, index, allow_shrink=True)
        assert (again.removed, again.products, again.version) == (2, 4, 2)


class TestFailedBuild:
    def test_strict_refuses_a_rejected_image_and_the_earlier_version_answers_as_before(
        self, shop: Path, index: Path, build: Build
    ) -> None:
        build(shop, index)
        (shop.parent / "images/2.png").write_bytes(b"")
        with pytest.raises(RejectsRefused, match="1 row or image was rejected"):
            build(shop, index, strict=True)
        assert live(index).version == 1
        assert set(vectors(index)) == {(f"p{n}", f"images/{n}.png") for n in range(6)}

    def test_strict_refuses_a_rejected_row_before_anything_changes(
        self, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        build(shop, index)
        edit(shop, lambda rows: (rows[0].update(title="Other"), rows[1].update(price="cheap")))
        with pytest.raises(RejectsRefused):
            build(shop, index, strict=True)
        engine = SearchEngine.open(index)
        assert engine.similar(product_id="p0", k=1).results[0].product.title == "Product 0"
        engine.close()

    def test_a_file_that_names_only_missing_images_leaves_the_live_version_answering(
        self, shop: Path, index: Path, build: Build, edit: Edit
    ) -> None:
        build(shop, index)

        def misname(rows: list[dict[str, str]]) -> None:
            for row in rows:
                row["image"] = row["image"].replace("images/", "imges/")

        edit(shop, misname)
        with pytest.raises(Exception, match="no usable image, so nothing was published"):
            build(shop, index)
        assert best(index, shop.parent / "images/3.png")[0] == "p3"
        edit(
            shop,
            lambda rows: [
                row.update(image=row["image"].replace("imges", "images")) for row in rows
            ],
        )
        mended = build(shop, index)
        assert (mended.images, mended.embedded, mended.rejected) == (6, 0, 0)
        assert set(vectors(index)) == {(f"p{n}", f"images/{n}.png") for n in range(6)}


class TestModels:
    def test_going_to_another_model_and_back_embeds_nothing_the_second_time(
        self, shop: Path, index: Path, build: Build, tiny_model: str
    ) -> None:
        assert build(shop, index).embedded == 6
        other = build(shop, index, model=tiny_model)
        assert (other.embedded, other.version) == (6, 2)
        assert live(index).spec == tiny_model
        back = build(shop, index, model="efficientnet_lite0")
        assert (back.embedded, back.version) == (0, 3)

    def test_without_a_model_the_live_version_keeps_its_own(
        self, shop: Path, index: Path, build: Build, tiny_model: str, edit: Edit
    ) -> None:
        build(shop, index, model=tiny_model)
        edit(shop, lambda rows: rows.pop())
        assert build(shop, index).version == 2
        assert live(index).spec == tiny_model


class TestHead:
    """The vectors are whitened where there are enough images to tell how features vary."""

    @pytest.fixture(autouse=True)
    def enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("indexer.tuning.choosing.ENOUGH_IMAGES", 40)

    @pytest.mark.parametrize(("count", "head", "dim"), [(39, "plain", 1280), (40, "whitened", 256)])
    def test_is_whitened_from_enough_images_on(
        self,
        tmp_path: Path,
        index: Path,
        build: Build,
        make_shop: Callable[..., Path],
        count: int,
        head: str,
        dim: int,
    ) -> None:
        build(make_shop(tmp_path / "shop", count), index)
        assert live(index).head_kind == head
        assert {len(row) for row in vectors(index).values()} == {dim}
        product, score = best(index, tmp_path / "shop/images/7.png")
        assert product == "p7"
        assert score >= 0.999

    def test_the_number_of_images_is_1024_as_shipped(self) -> None:
        from search.embedding.head import ENOUGH_IMAGES

        assert ENOUGH_IMAGES == 1_024


@pytest.fixture(scope="module")
def groceries(
    tmp_path_factory: pytest.TempPathFactory, networks: Path, build: Build
) -> Iterator[SearchEngine]:
    """The index of 2,640 shop photos."""
    index = tmp_path_factory.mktemp("grocery") / "index"
    shutil.copytree(networks, index / "cache")
    report = build(GROCERY / "listings.csv", index)
    assert (report.images, report.rejected) == (2_640, 0)
    engine = SearchEngine.open(index)
    yield engine
    engine.close()


@pytest.mark.skipif(not GROCERY.is_dir(), reason=f"there is no data set in {GROCERY}")
def test_customers_photos_of_groceries_find_the_right_product_and_category(
    groceries: SearchEngine,
) -> None:
    titles = {row["product_id"]: row["title"] for row in grocery_rows("products.csv")}
    queries = grocery_rows("queries.csv")
    assert len(queries) == 296
    right_title = right_category = 0
    for query in queries:
        answer = groceries.similar(GROCERY / query["image"], k=1)
        right_title += answer.results[0].product.title == titles[query["product_id"]]
        coarse = answer.categories[0].path.split(" > ")[:2]
        right_category += coarse == query["category"].split(" > ")
    assert right_title / len(queries) >= 0.55
    assert right_category / len(queries) >= 0.75


def grocery_rows(name: str) -> list[dict[str, str]]:
    with (GROCERY / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
