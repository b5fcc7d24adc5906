"""Makes the catalog equal to a file: stage its rows, compare in SQL, apply in one transaction."""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, Engine, exists, insert, literal, select, update

from search.catalog.records import Reject
from search.catalog.revisions import next_revision
from search.catalog.syncing.comparing import Changes, compare
from search.catalog.syncing.staging import Item, staged
from search.catalog.syncing.temporary import (
    VALUES,
    missing_products,
    staged_images,
    staged_products,
    touched_products,
)
from search.catalog.tables import images, products
from search.errors import RejectsRefused, ShrinkRefused


def sync(
    engine: Engine,
    items: Iterable[Item],
    reject: Callable[[Reject], None],
    *,
    strict: bool = False,
    allow_shrink: bool = False,
) -> Changes:
    """Add, change and remove products until the catalog holds exactly what the ``items`` say.

    Everything turned away goes to ``reject``, one at a time. Memory does not grow with the
    number of rows. What others write meanwhile stays: it is newer than the file. Nothing changes
    when this raises: RejectsRefused (``strict`` and something was turned away) or ShrinkRefused
    (over 20 % of the products would go).
    """
    with staged(engine, items, reject) as file:
        if strict and file.rejected:
            raise RejectsRefused(file.rejected)
        connection = file.connection.execution_options(immediate=True)  # as in ``writing``
        with connection.begin():
            changes = compare(connection, file.seen)
            if changes.shrinks and not allow_shrink:
                raise ShrinkRefused(_shrinking(changes))
            _apply(connection)
    return changes


def _shrinking(changes: Changes) -> str:
    return (
        f"This build would remove {changes.removed} of {changes.before} products, which the file "
        "does not name; check the file, or say --allow-shrink if that is meant."
    )


def _apply(connection: Connection) -> None:
    revision = next_revision(connection)
    touched = select(touched_products.c.product_id)
    own = products.c.product_id == staged_products.c.product_id
    names = (*VALUES, "row_digest")
    values = {name: staged_products.c[name] for name in names}
    marks = {"revision": revision, "deleted": False}
    connection.execute(
        update(products).values(values | marks).where(own, products.c.product_id.in_(touched))
    )
    fresh = (
        select(
            staged_products.c.product_id,
            *values.values(),
            *(literal(one) for one in marks.values()),
        )
        .where(~exists().where(own))
        .order_by(staged_products.c.row)
    )
    connection.execute(insert(products).from_select(["product_id", *names, *marks], fresh))
    connection.execute(  # the same values, written in another way
        update(products)
        .values(row_digest=staged_products.c.row_digest)
        .where(own, products.c.row_digest.is_distinct_from(staged_products.c.row_digest))
    )
    _apply_images(connection, revision)
    _remove(connection, revision)


def _apply_images(connection: Connection, revision: int) -> None:
    same = (images.c.product_id == staged_images.c.product_id) & (
        images.c.source == staged_images.c.source
    )
    is_touched = images.c.product_id.in_(select(touched_products.c.product_id))
    is_gone = images.c.status == "gone"
    is_named = exists().where(same)
    # The live version may hold them: ``Catalog.forget_gone`` deletes them.
    changed = update(images).where(is_touched)
    connection.execute(changed.where(~is_gone, ~is_named).values(status="gone", revision=revision))
    returned = {"status": "pending", "sha256": None}  # None: it is read again
    connection.execute(changed.where(is_gone, is_named).values(returned | {"revision": revision}))
    connection.execute(
        changed.where(same, images.c.position != staged_images.c.position).values(
            position=staged_images.c.position
        )
    )
    names = ["product_id", "source", "position"]
    marks = {"status": "pending", "reason": "", "revision": revision}
    fresh = (
        select(
            *(staged_images.c[name] for name in names), *(literal(one) for one in marks.values())
        )
        .where(~is_named)
        .order_by(staged_images.c.number)
    )
    connection.execute(insert(images).from_select([*names, *marks], fresh))


def _remove(connection: Connection, revision: int) -> None:
    lost = select(missing_products.c.product_id)
    shown = (images.c.status != "gone") | images.c.width.is_not(None)
    hidden = {"status": "gone", "width": None, "height": None, "revision": revision}
    connection.execute(update(images).where(images.c.product_id.in_(lost), shown).values(hidden))
    tombstone = {"deleted": True, "row_digest": None, "revision": revision}
    connection.execute(update(products).where(products.c.product_id.in_(lost)).values(tombstone))
