"""Parsed rows → temporary tables: one product for each id, each image once."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from search.catalog.bulk import insert_rows
from search.catalog.records import ProductRow, Reject
from search.catalog.syncing.pairs import pairs
from search.catalog.syncing.temporary import VALUES, kept_products, staged_images, staged_products
from search.catalog.tables import images, products


def restage(connection: Connection, ids: set[str]) -> None:
    """Stage what the catalog has of those products that were kept, as their rows would have been.

    Further rows of these products have come.
    """
    kept = kept_products.c.product_id
    named = select(pairs(connection, dict.fromkeys(ids, 0)).c.key)
    again = connection.scalars(select(kept).where(kept.in_(named))).all()
    if not again:
        return
    values = (*VALUES, "row_digest")
    known = (
        select(kept, kept_products.c.row, *(products.c[name] for name in values))
        .join(products, products.c.product_id == kept)
        .where(kept.in_(again))
    )
    connection.execute(insert(staged_products).from_select(["product_id", "row", *values], known))
    names = ["product_id", "source", "position", "image_id"]
    pictures = select(*(images.c[name] for name in names)).where(
        images.c.product_id.in_(again), images.c.status != "gone"
    )
    names = ["product_id", "source", "position", "number"]
    connection.execute(insert(staged_images).from_select(names, pictures))
    connection.execute(delete(kept_products).where(kept.in_(again)))


class StagedRows:
    """Rows of the products ``ids`` on their way in, checked against what is there."""

    def __init__(self, connection: Connection, ids: set[str], numbers: Iterator[int]) -> None:
        self._connection = connection
        self._numbers = numbers
        named = select(pairs(connection, dict.fromkeys(ids, 0)).c.key)
        known = select(staged_products).where(staged_products.c.product_id.in_(named))
        self._first: dict[str, Any] = {row.product_id: row for row in connection.execute(known)}
        pictures = select(staged_images.c.product_id, staged_images.c.source).where(
            staged_images.c.product_id.in_(named)
        )
        self._sources = {(product, source) for product, source in connection.execute(pictures)}
        self._repeated: set[str] = set()
        self._new: dict[str, dict[str, Any]] = {}
        self._new_images: list[dict[str, Any]] = []

    def add(self, row: ProductRow, digest: str | None) -> Iterator[Reject]:
        """Queue a row; yields what it repeats or contradicts.

        ``digest`` stands for the row; None when the row does not stand for its product.
        """
        first = self._first.get(row.product_id)
        if first is None:
            self._first[row.product_id] = row
            self._new[row.product_id] = _columns(row, digest)
        else:
            self._repeated.add(row.product_id)
            if _values(first) != _values(row):
                reason = f"row {first.row} has the same product_id with other values"
                yield Reject(row.row, row.product_id, "", reason)
                return
        yield from self._add_images(row)

    def write(self) -> None:
        """Copy what was queued; a product of several rows is left without a digest."""
        insert_rows(self._connection, staged_products, list(self._new.values()))
        insert_rows(self._connection, staged_images, self._new_images)
        if self._repeated:
            self._connection.execute(
                update(staged_products)
                .where(staged_products.c.product_id.in_(self._repeated))
                .values(row_digest=None)
            )

    def _add_images(self, row: ProductRow) -> Iterator[Reject]:
        for position, source in enumerate(row.images):
            if (row.product_id, source) in self._sources:
                reason = "an earlier row has the same product_id and image"
                yield Reject(row.row, row.product_id, source, reason)
                continue
            self._sources.add((row.product_id, source))
            image = {"product_id": row.product_id, "source": source, "position": position}
            self._new_images.append({"number": next(self._numbers), **image})


def _columns(row: ProductRow, digest: str | None) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in VALUES}
    return {"product_id": row.product_id, "row": row.row, "row_digest": digest, **values}


def _values(row: Any) -> tuple[object, ...]:
    """Of a ProductRow or a row of ``staged_products``; as text, 1 and true are two attributes."""
    attributes = json.dumps(row.attributes, sort_keys=True)
    return (*(getattr(row, name) for name in VALUES if name != "attributes"), attributes)
