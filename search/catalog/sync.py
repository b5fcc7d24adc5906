"""Makes the catalog equal to a file: stage every row, compare in SQL, apply in one transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from search.catalog.records import ProductRow, Reject
from search.catalog.revisions import next_revision
from search.catalog.staging import stage, staged_images, staged_products, touched_products
from search.catalog.tables import images, products
from search.errors import RejectsRefused, ShrinkRefused

SHRINK_LIMIT = 0.2
"""The largest share of the catalog that a file may remove without being asked to."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How a file differed from the catalog, in products."""

    added: int
    changed: int
    removed: int


def sync(
    engine: Engine,
    rows: Iterable[ProductRow | Reject],
    reject: Callable[[Reject], None],
    *,
    strict: bool = False,
    allow_shrink: bool = False,
) -> Changes:
    """Add, change and remove products until the catalog holds exactly ``rows``.

    Everything turned away goes to ``reject``, one at a time. Memory does not grow with the
    number of rows. Nothing changes when this raises: RejectsRefused (``strict`` and something
    was turned away) or ShrinkRefused (over 20 % of the products would go).
    """
    with engine.connect() as connection:
        connection.detach()  # closed, not pooled, at the end: its temporary tables go with it
        with connection.begin():
            rejected = stage(connection, rows, reject)
            if strict and rejected:
                raise RejectsRefused(rejected)
            changes = _compare(connection)
            if not allow_shrink:
                _refuse_shrinking(connection, changes.removed)
            _apply(connection)
    return changes


def _compare(connection: Connection) -> Changes:
    """Fill ``touched`` with the products that are new or differ, and count the differences."""
    alike = staged_products.join(
        products, staged_products.c.product_id == products.c.product_id, isouter=True
    )
    differs = or_(
        products.c.product_id.is_(None),
        products.c.deleted,
        products.c.row_digest.is_distinct_from(staged_products.c.row_digest),
    )
    connection.execute(
        _touch(select(staged_products.c.product_id).select_from(alike).where(differs))
    )
    is_new = or_(products.c.product_id.is_(None), products.c.deleted)
    added = _count(
        connection, select(staged_products.c.product_id).select_from(alike).where(is_new)
    )
    kept = [images.c.product_id, images.c.source, images.c.position]
    staged = [staged_images.c.product_id, staged_images.c.source, staged_images.c.position]
    in_file, known = select(*staged), select(*kept).where(images.c.status != "gone")
    for one, other in ((in_file, known), (known, in_file)):
        difference = one.except_(other).subquery()
        changed = select(difference.c.product_id).where(
            difference.c.product_id.in_(select(staged_products.c.product_id)),
            difference.c.product_id.not_in(select(touched_products.c.product_id)),
        )
        connection.execute(_touch(changed.distinct()))
    touched = _count(connection, select(touched_products.c.product_id))
    return Changes(added, touched - added, _count(connection, _missing()))


def _apply(connection: Connection) -> None:
    revision = next_revision(connection)
    marks = {"revision": revision, "deleted": False}
    names = [column.name for column in staged_products.c if column.name != "row"]
    touched = select(touched_products.c.product_id)
    connection.execute(
        update(products)
        .values({name: staged_products.c[name] for name in names if name != "product_id"} | marks)
        .where(
            products.c.product_id == staged_products.c.product_id,
            products.c.product_id.in_(touched),
        )
    )
    fresh = select(
        *(staged_products.c[name] for name in names), literal(revision), literal(False)
    ).where(~exists().where(products.c.product_id == staged_products.c.product_id))
    connection.execute(
        insert(products).from_select([*names, *marks], fresh.order_by(staged_products.c.row))
    )
    _apply_images(connection)
    gone = _missing().subquery()
    connection.execute(delete(images).where(images.c.product_id.in_(select(gone.c.product_id))))
    connection.execute(
        update(products)
        .values(deleted=True, revision=revision)
        .where(products.c.product_id.in_(select(gone.c.product_id)))
    )


def _apply_images(connection: Connection) -> None:
    touched = select(touched_products.c.product_id)
    same = (images.c.product_id == staged_images.c.product_id) & (
        images.c.source == staged_images.c.source
    )
    named = select(staged_images.c.product_id, staged_images.c.source)
    is_named = tuple_(images.c.product_id, images.c.source).in_(named)
    connection.execute(  # the live version may hold them: ``Catalog.forget_gone`` deletes them
        update(images).where(images.c.product_id.in_(touched), ~is_named).values(status="gone")
    )
    returned = {"status": "pending", "sha256": None}  # None: it is read again
    connection.execute(update(images).where(images.c.status == "gone", is_named).values(returned))
    moved = images.c.position != staged_images.c.position
    connection.execute(update(images).values(position=staged_images.c.position).where(same, moved))
    fresh = select(
        staged_images.c.product_id,
        staged_images.c.source,
        staged_images.c.position,
        literal("pending"),
        literal(""),
    ).where(~exists().where(same))
    connection.execute(
        insert(images).from_select(
            ["product_id", "source", "position", "status", "reason"],
            fresh.order_by(staged_images.c.number),
        )
    )


def _missing() -> Any:
    """The live products that the file does not name."""
    return select(products.c.product_id).where(
        ~products.c.deleted, products.c.product_id.not_in(select(staged_products.c.product_id))
    )


def _touch(selected: Any) -> Any:
    return insert(touched_products).from_select(["product_id"], selected)


def _count(connection: Connection, selected: Any) -> int:
    return connection.scalar(select(func.count()).select_from(selected.subquery())) or 0


def _refuse_shrinking(connection: Connection, removed: int) -> None:
    live = _count(connection, select(products.c.product_id).where(~products.c.deleted))
    if removed > SHRINK_LIMIT * live:
        raise ShrinkRefused(
            f"This build would remove {removed} of {live} products, which the file does not name; "
            "check the file, or say --allow-shrink if that is meant."
        )
