"""Thousands of values in one parameter."""

from sqlalchemy import select

from search.catalog.catalog import Catalog
from search.catalog.syncing.pairs import pairs


def test_they_come_back_as_rows(catalog: Catalog) -> None:
    values = {"ü": 1, "\U0001f600": 2, 'a "quoted" \\ name': 3} | {
        f"p{n}": n for n in range(40_000)
    }
    with catalog.engine.connect() as connection:
        table = pairs(connection, values)
        found = connection.execute(select(table.c.key, table.c.value)).all()
    assert {row.key: row.value for row in found} == values
