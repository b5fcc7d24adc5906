"""One product is stored, replaced and deleted whole, and those who serve it learn what changed."""

from dataclasses import replace

import numpy as np
import pytest

from search.arrays import Floats, Ids
from search.catalog.catalog import Catalog
from search.catalog.changes import ImageChanges, read_changes, searchable_ids
from search.catalog.features import FeatureStore
from search.catalog.products import delete_product, read_product, upsert_product
from search.catalog.records import ProductRow, ReadImage
from search.errors import ProductNotFound

ROW = ProductRow(0, "p1", ("a.jpg", "b.jpg"), title="Cup", price=3.5, attributes={"color": "red"})
SIZE = (40, 30)
DIM = 4


def image(source: str, content: str = "") -> ReadImage:
    return ReadImage(source, (content or source).ljust(64, "0"), SIZE)


A, B, C = image("a.jpg"), image("b.jpg"), image("c.jpg")


@pytest.fixture
def store(catalog: Catalog) -> FeatureStore:
    made = FeatureStore(catalog.engine, "backbone", DIM)
    made.put([one.sha256 for one in (A, B, C)], np.eye(3, DIM, dtype=np.float32))
    return made


def changes(catalog: Catalog, seen: int, version: int = 0) -> ImageChanges:
    def doubled(features: Floats) -> Floats:
        return np.asarray(2 * features, np.float32)

    return read_changes(catalog.engine, "backbone", DIM, doubled, version=version, seen=seen)


def ids(*values: int) -> Ids:
    return np.array(values, np.int64)


def test_what_is_stored_is_read_back(catalog: Catalog) -> None:
    upsert_product(catalog.engine, ROW, [A, B])
    found = read_product(catalog.engine, "p1")
    assert (found.product.title, found.product.price) == ("Cup", 3.5)
    assert found.product.attributes == {"color": "red"}
    assert [(one.source, one.status, one.width) for one in found.images] == [
        ("a.jpg", "ok", 40),
        ("b.jpg", "ok", 40),
    ]
    assert found.revision == catalog.revision() == 1


def test_a_replaced_product_keeps_the_ids_of_images_that_stay(catalog: Catalog) -> None:
    upsert_product(catalog.engine, ROW, [A, B])
    before = {one.source: one.image_id for one in read_product(catalog.engine, "p1").images}
    upsert_product(catalog.engine, replace(ROW, title="Mug"), [C, B])
    found = read_product(catalog.engine, "p1")
    assert (found.product.title, found.revision) == ("Mug", 2)
    assert [one.source for one in found.images] == ["c.jpg", "b.jpg"]
    assert found.images[1].image_id == before["b.jpg"]
    assert found.images[0].image_id not in before.values()


def test_without_pictures_only_the_columns_change(catalog: Catalog, store: FeatureStore) -> None:
    upsert_product(catalog.engine, ROW, [A, B])
    upsert_product(catalog.engine, replace(ROW, price=9.0), None)
    assert [one.source for one in read_product(catalog.engine, "p1").images] == ["a.jpg", "b.jpg"]
    found = changes(catalog, seen=1, version=1)
    assert (found.revision, len(found.ids), len(found.hidden)) == (2, 0, 0)


def test_a_deleted_product_is_not_there(catalog: Catalog) -> None:
    upsert_product(catalog.engine, ROW, [A])
    delete_product(catalog.engine, "p1")
    for ask in (read_product, delete_product):
        with pytest.raises(ProductNotFound, match="'p1'"):
            ask(catalog.engine, "p1")
    assert not len(searchable_ids(catalog.engine))


def test_a_product_can_come_back(catalog: Catalog, store: FeatureStore) -> None:
    upsert_product(catalog.engine, ROW, [A])
    delete_product(catalog.engine, "p1")
    upsert_product(catalog.engine, ROW, [A])
    assert read_product(catalog.engine, "p1").revision == 3
    assert (
        changes(catalog, seen=2, version=1).ids.tolist() == searchable_ids(catalog.engine).tolist()
    )


def test_new_images_come_with_their_vectors(catalog: Catalog, store: FeatureStore) -> None:
    upsert_product(catalog.engine, ROW, [A, B])
    found = changes(catalog, seen=0)
    assert (found.revision, len(found.hidden)) == (1, 0)
    order = np.argsort(found.ids)
    assert np.array_equal(found.vectors[order], 2 * np.eye(2, DIM))


def test_images_that_went_are_hidden(catalog: Catalog, store: FeatureStore) -> None:
    upsert_product(catalog.engine, ROW, [A, B])
    first = {one.source: one.image_id for one in read_product(catalog.engine, "p1").images}
    upsert_product(catalog.engine, ROW, [B, C])
    found = changes(catalog, seen=1, version=1)
    assert found.hidden.tolist() == [first["a.jpg"]]
    assert len(found.ids) == 1, "b.jpg stayed as it was"
    delete_product(catalog.engine, "p1")
    assert set(changes(catalog, seen=2, version=1).hidden) >= {first["b.jpg"]}


def test_an_image_with_other_content_gets_its_new_vector(
    catalog: Catalog, store: FeatureStore
) -> None:
    upsert_product(catalog.engine, ROW, [A])
    upsert_product(catalog.engine, ROW, [image("a.jpg", "c.jpg")])
    found = changes(catalog, seen=1, version=1)
    assert np.array_equal(found.vectors, 2 * np.eye(3, DIM)[2:])


def test_without_features_of_the_backbone_nothing_is_said_of_an_image(
    catalog: Catalog, store: FeatureStore
) -> None:
    upsert_product(catalog.engine, ROW, [image("x.jpg")])
    found = changes(catalog, seen=0)
    assert (found.revision, len(found.ids), len(found.hidden)) == (1, 0, 0)


def test_nothing_new_is_nothing_changed(catalog: Catalog, store: FeatureStore) -> None:
    upsert_product(catalog.engine, ROW, [A])
    found = changes(catalog, seen=1)
    assert (found.revision, found.vectors.shape) == (1, (0, DIM))


def test_one_product_does_not_touch_another(catalog: Catalog, store: FeatureStore) -> None:
    upsert_product(catalog.engine, ROW, [A])
    upsert_product(catalog.engine, replace(ROW, product_id="p2"), [A])
    delete_product(catalog.engine, "p1")
    found = read_product(catalog.engine, "p2")
    assert searchable_ids(catalog.engine).tolist() == ids(found.images[0].image_id).tolist()
