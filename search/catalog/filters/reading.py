"""What the catalog says of a filter or a field: all of it at first, then what changed since."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, select

from search.arrays import Ids
from search.catalog.filters.attributes import NUMBERS, TEXTS, TRUTHS, Member
from search.catalog.filters.colour import colours_of
from search.catalog.filters.expressions import Expression, Field, fields
from search.catalog.filters.facets import ValueColumn
from search.catalog.filters.kept import Known
from search.catalog.filters.names import require_attribute
from search.catalog.filters.numbers import written
from search.catalog.filters.sql import condition
from search.catalog.tables import images, products
from search.vectors.ids import IdSet

_STREAMED = {"yield_per": 10_000}
"""PostgreSQL would send everything at once."""

_NONE: Ids = np.empty(0, np.int64)

_usable = and_(images.c.product_id == products.c.product_id, images.c.width.is_not(None))


def passing_images(
    connection: Connection, expression: Expression, known: Known[IdSet] | None
) -> IdSet:
    """The searchable images of every product that passes; the very set that is known if it is so.

    Raises BadFilter for an attribute that no product has, unless the filter is known.
    """
    passes = and_(~products.c.deleted, condition(expression))
    if known is None:
        for field in fields(expression):
            require_attribute(connection, field)
        # An outer join, because SQLite may turn an inner one round and look up every image's
        # product, which takes seconds where few products pass.
        pairs = products.outerjoin(images, _usable)
        found = select(func.coalesce(images.c.image_id, 0)).select_from(pairs).where(passes)
        ids = np.fromiter(connection.scalars(found, execution_options=_STREAMED), np.int64)
        return IdSet(ids[ids > 0], expression)
    query = _changed(known).add_columns(
        case((and_(images.c.width.is_not(None), passes), 1), else_=0)
    )
    rows = np.array([tuple(row) for row in connection.execute(query)], np.int64).reshape(-1, 2)
    changed, now = rows[:, 0], rows[rows[:, 1] == 1, 0]
    was = known.value.ids[np.isin(known.value.ids, changed)]
    if np.array_equal(was, np.sort(now)):
        return known.value
    return IdSet(np.concatenate([known.value.without(changed).ids, now]), expression)


def values_of(
    connection: Connection, field: Field, known: Known[ValueColumn] | None
) -> ValueColumn:
    """What every searchable product has in a field, those that have nothing left out.

    Raises BadParameter for an attribute that no product has, unless the field is known.
    """
    query = _first_image() if field.is_measured else _values(field)
    if known is None:
        require_attribute(connection, field)
        column, gone = ValueColumn(_NONE, _NONE, ()), _NONE
    else:
        query = query.where(products.c.revision > known.revision)
        column = known.value
        gone = np.fromiter(connection.scalars(_changed(known)), np.int64)
    ids: list[int] = []
    labels: list[str] = []
    pairs = colours_of if field.is_measured else _labelled
    for image_id, label in pairs(connection, query):
        ids.append(image_id)
        labels.append(label)
    return column.replaced(gone, np.array(ids, np.int64), labels)


def _changed(known: Known[Any]) -> Select[int]:
    """Every image of the products that changed, also of those that are hidden or deleted now."""
    of_product = images.c.product_id == products.c.product_id
    pairs = select(images.c.image_id).select_from(products.join(images, of_product))
    return pairs.where(products.c.revision > known.revision)


def _values(field: Field) -> Select[Any]:
    """(image that stands for the product or NULL, kind, content) of the products with a value."""
    query = _first_image()
    if field.is_attribute:
        member = Member(field.name)
        of_value = member.kind.in_(TEXTS + NUMBERS + TRUTHS)
        pairs = query.select_from(products, member.table)
        return pairs.add_columns(member.kind, member.content).where(member.is_named, of_value)
    column: ColumnElement[Any] = products.c[field.name]
    if field.name == "price":
        return query.add_columns(literal("number"), column).where(column.is_not(None))
    if field.name == "in_stock":
        truth = case((column, "true"), else_="false")
        return query.add_columns(literal("boolean"), truth).where(column.is_not(None))
    return query.add_columns(literal("text"), column).where(column != "")


def _first_image() -> Select[Any]:
    """The image that stands for each product, or NULL."""
    first = select(func.min(images.c.image_id)).where(_usable).correlate(products)
    return select(first.scalar_subquery()).where(~products.c.deleted)


def _labelled(connection: Connection, query: Select[Any]) -> Iterator[tuple[int, str]]:
    label = cache(_label)
    for rows in connection.execute(query, execution_options=_STREAMED).partitions():
        for image_id, kind, content in rows:
            if image_id is not None:
                yield image_id, label(kind, content)


def _label(kind: str, content: Any) -> str:
    if kind in ("true", "false"):
        return kind
    if kind not in NUMBERS:
        return str(content)
    return written(json.loads(content) if isinstance(content, str) else content)
