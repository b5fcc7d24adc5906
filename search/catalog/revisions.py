"""The catalog's change counter: every change of a product carries a number that only grows."""

from sqlalchemy import Connection, func, select

from search.catalog.tables import products


def current_revision(connection: Connection) -> int:
    """The newest change, tombstones included; 0 when there has been none."""
    return connection.scalar(select(func.max(products.c.revision))) or 0


def next_revision(connection: Connection) -> int:
    """The number for the changes of the transaction that ``connection`` is in."""
    return current_revision(connection) + 1
