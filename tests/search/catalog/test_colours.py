"""Colours are kept by content, and the products that get some are seen to change."""

import pytest

from search.catalog.catalog import Catalog
from search.catalog.colours import store_colours
from search.catalog.database import writing
from search.catalog.records import ProductRow, Reading
from search.catalog.syncing import sync
from search.colours import Colour

RED, BLUE = Colour("red", "#ff0000", 0.7), Colour("blue", "#0000ff", 0.3)
ONE, TWO = "1" * 64, "2" * 64


@pytest.fixture(autouse=True)
def shop(catalog: Catalog) -> None:
    """p1 has the contents ONE and TWO, p2 has ONE and p3 TWO."""
    sources = {"p1": ("a", "b"), "p2": ("c",), "p3": ("d",)}
    rows = [ProductRow(n, name, given) for n, (name, given) in enumerate(sources.items())]
    sync(catalog.engine, rows, print)
    digests = (ONE, TWO, ONE, TWO)
    catalog.record(Reading(n, digest, (9, 9)) for n, digest in enumerate(digests, start=1))


def store(catalog: Catalog, found: dict[str, list[Colour]]) -> None:
    with writing(catalog.engine) as connection:
        store_colours(connection, found)


def colours(catalog: Catalog, *image_ids: int) -> dict[int, list[Colour]]:
    return {one: list(image.colours) for one, image in catalog.images(image_ids).items()}


def changed_since(catalog: Catalog, revision: int) -> list[str]:
    with catalog.engine.connect() as connection:
        query = f"SELECT product_id FROM products WHERE revision > {revision} ORDER BY 1"  # noqa: S608
        return list(connection.exec_driver_sql(query).scalars())


def test_they_come_back_with_the_largest_share_first(catalog: Catalog) -> None:
    store(catalog, {ONE: [RED, BLUE], TWO: [BLUE]})
    assert colours(catalog, 4, 1, 3) == {4: [BLUE], 1: [RED, BLUE], 3: [RED, BLUE]}


def test_what_was_not_measured_has_none(catalog: Catalog) -> None:
    assert colours(catalog, 1, 77) == {1: []}


def test_products_with_the_picture_get_a_revision_and_no_others(catalog: Catalog) -> None:
    before, images = catalog.revision(), catalog.images_revision()
    store(catalog, {ONE: [RED]})
    assert changed_since(catalog, before) == ["p1", "p2"]
    assert catalog.images_revision() == images, "what is searched is the same"


def test_what_is_there_stays_and_changes_nothing(catalog: Catalog) -> None:
    store(catalog, {ONE: [RED]})
    before = catalog.revision()
    store(catalog, {ONE: [BLUE]})
    store(catalog, {"3" * 64: [BLUE]})
    store(catalog, {})
    assert catalog.revision() == before
    assert colours(catalog, 1) == {1: [RED]}
