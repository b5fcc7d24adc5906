"""The temporary tables in which a connection holds a file, to compare it with the catalog."""

from typing import Any

from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, Text

from search.catalog.records import ProductRow
from search.catalog.tables import products

VALUES = tuple(
    name for name in ProductRow.__dataclass_fields__ if name not in ("row", "product_id", "images")
)
"""The columns of ``products`` that a file gives, without the id."""

temporary = MetaData()


def _table(name: str, *columns: Column[Any]) -> Table:
    own = Column("product_id", String(200), primary_key=True)
    return Table(name, temporary, own, *columns, prefixes=["TEMPORARY"], sqlite_with_rowid=False)


kept_products = _table("kept_products", Column("row", Integer, nullable=False))
"""Products whose one row is as it was: nothing else is held of them."""

staged_products = _table(
    "staged_products",
    Column("row", Integer, nullable=False),
    *(Column(name, products.c[name].type) for name in (*VALUES, "row_digest")),
)
staged_images = _table(
    "staged_images",
    Column("source", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("number", Integer, nullable=False),
)
"""``number`` counts in the order of the file."""

touched_products = _table("touched_products", Column("is_new", Boolean, nullable=False))
"""Staged products that the catalog does not have, or not like that."""

missing_products = _table("missing_products")
"""Products of the catalog that the file does not name."""
