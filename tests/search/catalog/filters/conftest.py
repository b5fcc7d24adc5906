"""Small catalogs of products that differ in everything a filter can ask about."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, update

from search.catalog.catalog import Catalog
from search.catalog.database import writing
from search.catalog.tables import images, products

Facts = dict[str, Any]
"""A product's columns, without its id, and ``widths``: of each of its images, None when hidden."""

VALUES: list[str | int | float | bool] = [
    *("3", "3.0", "0.35", "-1.5", ".5", "007", "1e1", "3-5", "abc", "Abc", "true", "True", "", "+"),
    *(3, 3.0, 0.35, -1.5, 2**60 + 1, 1e20, 1e-7, 0, 1, True, False),
]
NAMES = ["pieces", "größe", 'a "b"', "a.b[0]", "$", "back\\slash"]
CATEGORIES = ["", "Fruit", "Fruit > Apple", "Fruit > Apples", "fruit > apple", "Fruit > Apple > 5%"]

FACTS: st.SearchStrategy[Facts] = st.fixed_dictionaries(
    {
        "brand": st.sampled_from(["", "acme", "Acme", "3"]),
        "category": st.sampled_from(CATEGORIES),
        "price": st.sampled_from([None, 0.0, 3.0, 9.99]),
        "in_stock": st.sampled_from([None, True, False]),
        "attributes": st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES)),
        "deleted": st.sampled_from([False, False, False, True]),
        "widths": st.lists(st.sampled_from([None, 9, 9]), max_size=3),
    }
)

Store = Callable[[Catalog, dict[str, Facts], int], None]


@pytest.fixture(scope="session")
def store() -> Store:
    """``store(catalog, facts by product id, revision)`` adds the products or replaces them."""

    def put(catalog: Catalog, given: dict[str, Facts], revision: int) -> None:
        with writing(catalog.engine) as connection:
            for product_id, facts in given.items():
                _put(connection, product_id, facts, revision)

    return put


def _put(connection: Connection, product_id: str, facts: Facts, revision: int) -> None:
    texts = dict.fromkeys(("title", "description", "currency", "url"), "")
    row = {"product_id": product_id, "revision": revision, **texts, **facts}
    widths = row.pop("widths")
    own = products.c.product_id == product_id
    if connection.execute(update(products).where(own).values(row)).rowcount == 0:
        connection.execute(insert(products).values(row))
    connection.execute(update(images).where(images.c.product_id == product_id).values(width=None))
    for position, width in enumerate(widths):
        source = f"{revision}-{position}"
        connection.execute(
            insert(images).values(
                product_id=product_id,
                position=position,
                source=source,
                width=width,
                status="ok",
                reason="",
            )
        )


def searchable(given: Iterable[Facts]) -> list[Facts]:
    """Those with an image that is not hidden, and not deleted."""
    return [facts for facts in given if any(facts["widths"]) and not facts["deleted"]]
