"""The catalog gives and takes records: what is usable, what must be read, what changed."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, update

from search.catalog import tables
from search.catalog.catalog import Catalog
from search.catalog.features import FeatureStore
from search.catalog.records import ImageRef, Product, ProductRow, Reading, Reject, VersionRecord
from search.catalog.syncing import sync
from search.colours import Colour
from search.errors import ProductNotFound

ONE, TWO = "1" * 64, "2" * 64


def put(catalog: Catalog, *rows: ProductRow) -> None:
    def fail(reject: Reject) -> None:
        raise AssertionError(reject)

    sync(catalog.engine, rows, fail, allow_shrink=True)


def a_product(name: str, *sources: str, **values: Any) -> ProductRow:
    return ProductRow(2, name, sources or (f"{name}.jpg",), **values)


def to_read(catalog: Catalog, chunk: int = 100) -> list[ImageRef]:
    return [ref for refs in catalog.images_to_read("backbone", chunk) for ref in refs]


def read_all(catalog: Catalog) -> None:
    catalog.record(Reading(ref.image_id, ONE, (8, 9)) for ref in to_read(catalog))


def test_a_new_image_is_pending_until_it_was_read(catalog: Catalog) -> None:
    put(catalog, a_product("p1", "a.jpg", "b.jpg"))
    assert to_read(catalog) == [ImageRef(1, "p1", "a.jpg", 1), ImageRef(2, "p1", "b.jpg", 1)]
    assert catalog.counts() == (0, 0)
    assert catalog.count_images() == 2
    catalog.record([Reading(1, ONE, (8, 9)), Reading(2, reason="broken")])
    assert catalog.counts() == (1, 1)
    assert catalog.rejected_images(["p1", "p2"]) == {("p1", "b.jpg"): "broken"}


def test_a_product_comes_back_as_it_was_given(catalog: Catalog) -> None:
    attributes: dict[str, str | int | float | bool] = {
        "colour": "röd", "size": 42, "weight": 1.5, "vegan": True,
    }  # fmt: skip
    values: dict[str, Any] = {
        "title": "Mug", "description": "A mug", "category": "Home > Mugs", "brand": "Ember",
        "price": 3.2, "currency": "EUR", "in_stock": False, "url": "https://shop.example/mug",
        "attributes": attributes,
    }  # fmt: skip
    put(catalog, a_product("p1", **values), a_product("p2"))
    read_all(catalog)
    [image] = catalog.images_of("p1")
    assert image.product == Product("p1", **values)
    assert (image.source, image.size) == ("p1.jpg", (8, 9))
    [bare] = catalog.images_of("p2")
    assert bare.product == Product("p2", "", "", "", "", None, "", None, "", {})


def test_only_a_changed_reading_makes_a_revision(catalog: Catalog) -> None:
    put(catalog, a_product("p1"), a_product("p2"))
    readings = [Reading(1, ONE, (8, 9)), Reading(2, reason="broken")]
    catalog.record(iter(readings))
    revision = catalog.revision()
    assert revision == 2
    catalog.record(readings)
    catalog.record([])
    assert catalog.revision() == revision
    for changed in (Reading(1, TWO, (8, 9)), Reading(1, TWO, (9, 9)), Reading(1, reason="gone")):
        catalog.record([changed])
        revision += 1
        assert catalog.revision() == revision


def test_the_size_and_time_of_a_file_are_kept_without_a_revision(catalog: Catalog) -> None:
    put(catalog, a_product("p1"))
    catalog.record([Reading(1, ONE, (8, 9), bytes=10, mtime_ns=11)])
    revision = catalog.revision()
    catalog.record([Reading(1, ONE, bytes=10, mtime_ns=12)])
    assert to_read(catalog) == [ImageRef(1, "p1", "p1.jpg", revision, ONE, 10, 12)]
    assert catalog.images([1])[1].size == (8, 9)
    assert catalog.revision() == revision


def test_a_reading_from_before_a_live_change_is_ignored(catalog: Catalog) -> None:
    put(catalog, a_product("p1"))
    [ref] = to_read(catalog)
    catalog.record([Reading(1, TWO, (8, 9))])  # somebody else was faster
    catalog.record([Reading(1, ONE, (5, 5), revision=ref.revision)])
    assert catalog.images([1])[1].sha256 == TWO


def test_only_what_can_be_searched_makes_a_revision_of_the_images(catalog: Catalog) -> None:
    put(catalog, a_product("p1"), a_product("p2"))
    assert catalog.images_revision() == 0, "no image can be searched yet"
    read_all(catalog)
    assert catalog.images_revision() == catalog.revision() == 2
    put(catalog, a_product("p1", title="New"), a_product("p2"))
    assert (catalog.revision(), catalog.images_revision()) == (3, 2)
    catalog.record([Reading(2, reason="no answer")])
    catalog.record([Reading(2, reason="not found")])
    assert (catalog.revision(), catalog.images_revision()) == (5, 4)
    put(catalog, a_product("p1", title="New"))
    assert catalog.images_revision() == 6


def test_what_the_newest_version_does_not_hold_is_forgotten_and_what_is_newer_is_not(
    catalog: Catalog,
) -> None:
    put(catalog, a_product("p1", "a.jpg", "b.jpg", "c.jpg"))
    read_all(catalog)
    catalog.record([Reading(1, reason="broken")])
    put(catalog, a_product("p1", "a.jpg", "c.jpg"))
    published = catalog.revision()
    catalog.record([Reading(3, reason="broken too")])
    catalog.add_version(VersionRecord(1, datetime.now(UTC), "m", "b", "h", 1, 1, published))
    catalog.forget_gone()
    assert catalog.images([1, 2, 3]).keys() == {3}
    assert [ref.image_id for ref in to_read(catalog)] == [1, 3]


def test_a_reading_of_an_image_that_is_gone_is_ignored(catalog: Catalog) -> None:
    put(catalog, a_product("p1"))
    catalog.record([Reading(77, ONE, (8, 9))])
    assert catalog.revision() == 1


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_images_to_read_come_once_and_in_order_of_id(catalog: Catalog, chunk: int) -> None:
    put(catalog, *(a_product(f"p{number}", "a.jpg", "b.jpg") for number in range(3)))
    chunks = list(catalog.images_to_read("backbone", chunk))
    assert all(len(refs) <= chunk for refs in chunks)
    assert [ref.image_id for refs in chunks for ref in refs] == [1, 2, 3, 4, 5, 6]


def test_an_image_behind_a_url_is_fetched_once_and_files_are_always_looked_at(
    catalog: Catalog,
) -> None:
    urls = ["http://shop.example/a.jpg", "HTTPS://shop.example/b.jpg"]
    files = ["a.jpg", "httpdocs/c:d.jpg", "http/b.jpg"]
    put(catalog, a_product("p1", *urls, *files))
    read_all(catalog)
    assert len(to_read(catalog)) == 5
    store = FeatureStore(catalog.engine, "backbone", 2)
    store.put([ONE], np.ones((1, 2), np.float32))
    assert len(to_read(catalog)) == 5, "their colours are not known yet"
    store.put([], np.empty((0, 2), np.float32), {ONE: [Colour("red", "#ff0000", 1.0)]})
    assert [ref.source for ref in to_read(catalog)] == files
    other = [ref for refs in catalog.images_to_read("other backbone", 9) for ref in refs]
    assert len(other) == 5


def test_an_image_that_became_unreadable_still_belongs_to_the_live_version(
    catalog: Catalog,
) -> None:
    put(catalog, a_product("p1"))
    read_all(catalog)
    catalog.record([Reading(1, reason="gone from the disk")])
    assert catalog.images([1])[1].size == (8, 9)
    assert catalog.counts() == (0, 0)


def test_a_url_that_failed_is_tried_again(catalog: Catalog) -> None:
    put(catalog, a_product("p1", "http://shop.example/a.jpg"))
    catalog.record([Reading(1, reason="no answer")])
    assert [ref.image_id for ref in to_read(catalog)] == [1]


def test_images_come_by_id_with_unusable_and_unknown_ones_left_out(catalog: Catalog) -> None:
    put(catalog, a_product("p1", "a.jpg", "b.jpg"), a_product("p2"))
    catalog.record([Reading(1, ONE, (8, 9)), Reading(2, reason="broken"), Reading(3, TWO, (7, 8))])
    found = catalog.images([3, 2, 1, 99])
    assert {number: image.product.product_id for number, image in found.items()} == {
        1: "p1", 3: "p2",
    }  # fmt: skip
    assert catalog.images([]) == {}


def test_a_deleted_product_is_not_found_any_more(catalog: Catalog) -> None:
    put(catalog, a_product("p1"), a_product("p2"))
    read_all(catalog)
    put(catalog, a_product("p2"))
    assert catalog.images([1, 2]).keys() == {2}
    with pytest.raises(ProductNotFound, match="no product 'p1'"):
        catalog.images_of("p1")


def test_a_tombstone_alone_hides_a_products_images(catalog: Catalog) -> None:
    """Live deletes mark the product; its images may still be there."""
    put(catalog, a_product("p1"))
    read_all(catalog)
    with catalog.engine.begin() as connection:
        connection.execute(update(tables.products).values(deleted=True))
    assert catalog.images([1]) == {}


def test_images_of_come_in_the_files_order(catalog: Catalog) -> None:
    put(catalog, a_product("p1", "a.jpg", "b.jpg", "c.jpg"))
    read_all(catalog)
    put(catalog, a_product("p1", "c.jpg", "a.jpg", "b.jpg"))
    assert [image.source for image in catalog.images_of("p1")] == ["c.jpg", "a.jpg", "b.jpg"]


def test_a_product_without_a_usable_image_is_known_but_has_none(catalog: Catalog) -> None:
    put(catalog, a_product("p1"))
    assert catalog.images_of("p1") == []
    with pytest.raises(ProductNotFound, match="no product with a usable image"):
        catalog.any_product()
    read_all(catalog)
    assert catalog.any_product() == "p1"


def test_more_images_than_one_statement_may_name_are_found(catalog: Catalog) -> None:
    count = 12_345
    put(catalog, a_product("p1"))
    picture = {
        "product_id": "p1", "position": 0, "sha256": ONE, "width": 8, "height": 9,
        "status": "ok", "reason": "",
    }  # fmt: skip
    rows = [{**picture, "source": f"{number}.jpg"} for number in range(count)]
    with catalog.engine.begin() as connection:
        connection.execute(insert(tables.images), rows)
    wanted = np.arange(2, count + 2)
    found = catalog.images(wanted.tolist())
    assert found.keys() == set(wanted.tolist())
    assert found[count + 1].source == f"{count - 1}.jpg"


def test_versions_are_noted(catalog: Catalog) -> None:
    assert catalog.last_version() == 0
    for number in (1, 7):
        catalog.add_version(VersionRecord(number, datetime.now(UTC), "m", "b", "h", 1, 2, 3))
    assert catalog.last_version() == 7


def test_another_process_may_read_while_one_writes(catalog: Catalog) -> None:
    put(catalog, a_product("p1"))
    with closing(Catalog.open(str(catalog.engine.url))) as reader:
        with catalog.engine.begin() as connection:
            connection.execute(update(tables.products).values(title="New", revision=9))
            assert reader.revision() == 1
        assert reader.revision() == 9
