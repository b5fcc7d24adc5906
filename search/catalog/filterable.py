"""What filters may ask about an image, as the catalog has it, for engines that filter there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select

from search.catalog.filters.colour import ENOUGH
from search.catalog.products import PRODUCT_COLUMNS
from search.catalog.records import Product
from search.catalog.tables import colours, images, products


@dataclass(frozen=True, slots=True)
class Filterable:
    """An image's product, and the colours that were measured in any picture of the product."""

    product: Product
    colours: Sequence[str]


def read_filterable(engine: Engine, image_ids: Sequence[int]) -> Mapping[int, Filterable]:
    """By image; those that the catalog has no more are left out."""
    own = images.c.product_id == products.c.product_id
    query = select(images.c.image_id, *PRODUCT_COLUMNS).select_from(images.join(products, own))
    with engine.connect() as connection:
        rows = connection.execute(query.where(images.c.image_id.in_(image_ids))).all()
        found = {row[0]: Product(*row[1:]) for row in rows}
        names = {product.product_id for product in found.values()}
        measured = _measured(connection, sorted(names))
    return {
        one: Filterable(product, sorted(measured.get(product.product_id, ())))
        for one, product in found.items()
    }


def _measured(connection: Connection, names: Sequence[str]) -> Mapping[str, set[str]]:
    """What ``colour.has_colour`` finds, by product."""
    query: Any = (
        select(images.c.product_id, colours.c.found)
        .join(colours, colours.c.sha256 == images.c.sha256)
        .where(images.c.width.is_not(None), images.c.product_id.in_(names))
    )
    found: dict[str, set[str]] = {}
    for product_id, shares in connection.execute(query):
        some = {name for name, (share, _) in shares.items() if share >= ENOUGH}
        found.setdefault(product_id, set()).update(some)
    return found
