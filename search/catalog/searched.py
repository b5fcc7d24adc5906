"""The images that can be searched, as answers show them: one statement, compiled once."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, select

from search.catalog.colours import as_colours
from search.catalog.prepared import Prepared, Row
from search.catalog.products import PRODUCT_COLUMNS
from search.catalog.records import CatalogImage, Product
from search.catalog.tables import colours, images, products

_IDS_AT_ONCE = 10_000
"""Databases limit how many values one statement may carry."""

_IMAGE_COLUMNS = [images.c[name] for name in ("image_id", "source", "sha256", "width", "height")]


class SearchedImages:
    """Reads of one catalog; many threads may share it.

    An image that became unreadable, or that the file names no more, is still here until a version
    without it is published: a build that fails or runs leaves the live one answering.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        whole = _searched(*_IMAGE_COLUMNS, colours.c.found, *PRODUCT_COLUMNS)
        shown = whole.outerjoin(colours, colours.c.sha256 == images.c.sha256).order_by(
            images.c.position, images.c.image_id
        )
        names = _searched(images.c.image_id, images.c.product_id, images.c.sha256)
        self._by_id = Prepared(engine, shown, images.c.image_id)
        self._by_product = Prepared(engine, shown, images.c.product_id)
        self._names = Prepared(engine, names, images.c.image_id)

    def images(self, image_ids: Sequence[int]) -> dict[int, CatalogImage]:
        """By id, with their products; those that no live version can hold are left out."""
        parts = (self._by_id.rows(part) for part in _parts(image_ids))
        return {row[0]: _image(row) for rows in parts for row in rows}

    def of_products(self, limit: int, offset: int) -> list[CatalogImage]:
        """The first image of each of some products, in the order of their ids."""
        query = (
            _searched(products.c.product_id)
            .distinct()
            .order_by(products.c.product_id)
            .limit(limit)
            .offset(offset)
        )
        with self._engine.connect() as connection:
            names = list(connection.scalars(query))
        first: dict[str, CatalogImage] = {}
        for image in self.all_of(names):
            first.setdefault(image.product.product_id, image)
        return [first[name] for name in names if name in first]

    def all_of(self, names: Sequence[str]) -> list[CatalogImage]:
        """All images of these products, each product's in the file's order."""
        return [_image(row) for row in self._by_product.rows(names)]

    def of_product(self, product_id: str) -> list[CatalogImage]:
        """In the file's order."""
        return [_image(row) for row in self._by_product.rows([product_id])]

    def names(self, image_ids: Sequence[int]) -> dict[int, tuple[str, str | None]]:
        """Product and sha256 of those that ``images`` has."""
        parts = (self._names.rows(part) for part in _parts(image_ids))
        return {one: (product, digest) for rows in parts for one, product, digest in rows}


def _searched(*columns: ColumnElement[Any]) -> Select[Any]:
    own = images.c.product_id == products.c.product_id
    return (
        select(*columns)
        .select_from(images)
        .join(products, own)
        .where(images.c.width.is_not(None), ~products.c.deleted)
    )


def _parts(image_ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(image_ids), _IDS_AT_ONCE):
        yield [int(one) for one in image_ids[start : start + _IDS_AT_ONCE]]


def _image(row: Row) -> CatalogImage:
    return CatalogImage(
        row[0], row[1], row[2], (row[3], row[4]), Product(*row[6:]), tuple(as_colours(row[5]))
    )
