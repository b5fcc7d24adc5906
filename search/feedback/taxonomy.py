"""Whether the catalog has a category: people may only name those that it has."""

from sqlalchemy import Connection, select

from search.catalog.filters.expressions import Under
from search.catalog.filters.sql import condition
from search.catalog.tables import images, products


def has_category(connection: Connection, path: str) -> bool:
    """Whether a product that can be found is in the category or below it."""
    query = (
        select(products.c.product_id)
        .join(images, images.c.product_id == products.c.product_id)
        .where(images.c.width.is_not(None), ~products.c.deleted)
        .limit(1)
    )
    own = products.c.category
    below = select(own).where(condition(Under((path,)))).distinct().correlate(None)
    # Both read the index of categories alone; the first, which people mostly name, finds it there.
    places = own == path, own.in_(below)
    return any(connection.scalar(query.where(place)) is not None for place in places)
