"""One product: read, replaced or deleted, each change in a transaction of its own."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from search.catalog.database import writing
from search.catalog.records import (
    Product,
    ProductRow,
    ReadImage,
    StoredImage,
    StoredProduct,
)
from search.catalog.revisions import next_revision
from search.catalog.tables import images, products
from search.errors import ProductNotFound

PRODUCT_COLUMNS = [products.c[name] for name in Product.__dataclass_fields__]
"""In the order of a Product's fields."""


def read_product(engine: Engine, product_id: str) -> StoredProduct:
    """A product with its images in order; raises ProductNotFound."""
    columns = [images.c[name] for name in StoredImage.__dataclass_fields__]
    own = products.c.product_id == product_id
    with engine.connect() as connection:
        found = connection.execute(
            select(products.c.revision, *PRODUCT_COLUMNS).where(own, ~products.c.deleted)
        ).one_or_none()
        pictures = connection.execute(
            select(*columns)
            .where(images.c.product_id == product_id, images.c.status != "gone")
            .order_by(images.c.position, images.c.image_id)
        ).all()
    if found is None:
        raise missing_product(product_id)
    return StoredProduct(
        Product(*found[1:]), tuple(StoredImage(*row) for row in pictures), found.revision
    )


def upsert_product(engine: Engine, row: ProductRow, pictures: Sequence[ReadImage] | None) -> None:
    """Add the product or replace all of it; ``pictures`` None leaves its images as they are.

    It is durable when this returns.
    """
    values = asdict(row)
    del values["row"], values["images"]
    with writing(engine) as connection:
        revision = next_revision(connection)
        values |= {"row_digest": None, "revision": revision, "deleted": False}
        own = products.c.product_id == row.product_id
        if connection.execute(update(products).where(own).values(values)).rowcount == 0:
            connection.execute(insert(products).values(values))
        if pictures is not None:
            _replace_images(connection, row.product_id, pictures, revision)


def delete_product(engine: Engine, product_id: str) -> None:
    """Leave a tombstone, so that every server hides it; raises ProductNotFound."""
    with writing(engine) as connection:
        revision = next_revision(connection)
        deleted = connection.execute(
            update(products)
            .where(products.c.product_id == product_id, ~products.c.deleted)
            .values(deleted=True, revision=revision, row_digest=None)
        )
        if deleted.rowcount == 0:
            raise missing_product(product_id)
        _replace_images(connection, product_id, (), revision)


def _replace_images(
    connection: Connection, product_id: str, pictures: Sequence[ReadImage], revision: int
) -> None:
    query = select(images).where(images.c.product_id == product_id)
    known = {row.source: row for row in connection.execute(query)}
    for position, picture in enumerate(pictures):
        values = {**_columns(picture), "position": position, "status": "ok", "reason": ""}
        before = known.pop(picture.source, None)
        if before is None:
            given = {"product_id": product_id, "revision": revision, **values}
            connection.execute(insert(images).values(given))
            continue
        values["revision"] = before.revision if _searches_alike(before, picture) else revision
        own = images.c.image_id == before.image_id
        connection.execute(update(images).where(own).values(values))
    left = [row.image_id for row in known.values() if row.status != "gone" or row.width]
    gone = {"status": "gone", "width": None, "height": None, "revision": revision}
    connection.execute(update(images).where(images.c.image_id.in_(left)).values(gone))


def _columns(picture: ReadImage) -> dict[str, Any]:
    values = asdict(picture)
    values["width"], values["height"] = values.pop("size")
    return values


def _searches_alike(before: Row[Any], picture: ReadImage) -> bool:
    return bool(before.status == "ok" and before.sha256 == picture.sha256)


def missing_product(product_id: str) -> ProductNotFound:
    """The error for an id that the catalog does not hold."""
    return ProductNotFound(f"The catalog has no product '{product_id[:200]}'.")
