"""A file's rows → temporary tables: noted where they are known, parsed and copied where not."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice

from sqlalchemy import Connection, Engine, delete, insert, select

from search.catalog.database import seeing_commits
from search.catalog.records import ProductRow, Reject
from search.catalog.revisions import current_revision
from search.catalog.rows.layout import RawRow
from search.catalog.syncing.pairs import pairs
from search.catalog.syncing.staged_rows import StagedRows, restage
from search.catalog.syncing.temporary import kept_products, staged_products, temporary
from search.catalog.tables import products
from search.prefetching import prefetched

Item = RawRow | ProductRow | Reject

_CHUNK = 16_000


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file in the temporary tables of ``connection``.

    ``seen`` is the revision before the first row was read; ``rejected`` rows or images were turned
    away.
    """

    connection: Connection
    seen: int
    rejected: int


@contextmanager
def staged(
    engine: Engine, items: Iterable[Item], reject: Callable[[Reject], None]
) -> Iterator[StagedFile]:
    """Read a file; everything turned away goes to ``reject``, one at a time.

    A raw row that is all that its product came from is not even parsed. Each chunk is a
    transaction of its own, so that other writers go on meanwhile.
    """
    with seeing_commits(engine.connect()) as connection:
        connection.detach()  # closed, not pooled, at the end: its temporary tables go with it
        with connection.begin():
            seen = current_revision(connection)
            temporary.create_all(connection, checkfirst=False)
        numbers = count(1)
        rejected = 0
        for chunk, digests in prefetched(_chunks(items)):
            with connection.begin():
                for refusal in _stage_chunk(connection, chunk, digests, numbers):
                    reject(refusal)
                    rejected += 1
        yield StagedFile(connection, seen, rejected)


def _stage_chunk(
    connection: Connection, chunk: list[Item], digests: list[str | None], numbers: Iterator[int]
) -> Iterator[Reject]:
    rows = _new_rows(connection, chunk, digests)
    if not rows:
        return
    ids = {row.product_id for row, _ in rows}
    restage(connection, ids)
    staged = StagedRows(connection, ids, numbers)
    for row, digest in rows:
        if isinstance(row, Reject):
            yield row
        else:
            yield from staged.add(row, digest)
    staged.write()


def _new_rows(
    connection: Connection, chunk: list[Item], digests: list[str | None]
) -> list[tuple[ProductRow | Reject, str | None]]:
    """Note the unchanged products of a chunk; every other row comes back parsed, in order.

    A row of which nothing was refused comes with its digest.
    """
    first: dict[str, int] = {}
    for item, digest in zip(chunk, digests, strict=True):
        if digest:
            first.setdefault(digest, item.row)
    kept = _keep(connection, first)
    if len(kept) == len(chunk):
        return []
    parsed = {
        at: _parse(item) for at, item in enumerate(chunk) if not (digests[at] and item.row in kept)
    }
    ids = {row.product_id for rows in parsed.values() for row in rows}
    compared = _compared_after_all(connection, ids, chunk[0].row)
    parsed |= {at: _parse(item) for at, item in enumerate(chunk) if item.row in compared}
    return [
        (row, digests[at] if len(rows) == 1 else None)
        for at, rows in sorted(parsed.items())
        for row in rows
    ]


def _keep(connection: Connection, rows: dict[str, int]) -> set[int]:
    """Note the products that rows of these digests made, but for those that came up before.

    Returns their rows.
    """
    row = pairs(connection, rows)
    came_up = (
        select(table.c.row).where(table.c.product_id == products.c.product_id).exists()
        for table in (kept_products, staged_products)
    )
    known = (
        select(products.c.product_id, row.c.value)
        .join_from(row, products, products.c.row_digest == row.c.key)
        .where(~products.c.deleted, *(~one for one in came_up))
    )
    noted = insert(kept_products).from_select(["product_id", "row"], known)
    count = connection.execute(noted, execution_options={"preserve_rowcount": True}).rowcount
    if count == len(rows):
        return set(rows.values())
    is_noted = (kept_products.c.product_id == products.c.product_id) & (
        kept_products.c.row == row.c.value
    )
    made = select(kept_products.c.row).join_from(row, products, products.c.row_digest == row.c.key)
    return set(connection.scalars(made.join(kept_products, is_noted)))


def _compared_after_all(connection: Connection, ids: set[str], start: int) -> set[int]:
    """Take back what was kept from row ``start`` on of products that other rows name too.

    Returns the rows.
    """
    if not ids:
        return set()
    named = select(pairs(connection, dict.fromkeys(ids, 0)).c.key)
    taken = delete(kept_products).where(
        kept_products.c.product_id.in_(named), kept_products.c.row >= start
    )
    return set(connection.scalars(taken.returning(kept_products.c.row)).all())


def _parse(item: Item) -> list[ProductRow | Reject]:
    return list(item.parse()) if isinstance(item, RawRow) else [item]


def _chunks(items: Iterable[Item]) -> Iterator[tuple[list[Item], list[str | None]]]:
    """With the digest of each raw row."""
    todo = iter(items)
    while chunk := list(islice(todo, _CHUNK)):
        yield chunk, [item.digest() if isinstance(item, RawRow) else None for item in chunk]
