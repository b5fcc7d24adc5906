"""The colours that were measured in pictures, by content as features are."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Engine, insert, select, update

from search.catalog.revisions import next_revision
from search.catalog.tables import colours, images, products
from search.colours import Colour


def store_colours(connection: Connection, found: Mapping[str, Sequence[Colour]]) -> None:
    """Keep what was found in each content (by sha256); what is there already stays as it is.

    Products that had such a picture before get a revision: a filter passes other products now.
    """
    known = set(connection.scalars(select(colours.c.sha256).where(colours.c.sha256.in_(found))))
    rows = [
        {"sha256": digest, "found": {one.name: [one.share, one.hex] for one in several}}
        for digest, several in found.items()
        if digest not in known
    ]
    if not rows:
        return
    connection.execute(insert(colours), rows)
    new = [row["sha256"] for row in rows]
    having = select(images.c.product_id).where(images.c.sha256.in_(new))
    if connection.scalar(having.limit(1)) is not None:
        connection.execute(
            update(products)
            .where(products.c.product_id.in_(having))
            .values(revision=next_revision(connection))
        )


def read_colours(engine: Engine, image_ids: Iterable[int]) -> dict[int, list[Colour]]:
    """By image the colours that were found, the largest share first; [] where none were."""
    found: dict[int, list[Colour]] = {one: [] for one in image_ids}
    own = images.c.sha256 == colours.c.sha256
    query = select(images.c.image_id, colours.c.found).join(colours, own)
    with engine.connect() as connection:
        for one, parts in connection.execute(query.where(images.c.image_id.in_(found))):
            found[one] = as_colours(parts)
    return found


def as_colours(found: Mapping[str, tuple[float, str]] | None) -> list[Colour]:
    """What the column ``found`` holds, the largest share first; [] for None."""
    several = [Colour(name, code, share) for name, (share, code) in (found or {}).items()]
    return sorted(several, key=lambda colour: (-colour.share, colour.name))
