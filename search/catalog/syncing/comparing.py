"""How a staged file differs from the catalog."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Table,
    Text,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
)

from search.catalog.bulk import analyze
from search.catalog.readings import refs_to_read
from search.catalog.syncing.temporary import (
    VALUES,
    kept_products,
    missing_products,
    staged_images,
    staged_products,
    touched_products,
)
from search.catalog.tables import images, products

SHRINK_LIMIT = 0.2
"""The largest share of the catalog that a file may remove without being asked to."""

_SAME = (images.c.product_id == staged_images.c.product_id) & (
    images.c.source == staged_images.c.source
)
_NAMED = images.c.status != "gone"


@dataclass(frozen=True, slots=True)
class Changes:
    """How a file differs from the catalog, in products."""

    added: int
    changed: int
    removed: int
    unchanged: int

    @property
    def before(self) -> int:
        """How many products the catalog had."""
        return self.changed + self.removed + self.unchanged

    @property
    def shrinks(self) -> bool:
        """Whether the file takes away more than it may without being asked to."""
        return self.removed > SHRINK_LIMIT * self.before


def compare(connection: Connection, seen: int) -> Changes:
    """Fill ``touched_products`` and ``missing_products``, and count.

    Products changed after revision ``seen`` are newer than the file: they are left out.
    """
    analyze(connection, kept_products, staged_products, staged_images)
    newer = select(products.c.product_id).where(products.c.revision > seen)
    for table in (staged_products, staged_images):
        connection.execute(delete(table).where(table.c.product_id.in_(newer)))
    _fill(connection, touched_products, _differing_values())
    for differing in _differing_images():
        _fill(connection, touched_products, differing)
    _fill(connection, missing_products, _missing(seen))
    analyze(connection, touched_products, missing_products)
    touched = count(connection, touched_products)
    added = count(connection, touched_products, touched_products.c.is_new)
    return Changes(
        added=added,
        changed=touched - added,
        removed=count(connection, missing_products),
        unchanged=count(connection, kept_products) + count(connection, staged_products) - touched,
    )


def count(connection: Connection, table: Table, *conditions: Any) -> int:
    """How many rows meet the conditions."""
    return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def new_images() -> Select[Any]:
    """(product_id, source) of the images that the file names and the catalog does not."""
    return select(staged_images.c.product_id, staged_images.c.source).where(
        ~exists().where(_SAME, _NAMED)
    )


def kept_images(backbone: str) -> Select[Any]:
    """Those of ``refs_to_read`` that the file names too."""
    touched, missing = (
        images.c.product_id.in_(select(table.c.product_id))
        for table in (touched_products, missing_products)
    )
    return refs_to_read(backbone).where(~missing, ~(touched & ~exists().where(_SAME)))


def _fill(connection: Connection, table: Table, query: Select[Any]) -> None:
    connection.execute(insert(table).from_select(table.c.keys(), query))


def _differing_values() -> Select[Any]:
    known = products.c.product_id == staged_products.c.product_id
    is_new = products.c.product_id.is_(None) | products.c.deleted
    differs = (
        _text(products.c[name]).is_distinct_from(_text(staged_products.c[name])) for name in VALUES
    )
    return (
        select(staged_products.c.product_id, is_new)
        .join_from(staged_products, products, known, isouter=True)
        .where(or_(is_new, *differs))
    )


def _text(column: Any) -> Any:
    """JSON has no equality in PostgreSQL; as text it is canonical, see ``connect``."""
    return cast(column, Text) if column.name == "attributes" else column


def _differing_images() -> list[Select[Any]]:
    """Products, not touched yet, of which an image is new, moved, or named no more."""
    new = select(staged_images.c.product_id).where(
        ~exists().where(_SAME, _NAMED, images.c.position == staged_images.c.position)
    )
    lost = (
        select(images.c.product_id)
        .join(staged_products, staged_products.c.product_id == images.c.product_id)
        .where(_NAMED, ~exists().where(_SAME))
    )
    return [_untouched(new), _untouched(lost)]


def _untouched(query: Select[Any]) -> Select[Any]:
    found = query.subquery()
    touched = select(touched_products.c.product_id)
    return select(found.c.product_id, false()).where(found.c.product_id.not_in(touched)).distinct()


def _missing(seen: int) -> Select[Any]:
    named = (
        exists().where(table.c.product_id == products.c.product_id)
        for table in (kept_products, staged_products)
    )
    # "+ 0" keeps SQLite off that column's index: nearly all rows match, in another order.
    is_older = products.c.revision + 0 <= seen
    return select(products.c.product_id).where(
        ~products.c.deleted, is_older, *(~one for one in named)
    )
