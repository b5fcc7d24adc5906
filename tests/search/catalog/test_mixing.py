"""The mixed order: everything once, neighbours from far apart, and gaps are no matter."""

from itertools import pairwise

import pytest

from search.catalog.catalog import Catalog
from search.catalog.mixing import Walk
from search.catalog.products import delete_product, upsert_product
from search.catalog.records import ProductRow, ReadImage


def image(source: str) -> ReadImage:
    return ReadImage(source, source.ljust(64, "0"), (40, 30))


@pytest.mark.parametrize("last", [0, 1, 2, 3, 10, 72, 216, 1000, 9973])
def test_every_id_is_met_once(last: int) -> None:
    walk = Walk(last)
    met = [one for place in range(0, walk.count + 7, 7) for one in walk.ids(place, 7)]
    assert sorted(met) == list(range(1, walk.count + 1))
    assert last <= walk.count <= max(1, 2 * last)
    assert [walk.place(one) for one in met] == list(range(walk.count))


@pytest.mark.parametrize("last", [72, 216, 1_000_000])
def test_the_first_ones_are_spread_over_all(last: int) -> None:
    walk = Walk(last)
    first = sorted(walk.ids(0, 24))
    gaps = [after - before for before, after in pairwise(first)]
    assert max(gaps) <= 3 * walk.count / 24
    assert min(gaps) >= walk.count / 24 / 3


def test_pages_have_each_product_once_by_its_first_image_whatever_is_gone(
    catalog: Catalog,
) -> None:
    for number in range(30):
        name = f"p{number:02}"
        pictures = [image(f"{name}-{letter}.jpg") for letter in "abc"]
        upsert_product(catalog.engine, ProductRow(0, name, (), title=name), pictures)
    for number in range(0, 30, 3):
        delete_product(catalog.engine, f"p{number:02}")
    met, place = [], 0
    while place >= 0:
        found, place = catalog.mixed_images(4, place)
        assert len(found) == 4 or place < 0
        met += [one.source for one in found]
    assert sorted(met) == [f"p{number:02}-a.jpg" for number in range(30) if number % 3]
    assert met != sorted(met)


def test_an_empty_catalog_has_an_empty_page(catalog: Catalog) -> None:
    assert catalog.mixed_images(4, 0) == ([], -1)
