"""``color`` is the catalog's own column where there is one, else what its pictures show."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, select, update

from search.catalog.catalog import Catalog
from search.catalog.colours import store_colours
from search.catalog.database import writing
from search.catalog.filters.expressions import Field, OneOf
from search.catalog.filters.facets import Facet, FacetValue
from search.catalog.filters.grammar import parse
from search.catalog.filters.selection import Selection
from search.catalog.filters.sql import condition
from search.catalog.tables import images
from search.colours import Colour
from search.colours.names import NAMES
from search.errors import BadFilter, BadParameter
from tests.search.catalog.filters.conftest import Facts, Store

NewCatalog = Callable[[], Catalog]
Shares = dict[str, float]
Pictures = list[Shares]
"""What each picture of a product shows."""

SOME: Pictures = [{"red": 0.5, "blue": 0.2, "black": 0.19}, {"green": 1.0}]
PLAIN: Facts = {"brand": "", "category": "", "price": None, "in_stock": None, "deleted": False}


@dataclass
class Shop:
    """A catalog whose pictures were measured, each with a content of its own."""

    catalog: Catalog
    store: Store
    revision: int = 0

    def put(self, given: dict[str, Pictures], **attributes: str) -> None:
        """Add products or replace them."""
        self.revision = self.catalog.revision() + 1
        rows = {
            name: {**PLAIN, "attributes": attributes, "widths": [9] * len(pictures)}
            for name, pictures in given.items()
        }
        self.store(self.catalog, rows, self.revision)
        shown = images.c.width.is_not(None)
        found = {}
        with writing(self.catalog.engine) as connection:
            for name, pictures in given.items():
                own = (images.c.product_id == name) & shown
                query = select(images.c.image_id).where(own).order_by(images.c.position)
                for image_id, shares in zip(connection.scalars(query), pictures, strict=True):
                    digest = f"{image_id:064}"
                    this = images.c.image_id == image_id
                    connection.execute(update(images).where(this).values(sha256=digest))
                    found[digest] = [Colour(one, "#123456", share) for one, share in shares.items()]
            store_colours(connection, found)

    def passing(self, selection: Selection, *filters: str) -> list[str]:
        """Which products pass."""
        ids = selection.allowed(parse(filters), self.catalog.revision()).ids
        with self.catalog.engine.connect() as connection:
            query = select(images.c.product_id).where(images.c.image_id.in_(map(int, ids)))
            return sorted(set(connection.scalars(query)))

    def counts(self, selection: Selection, *filters: str) -> Facet:
        """The facet of the colours."""
        return selection.facets(parse(filters), ["color"], self.catalog.revision())["color"]


@pytest.fixture
def shop(catalog: Catalog, store: Store) -> Shop:
    return Shop(catalog, store)


def test_a_product_has_the_colours_that_are_a_fifth_of_any_of_its_pictures(shop: Shop) -> None:
    shop.put({"p1": SOME, "p2": [{"blue": 1.0}]})
    selection = Selection(shop.catalog.engine)
    expected = {"red": ["p1"], "blue": ["p1", "p2"], "black": [], "green": ["p1"], "pink": []}
    assert {name: shop.passing(selection, f"color:{name}") for name in expected} == expected
    assert shop.passing(selection, "color:red,blue") == ["p1", "p2"]
    assert shop.passing(selection, "color:red", "color:blue") == ["p1"]
    assert shop.passing(selection, "-color:red") == ["p2"]


def test_a_product_counts_once_for_each_of_its_colours(shop: Shop) -> None:
    shop.put({"p1": [*SOME, {"red": 0.9}], "p2": [{"blue": 1.0}], "p3": []})
    selection = Selection(shop.catalog.engine)
    values = FacetValue("blue", 2), FacetValue("green", 1), FacetValue("red", 1)
    assert shop.counts(selection) == Facet(values, 3)
    assert shop.counts(selection, "color:green").values == (
        *(FacetValue(name, 1) for name in ("blue", "green", "red")),
    )


def test_the_own_column_of_a_catalog_wins(shop: Shop) -> None:
    shop.put({"p1": [{"red": 1.0}]}, color="crimson")
    shop.put({"p2": [{"red": 1.0}]}, other="x")
    selection = Selection(shop.catalog.engine)
    assert shop.passing(selection, "color:crimson") == ["p1"]
    assert shop.passing(selection, "color:red") == []
    assert shop.counts(selection).values == (FacetValue("crimson", 1),)


def test_an_own_column_that_comes_or_goes_is_noticed(shop: Shop) -> None:
    shop.put({"p1": [{"red": 1.0}]})
    selection = Selection(shop.catalog.engine)
    assert shop.passing(selection, "color:red") == ["p1"]
    shop.put({"p2": [{"green": 1.0}]}, color="red")
    assert shop.passing(selection, "color:red") == ["p2"]
    assert shop.counts(selection).values == (FacetValue("red", 1),)
    shop.put({"p2": [{"green": 1.0}]})
    assert shop.passing(selection, "color:red") == ["p1"]
    assert shop.counts(selection).values == (FacetValue("green", 1), FacetValue("red", 1))


def test_pictures_that_are_measured_later_are_noticed(shop: Shop) -> None:
    shop.put({"p1": [{"red": 1.0}], "p2": [{}]})
    selection = Selection(shop.catalog.engine)
    assert shop.passing(selection, "color:green") == []
    with writing(shop.catalog.engine) as connection:
        connection.execute(update(images).where(images.c.product_id == "p2").values(sha256="new"))
        store_colours(connection, {"new": [Colour("green", "#00ff00", 1.0)]})
    assert shop.passing(selection, "color:green") == ["p2"]
    assert shop.counts(selection).values == (FacetValue("green", 1), FacetValue("red", 1))


@pytest.mark.parametrize(
    ("text", "position"), [("color:crimson", 6), ("- color : red, Red", 15), ("color:1..3", 6)]
)
def test_an_unknown_colour_is_refused_with_those_there_are(
    shop: Shop, text: str, position: int
) -> None:
    shop.put({"p1": SOME})
    with pytest.raises(BadFilter, match=r"black, grey.*pink") as refused:
        shop.passing(Selection(shop.catalog.engine), text)
    assert (refused.value.text, refused.value.position) == (text, position)


def test_where_nothing_was_measured_there_is_no_colour(shop: Shop) -> None:
    shop.put({}, size="3")
    selection = Selection(shop.catalog.engine)
    with pytest.raises(BadFilter, match="the name of a column or attribute"):
        shop.passing(selection, "color:red")
    with pytest.raises(BadParameter, match="There is no 'color'"):
        shop.counts(selection)
    shop.put({"p1": SOME}, size="3")
    with pytest.raises(BadFilter, match="size, color"):
        shop.passing(selection, "colour:red")


PICTURES = st.lists(
    st.dictionaries(st.sampled_from(NAMES[:4]), st.sampled_from([0.1, 0.2, 0.9])), max_size=3
)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    changes=st.lists(
        st.dictionaries(st.sampled_from(["p1", "p2", "p3"]), PICTURES, max_size=3), max_size=3
    )
)
def test_what_is_brought_up_to_date_equals_what_is_true(
    new_catalog: NewCatalog, store: Store, changes: list[dict[str, Pictures]]
) -> None:
    with closing(new_catalog()) as catalog:
        shop = Shop(catalog, store)
        shop.put({"p0": SOME})
        selection, there = Selection(catalog.engine), {"p0": SOME}
        for change in ({}, *changes):
            shop.put(change)
            there |= change
            colours = {
                name: {one for shares in pictures for one, share in shares.items() if share >= 0.2}
                for name, pictures in there.items()
            }
            for name in NAMES[:5]:
                expected = sorted(one for one, has in colours.items() if name in has)
                assert shop.passing(selection, f"color:{name}") == expected
            counted = {one.value: one.count for one in shop.counts(selection).values}
            assert counted == Counter(name for has in colours.values() for name in has)


@pytest.mark.parametrize("driver", ["sqlite://", "postgresql://"])
def test_it_is_a_condition_in_both_databases(driver: str) -> None:
    wanted = OneOf(Field("color", is_measured=True), ("red", "blue"))
    dialect = make_url(driver).get_dialect()()
    statement = str(condition(wanted).compile(dialect=dialect))
    assert statement.count("colours.found") == 2
    assert "red" not in statement
