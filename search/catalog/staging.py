"""A file's rows in temporary tables, so that SQL can compare them with the catalog."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, insert, select

from search.catalog.records import ProductRow, Reject
from search.catalog.tables import products

_CHUNK = 2_000
_NOT_IN_FILES = ("revision", "deleted")

_tables = MetaData()
staged_products = Table(
    "staged_products",
    _tables,
    Column("row", Integer, nullable=False),
    *(
        Column(column.name, column.type, primary_key=column.primary_key)
        for column in products.c
        if column.name not in _NOT_IN_FILES
    ),
    prefixes=["TEMPORARY"],
)
staged_images = Table(
    "staged_images",
    _tables,
    Column("number", Integer, nullable=False),
    Column("product_id", String(200), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)
touched_products = Table(
    "touched_products",
    _tables,
    Column("product_id", String(200), primary_key=True),
    prefixes=["TEMPORARY"],
)


def stage(
    connection: Connection, rows: Iterable[ProductRow | Reject], reject: Callable[[Reject], None]
) -> int:
    """Copy the rows into the connection's temporary tables; returns how many were turned away."""
    _tables.create_all(connection, checkfirst=False)
    rejected = number = 0
    for chunk in _chunks(rows):
        staged = _Staged(connection, [row for row in chunk if isinstance(row, ProductRow)], number)
        for row in chunk:
            for refusal in [row] if isinstance(row, Reject) else staged.add(row):
                reject(refusal)
                rejected += 1
        staged.write()
        number = staged.number
    return rejected


class _Staged:
    """One chunk on its way into the temporary tables, checked against what is there."""

    def __init__(self, connection: Connection, rows: list[ProductRow], number: int) -> None:
        self._connection = connection
        self.number = number
        ids = {row.product_id for row in rows}
        found = connection.execute(
            select(
                staged_products.c.product_id, staged_products.c.row_digest, staged_products.c.row
            ).where(staged_products.c.product_id.in_(ids))
        )
        self._digests = {product: (digest, row) for product, digest, row in found}
        pictures = connection.execute(
            select(staged_images.c.product_id, staged_images.c.source).where(
                staged_images.c.product_id.in_(ids)
            )
        )
        self._sources = {(product, source) for product, source in pictures}
        self._new_rows: list[dict[str, Any]] = []
        self._new_pictures: list[dict[str, Any]] = []

    def add(self, row: ProductRow) -> Iterator[Reject]:
        """Queue a row; yields what it repeats or contradicts."""
        values = _values(row)
        digest, first = self._digests.setdefault(row.product_id, (values["row_digest"], row.row))
        if digest != values["row_digest"]:
            reason = f"row {first} has the same product_id with other values"
            yield Reject(row.row, row.product_id, "", reason)
            return
        if first == row.row:
            self._new_rows.append(values)
        for position, source in enumerate(row.images):
            if (row.product_id, source) in self._sources:
                reason = "an earlier row has the same product_id and image"
                yield Reject(row.row, row.product_id, source, reason)
                continue
            self._sources.add((row.product_id, source))
            self.number += 1
            picture = {"product_id": row.product_id, "source": source, "position": position}
            self._new_pictures.append({"number": self.number, **picture})

    def write(self) -> None:
        if self._new_rows:
            self._connection.execute(insert(staged_products), self._new_rows)
        if self._new_pictures:
            self._connection.execute(insert(staged_images), self._new_pictures)


def _values(row: ProductRow) -> dict[str, Any]:
    values = asdict(row)
    del values["row"], values["images"]
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return {**values, "row_digest": digest, "row": row.row}


def _chunks(rows: Iterable[ProductRow | Reject]) -> Iterator[list[ProductRow | Reject]]:
    todo = iter(rows)
    while chunk := list(islice(todo, _CHUNK)):
        yield chunk
